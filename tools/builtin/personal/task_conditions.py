"""Which tasks of a list are wanted: by project, words, day and priority."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from ...records import Task
from ...text.wording import plain
from ...when.appointments import last_day_of, read_period

NO_DUE = {"", "none", "no", "never", "null", "n/a", "no date", "no due date"}
"""What is said for no day."""


def conditions(
    project: str | None,
    words: str | None,
    until: str | None,
    period: str | None,
    priority: str | None,
    now: datetime,
) -> Iterator[Callable[[Task], bool]]:
    """What each task of a list has to be; raises ToolRetry for a time that cannot be read."""
    if project:
        yield lambda task: plain(task.project or "") == plain(project)
    if words:
        yield lambda task: all(word in plain(task.title) for word in plain(words).split())
    if until and plain(until) not in NO_DUE:
        last = last_day_of(until, now)
        yield lambda task: task.due is not None and task.due <= last
    if period and period.strip():
        is_due = _due_in(period, now)
        yield lambda task: is_due(task.due)
    if priority:
        yield lambda task: (task.priority or "normal") == priority


def _due_in(period: str, now: datetime) -> Callable[[date | None], bool]:
    """Whether a day is in a period, where what is overdue counts as of today; is over, for "overdue"; or is
    none, for "none". Raises ToolRetry for what is no period.
    """
    today, words = now.date(), plain(period)
    if words in NO_DUE:
        return lambda due: due is None
    if words in ("overdue", "late"):
        return lambda due: due is not None and due < today
    first, last, _ = read_period(period, now)
    since = date.min if first <= today <= last else first
    return lambda due: due is not None and since <= due <= last
