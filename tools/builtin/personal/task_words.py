"""Says tasks in words: in a sentence, and as a line of a list."""

from collections.abc import Sequence
from datetime import date

from ...records import Task
from ...when.moments import day_words, lasting_day
from ...when.repeating import repeat_words


def titles(tasks: Sequence[Task]) -> str:
    """Some tasks in a sentence."""
    shown = ", ".join(task.title for task in tasks[:10])
    return f"{shown} and {len(tasks) - 10} more" if len(tasks) > 10 else shown


def _details(task: Task, due: str) -> str:
    said = [
        due,
        repeat_words(task.repeats) if task.repeats else "",
        f"{task.priority} priority" if task.priority else "",
        f"project {task.project}" if task.project else "",
    ]
    told = ", ".join(one for one in said if one)
    return f" ({told})" if told else ""


def described(task: Task, today: date) -> str:
    """A task in a sentence that is read today."""
    return task.title + _details(task, f"due {day_words(task.due, today)}" if task.due else "")


def line(task: Task, status: str, today: date) -> str:
    """A task in a list, which may be kept in a file: its day is named in a way that still holds tomorrow."""
    if task.done:
        return f"{task.title}{' (done)' if status == 'all' else ''}"
    late = "overdue since" if task.due and task.due < today else "due"
    return task.title + _details(task, f"{late} {lasting_day(task.due, today)}" if task.due else "")
