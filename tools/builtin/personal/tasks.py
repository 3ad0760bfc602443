"""Tasks: things to do, some of them due on a day, some of them again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed, ToolRetry
from ...records import Task, TaskStatus
from ...spec import Effect
from ...text.wording import gone, plain
from ...when.following import first_day, next_due, pinned
from ...when.moments import day_words
from ...when.repeating import parse_repeat, read_repeat, repeat_words
from ...when.times import parse_day_of
from ..choosing import take_back, the_one
from .task_conditions import NO_DUE, conditions
from .task_phrases import LISTED
from .task_words import described, line, titles

_RANK = {"high": 0, None: 1, "low": 2}
Priority = Literal["high", "normal", "low"]
Title = Annotated[str, Field(min_length=1, max_length=500)]
Due = Annotated[str | None, Field(max_length=100, examples=["tomorrow", "next friday", "2026-05-03"])]
Repeats = Annotated[str | None, Field(max_length=100, examples=["every week", "monthly on the 1st"])]
Project = Annotated[str | None, Field(max_length=60)]


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
    priority: str
    project: str | None
    repeats: str | None


@dataclass(frozen=True, slots=True)
class TaskList:
    """Tasks in the order in which they are numbered."""

    text: str
    tasks: list[ListedTask]
    count: int


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A task that is now done; one that repeats moved on to its next day instead, by `changes`."""

    text: str
    title: str
    id: str
    changes: list[str]


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """A task that was changed or deleted; `changes` is what undo needs."""

    text: str
    title: str
    id: str
    changes: list[str]


def _remove_task(result: TaskAdded, *, ctx: ToolContext) -> str:
    task = ctx.records.find("task", result.id)
    if task is None:
        return gone("task")
    if task.done:
        raise ToolFailed(f"The task {task.title!r} was marked as done since, so it is kept.")
    ctx.records.remove("task", result.id)
    return f"Removed from your tasks: {task.title}"


def _undo_completion(result: TaskCompleted, *, ctx: ToolContext) -> str:
    task = ctx.records.find("task", result.id)
    if task is None:
        return gone("task")
    if result.changes:
        take_back(result.changes, ctx, "task")
        return f"Not done yet: {described(ctx.records.find('task', result.id), ctx.now().date())}"
    if not task.done:
        return f"The task {task.title!r} is open already."
    return f"Open again: {ctx.records.reopen_task(result.id).title}"


def _undo_change(result: TaskChanged, *, ctx: ToolContext) -> str:
    take_back(result.changes, ctx, "task")
    return f"As it was: {described(ctx.records.find('task', result.id), ctx.now().date())}"


@tool(
    effect=Effect.RECORD,
    undo=_remove_task,
    phrases=(
        "(add|put) {title:~buy|get|call|pick|ask|tell|clean|fix|pay|write|email|wash|order|send|book|return|"
        "bring|cook|make|visit|water|feed|find} (to|on|in) (my|the) "
        "(tasks|task list|to-do list|todo list|todos|to-dos|to-do|todo)",
        "(add|put) {title:words} (to|on|in) (my|the) (tasks|task list|to-do list|todo list) "
        "with {priority} priority",
        "(add|make|create) a {priority} priority task [to|called|named] {title:words}",
        *(
            f"{add} {{title:words}}{more}"
            for add in (
                "[add] [a] new (task|todo|to-do)[:| -] [to|called|named]",
                "add [a|the] (task|todo|to-do)[:] [to|called|named]",
                "(create|make) [a|the] [new] (task|todo|to-do) (to|called|named)",
                "[create|make] [a] (task|todo|to-do):",
            )
            for more in (
                "",
                " {due:when}",
                " due {due:when}",
                " with {priority} priority",
                " (to|in|for) [the] project {project}",
            )
        ),
        "(add|create|make) [a] [new] task (to|in|for) [the] project {project} {title?}",
    ),
)
def add_task(
    title: Title,
    due: Due = None,
    priority: Priority = "normal",
    project: Project = None,
    repeats: Repeats = None,
    *,
    ctx: ToolContext,
) -> TaskAdded:
    """Add a task to the to-do list.

    Args:
        title: What to do.
        due: The day by which it has to be done.
        priority: How much it matters.
        project: What it belongs to.
        repeats: How often it comes again after it was done.
    """
    title = " ".join(title.split())
    if not title:
        raise ToolRetry("The task has no title.", "Say what is to be done.")
    day, rule = _when(due, repeats, ctx)
    fields: dict[str, Any] = {"title": title, "due": day, "project": _project(project), "repeats": rule}
    task = ctx.records.add("task", **fields, priority=None if priority == "normal" else priority)
    return TaskAdded(
        f"Added to your tasks: {described(task, ctx.now().date())}", task.title, _iso(task), task.id
    )


@tool(phrases=LISTED)
def list_tasks(
    status: TaskStatus = "open",
    project: Project = None,
    words: Annotated[str | None, Field(max_length=200)] = None,
    until: Due = None,
    period: Annotated[str | None, Field(max_length=100, examples=["next week", "overdue", "none"])] = None,
    priority: Priority | None = None,
    *,
    ctx: ToolContext,
) -> TaskList:
    """List the tasks.

    Args:
        status: Which tasks: open, done or all.
        project: Only those of a project.
        words: Only those with these words in the title.
        until: Only those that are due by this day.
        period: Only those that are due in this period, with what is overdue where today is in it. May be
            "overdue", or "none" for those without a day.
        priority: Only those that matter this much.
    """
    today = ctx.now().date()
    found = list(enumerate(_ordered(ctx.records.list_tasks(status)), 1))  # numbers by which they are named
    for is_wanted in conditions(project, words, until, period, priority, ctx.now()):
        found = [(number, task) for number, task in found if is_wanted(task)]
    if not found:
        narrowed = project or words or until or period or priority
        none = {"open": "No open tasks.", "done": "No tasks done yet."}.get(status, "No tasks.")
        return TaskList("No such tasks." if narrowed else none, [], 0)
    lines = [f"{number}. {line(task, status, today)}" for number, task in found]
    return TaskList("\n".join(lines), [_listed(task) for _, task in found], len(found))


@tool(
    effect=Effect.RECORD,
    undo=_undo_completion,
    phrases=(
        "(complete|finish|tick off|check off|tick|check) [the|my] task {title:words}",
        "[the|my] task {title:words} is (done|finished|complete|completed)",
        "mark [the|my] task {title:words} as (done|finished|complete|completed)",
    ),
)
def complete_task(title: Title, *, ctx: ToolContext) -> TaskCompleted:
    """Mark a task as done.

    Args:
        title: The task's title, a part of it, or its number in the list of open tasks.
    """
    task = _open_one(title, ctx)
    today = ctx.now().date()
    if task.repeats:
        following, rule = next_due(task.repeats, task.due or today, today)
        if following is not None:
            changed = ctx.records.change("task", task.id, due=following, repeats=rule)
            text = f"Done: {task.title}. It comes again {day_words(following, today)}."
            return TaskCompleted(text, task.title, task.id, [changed.change])
    done = ctx.records.complete_task(task.id)
    return TaskCompleted(f"Done: {done.title}", done.title, done.id, [])


def _undo_reopening(result: TaskChanged, *, ctx: ToolContext) -> str:
    if ctx.records.find("task", result.id) is None:
        return gone("task")
    return f"Done after all: {ctx.records.complete_task(result.id).title}"


@tool(
    effect=Effect.RECORD,
    undo=_undo_reopening,
    phrases=(
        "(reopen|untick|uncheck) [the|my] task {title:words}",
        "[the] task {title:words} is not done [after all|yet]",
    ),
)
def reopen_task(title: Title, *, ctx: ToolContext) -> TaskChanged:
    """Mark a task as not done after all.

    Args:
        title: The task's title, a part of it, or its number in the list of done tasks.
    """
    done = ctx.records.list_tasks("done")
    task = the_one(title, done, lambda one: one.title, "done task", "list_tasks")
    ctx.records.reopen_task(task.id)
    return TaskChanged(f"Open again: {task.title}", task.title, task.id, [])


@tool(
    effect=Effect.RECORD,
    undo=_undo_change,
    phrases=(
        "(move|postpone|reschedule|shift|push) [the|my] task {task:words} [back|forward] to {due:when}",
        "(move|postpone|reschedule|shift|push) [the|my] {task:words} task [back|forward] to {due:when}",
        "rename [the|my] task {task:words} (to|as|into) {title:words}",
        "rename [the|my] {task:words} task (to|as|into) {title:words}",
        "(move|make|change|push|set|postpone) {task:it} [task] [back|forward] [to|for] {due:when} [instead]",
        "[the|my] task {task:words} is due {due:when}",
        "(make|mark|set) [the|my] task {task:words} [as] {priority} priority",
        "(make|mark|set) [the|my] {task:words} task [as|to] {priority} priority",
        "(mark|set) {task:words} as {priority} priority",
    ),
)
def edit_task(
    task: Title,
    title: Annotated[str | None, Field(max_length=500)] = None,
    due: Due = None,
    priority: Priority | None = None,
    project: Project = None,
    repeats: Repeats = None,
    *,
    ctx: ToolContext,
) -> TaskChanged:
    """Change an open task: its title, day, priority, project or repetition.

    Args:
        task: The task's title, a part of it, or its number in the list of open tasks.
        title: The new title.
        due: The new day; "none" for no day.
        priority: How much it matters.
        project: What it belongs to; "none" for nothing.
        repeats: How often it comes again; "none" for never.
    """
    found = _open_one(task, ctx)
    fields: dict[str, Any] = {}
    if title and title.strip():
        fields["title"] = " ".join(title.split())
    if due is not None or repeats is not None:
        day, rule = _when(due, repeats, ctx)
        fields |= {} if due is None else {"due": day}
        if repeats is not None or rule is not None:
            fields |= {"repeats": rule} | ({"due": found.due or day} if due is None else {})
    if priority is not None:
        fields["priority"] = None if priority == "normal" else priority
    if project is not None:
        fields["project"] = _project(project)
    if not fields:
        raise ToolRetry("Nothing was said to change.", "Give a title, due, priority, project or repeats.")
    changed = ctx.records.change("task", found.id, **fields)
    text = f"Changed: {described(changed.row, ctx.now().date())}"
    return TaskChanged(text, changed.row.title, found.id, [changed.change])


@tool(
    effect=Effect.RECORD,
    undo=_undo_change,
    phrases=(
        "(delete|remove) [the|my] task {task:words}",
        "(delete|remove) [the|my] task (about|with|for) {task:words}",
        "(delete|remove) [the|my] {task:words} task",
        "(delete|remove) {task:it} [task] [again]",
        "(delete|remove) {task:words} from (my|the) (tasks|task list|to-do list|todo list)",
    ),
)
def delete_task(task: Title, *, ctx: ToolContext) -> TaskChanged:
    """Delete a task that is not to be done any more; undo brings it back for a month.

    Args:
        task: The task's title, a part of it, or its number in the list of open tasks.
    """
    found = _open_one(task, ctx)
    deleted = ctx.records.delete("task", found.id)
    return TaskChanged(f"Deleted the task: {found.title}", found.title, found.id, [deleted.change])


def _open_one(title: str, ctx: ToolContext) -> Task:
    """The open task that is meant; raises ToolRetry when there is none or more than one."""
    wanted = plain(title).strip("\"'")
    found = ctx.records.find_tasks(wanted)
    exact = [task for task in found if plain(task.title) == wanted]
    if len(found) == 1 or len(exact) >= 1:
        return exact[0] if exact else found[0]
    if found:
        raise ToolRetry(f"{title!r} fits more than one task: {titles(found)}.", "Name one of them in full.")
    open_tasks = _ordered(ctx.records.list_tasks("open"))
    number = wanted.removeprefix("task ").removeprefix("number ").lstrip("#")
    if number.isdecimal() and 1 <= int(number) <= len(open_tasks):
        return open_tasks[int(number) - 1]
    if not open_tasks:
        raise ToolRetry(f"There is no open task {title!r}; no tasks are open.")
    raise ToolRetry(f"There is no open task {title!r}.", f"Open tasks: {titles(open_tasks)}.")


def _when(due: str | None, repeats: str | None, ctx: ToolContext) -> tuple[date | None, str | None]:
    """The day and the rule that are meant; "every friday" may stand in place of a day."""
    rule, now = None, ctx.now()
    if repeats is not None and plain(repeats) not in NO_DUE:
        rule = parse_repeat(repeats)
    day = None
    if due is not None and plain(due) not in NO_DUE:
        told = read_repeat(due)
        rule = rule or told
        day = None if told else parse_day_of(due, now)
    if rule is not None and day is None:
        day = first_day(rule, now.date())
    return day, rule and day and pinned(rule, day)


def _project(name: str | None) -> str | None:
    return None if name is None or plain(name) in NO_DUE else " ".join(name.split()).lstrip("+#")


def _ordered(tasks: Sequence[Task]) -> list[Task]:
    """As they are listed, with those that matter more first among those of a day."""
    return sorted(
        tasks, key=lambda task: (task.due is None, task.due or date.max, _RANK.get(task.priority, 1))
    )


def _iso(task: Task) -> str | None:
    return task.due.isoformat() if task.due else None


def _listed(task: Task) -> ListedTask:
    repeats = repeat_words(task.repeats) if task.repeats else None
    priority = task.priority or "normal"
    return ListedTask(
        task.id, task.title, _iso(task), task.done, task.origin, priority, task.project, repeats
    )
