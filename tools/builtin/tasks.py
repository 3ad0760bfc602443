"""Tasks: things to do, some of them due on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolFailed, ToolRetry
from ..records import TaskRow, TaskStatus
from ..spec import Effect
from ..when.moments import day_words, lasting_day
from ..when.times import parse_day_of
from ..wording import gone, plain

_NO_DUE = {"", "none", "no", "never", "null", "n/a", "no date", "no due date"}


@dataclass(frozen=True, slots=True)
class TaskAdded:
    """A stored task; `due` is YYYY-MM-DD."""

    text: str
    title: str
    due: str | None
    id: str


@dataclass(frozen=True, slots=True)
class ListedTask:
    """One task of a list, and who its words came from."""

    id: str
    title: str
    due: str | None
    done: bool
    origin: str


@dataclass(frozen=True, slots=True)
class TaskList:
    """Tasks in the order in which they are numbered."""

    text: str
    tasks: list[ListedTask]
    count: int


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A task that is now done."""

    text: str
    title: str
    id: str


def _remove_task(result: TaskAdded, *, ctx: ToolContext) -> str:
    task = ctx.records.find("task", result.id)
    if task is None:
        return gone("task")
    if task.done:
        raise ToolFailed(f"The task {task.title!r} was marked as done since, so it is kept.")
    ctx.records.remove("task", result.id)
    return f"Removed from your tasks: {task.title}"


def _reopen_task(result: TaskCompleted, *, ctx: ToolContext) -> str:
    task = ctx.records.find("task", result.id)
    if task is None:
        return gone("task")
    if not task.done:
        return f"The task {task.title!r} is open already."
    return f"Open again: {ctx.records.reopen_task(result.id).title}"


@tool(effect=Effect.RECORD, undo=_remove_task)
def add_task(
    title: Annotated[str, Field(min_length=1, max_length=500)],
    due: Annotated[
        str | None, Field(max_length=100, examples=["tomorrow", "next friday", "2026-05-03"])
    ] = None,
    *,
    ctx: ToolContext,
) -> TaskAdded:
    """Add a task to the to-do list.

    Args:
        title: What to do.
        due: The day by which it has to be done.
    """
    title = " ".join(title.split())
    if not title:
        raise ToolRetry("The task has no title.", "Say what is to be done.")
    day, now = None, ctx.now()
    if due is not None and plain(due) not in _NO_DUE:
        day = parse_day_of(due, now)
    task = ctx.records.add_task(title, day)
    when = f" (due {day_words(task.due, now.date())})" if task.due else ""
    return TaskAdded(f"Added to your tasks: {task.title}{when}", task.title, _iso(task), task.id)


@tool
def list_tasks(status: TaskStatus = "open", *, ctx: ToolContext) -> TaskList:
    """List the tasks.

    Args:
        status: Which tasks: open, done or all.
    """
    found = ctx.records.list_tasks(status)
    tasks = [ListedTask(task.id, task.title, _iso(task), task.done, task.origin) for task in found]
    if not tasks:
        return TaskList(
            {"open": "No open tasks.", "done": "No tasks done yet."}.get(status, "No tasks."), [], 0
        )
    today = ctx.now().date()
    lines = [f"{number}. {_line(task, status, today)}" for number, task in enumerate(found, 1)]
    return TaskList("\n".join(lines), tasks, len(tasks))


@tool(effect=Effect.RECORD, undo=_reopen_task)
def complete_task(
    title: Annotated[str, Field(min_length=1, max_length=500)], *, ctx: ToolContext
) -> TaskCompleted:
    """Mark a task as done.

    Args:
        title: The task's title, a part of it, or its number in the list of open tasks.
    """
    task = _the_one(title, ctx)
    done = ctx.records.complete_task(task.id)
    return TaskCompleted(f"Done: {done.title}", done.title, done.id)


def _the_one(title: str, ctx: ToolContext) -> TaskRow:
    """The open task that is meant; raises ToolRetry when there is none or more than one."""
    wanted = plain(title).strip("\"'")
    found = ctx.records.find_tasks(wanted)
    exact = [task for task in found if plain(task.title) == wanted]
    if len(found) == 1 or len(exact) >= 1:
        return exact[0] if exact else found[0]
    if found:
        raise ToolRetry(f"{title!r} fits more than one task: {_titles(found)}.", "Name one of them in full.")
    open_tasks = ctx.records.list_tasks("open")
    number = wanted.removeprefix("task ").removeprefix("number ").lstrip("#")
    if number.isdecimal() and 1 <= int(number) <= len(open_tasks):
        return open_tasks[int(number) - 1]
    if not open_tasks:
        raise ToolRetry(f"There is no open task {title!r}; no tasks are open.")
    raise ToolRetry(f"There is no open task {title!r}.", f"Open tasks: {_titles(open_tasks)}.")


def _titles(tasks: Sequence[TaskRow]) -> str:
    shown = ", ".join(task.title for task in tasks[:10])
    return f"{shown} and {len(tasks) - 10} more" if len(tasks) > 10 else shown


def _iso(task: TaskRow) -> str | None:
    return task.due.isoformat() if task.due else None


def _line(task: TaskRow, status: str, today: date) -> str:
    """A list may be kept in a file, so a day is named in a way that still holds tomorrow."""
    due = f" (due {lasting_day(task.due, today)})" if task.due and not task.done else ""
    return f"{task.title}{due}{' (done)' if task.done and status == 'all' else ''}"
