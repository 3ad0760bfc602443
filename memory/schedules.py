"""Schedules and their occurrences: which are due, who carries one out, and what became of it.

An occurrence is written down before anything is begun, is lent to one scheduler at a time, and is tied to its
run in the transaction that creates the run: whoever is killed when, it gets one run. Knows nothing of clocks,
cron expressions or prompts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from .errors import AlreadyStarted, NotFound
from .rows import as_type, read_all, the_row
from .schema import occurrences, runs, schedules
from .transactions import Transactions, keyed_id, new_id

Kind = Literal["prompt", "reminder", "workflow"]
Missed = Literal["run_once", "skip", "run_all"]
State = Literal["waiting", "over", "skipped"]


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """What somebody wants to be done, and when; ``cron`` or ``at`` is set, and ``zone`` is its clock."""

    kind: Kind
    prompt: str
    said: str
    zone: str
    folder: str
    next: datetime
    cron: str | None = None
    at: datetime | None = None
    missed: Missed = "run_once"
    inputs: Mapping[str, Any] | None = None
    allow: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """``next`` is the first moment that was not handed out yet; None when nothing follows."""

    id: str
    kind: Kind
    prompt: str
    inputs: Mapping[str, Any]
    said: str
    cron: str | None
    at: datetime | None
    zone: str
    missed: Missed
    allow: Sequence[Mapping[str, Any]]
    folder: str
    session: str | None
    next: datetime | None
    created: datetime


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One moment of a schedule. ``status`` is that of its run, None before there is one.

    ``attempts`` counts how often somebody took it; ``problem`` says why no run could be made.
    """

    id: str
    schedule: str
    due: datetime
    state: State
    run: str | None
    attempts: int
    problem: str | None
    settled: datetime | None
    status: str | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What has come of a schedule by now: what is to be carried out, what is left out, and what follows."""

    due: Sequence[datetime]
    skipped: Sequence[datetime]
    next: datetime | None


class ScheduleBook:
    """The part of the store that keeps schedules. Methods are transactions of their own."""

    def __init__(self, store: Transactions) -> None:
        self._store = store

    def add(self, new: NewSchedule, key: str = "") -> Schedule:
        """``key`` names the very addition: with the same one, nothing is added twice."""
        values = {name: getattr(new, name) for name in NewSchedule.__slots__}
        values |= {"inputs": dict(new.inputs or {}), "allow": [dict(rule) for rule in new.allow]}
        with self._store.write() as connection:
            id = keyed_id("sch", key) if key else new_id("sch")
            known = connection.execute(select(schedules.c.id).where(schedules.c.id == id)).first()
            if known is None:
                connection.execute(insert(schedules).values(id=id, created=self._store.now(), **values))
            return _get(connection, id)

    def get(self, id: str) -> Schedule:
        """Raises NotFound."""
        with self._store.read() as connection:
            return _get(connection, id)

    def list_all(self) -> list[Schedule]:
        """What comes next first, then what is over."""
        order = (schedules.c.next.is_(None), schedules.c.next, schedules.c.number)
        with self._store.read() as connection:
            return read_all(connection, Schedule, select(schedules).order_by(*order))

    def remove(self, id: str) -> Schedule:
        """Removes a schedule with its occurrences; their runs stay. Raises NotFound."""
        with self._store.write() as connection:
            found = _get(connection, id)
            connection.execute(delete(occurrences).where(occurrences.c.schedule == id))
            connection.execute(delete(schedules).where(schedules.c.id == id))
            return found

    def occurrences(self, schedule: str | None = None, limit: int = 20) -> list[Occurrence]:
        """The newest first, of one schedule or of all."""
        newest = _with_runs().order_by(occurrences.c.due.desc(), occurrences.c.number.desc()).limit(limit)
        if schedule is not None:
            newest = newest.where(occurrences.c.schedule == schedule)
        return self._read(newest)

    def ended_as(self, statuses: Sequence[str], limit: int = 20) -> list[Occurrence]:
        """Occurrences whose runs stand at one of ``statuses`` now, the newest first."""
        return self._read(
            _with_runs()
            .where(occurrences.c.state == "over", runs.c.status.in_(list(statuses)))
            .order_by(occurrences.c.number.desc())
            .limit(limit)
        )

    def occurrence(self, id: str) -> Occurrence:
        """Raises NotFound."""
        found = self._read(_with_runs().where(occurrences.c.id == id))
        if not found:
            raise NotFound(
                f"There is no occurrence {id}. `homewit schedule show ID` lists those of a schedule."
            )
        return found[0]

    def of_run(self, run: str) -> Schedule | None:
        """The schedule whose run it is, if it is one."""
        found = select(schedules).join(occurrences, occurrences.c.schedule == schedules.c.id)
        with self._store.read() as connection:
            row = connection.execute(found.where(occurrences.c.run == run)).mappings().first()
        return None if row is None else as_type(Schedule, row)

    def next_moment(self) -> datetime | None:
        """When the next occurrence is due, of all schedules."""
        soonest = select(schedules.c.next).where(schedules.c.next.is_not(None)).order_by(schedules.c.next)
        with self._store.read() as connection:
            return connection.execute(soonest.limit(1)).scalar()

    def hand_out(self, decide: Callable[[Schedule], HandedOut]) -> list[Occurrence]:
        """Write down what has come due; ``decide`` says what that is, for each schedule whose turn it is.

        A schedule with an occurrence that waits or is being carried out is not asked: its runs never overlap.
        """
        with self._store.read() as connection:
            if not _coming(connection, self._store.now()):
                return []
        made: list[str] = []
        with self._store.write() as connection:
            now = self._store.now()
            for row in _coming(connection, now):
                schedule = as_type(Schedule, row)
                handed = decide(schedule)
                made += [self._insert(connection, schedule.id, due, "waiting") for due in handed.due]
                for due in handed.skipped:
                    self._insert(connection, schedule.id, due, "skipped")
                advanced = update(schedules).where(schedules.c.id == schedule.id)
                connection.execute(advanced.values(next=handed.next))
        return self._read(_with_runs().where(occurrences.c.id.in_(made)).order_by(occurrences.c.due))

    def add_occurrence(self, schedule: str, due: datetime) -> Occurrence:
        """One more, beside those that the schedule foresees. Raises NotFound."""
        with self._store.write() as connection:
            _get(connection, schedule)
            id = self._insert(connection, schedule, due, "waiting")
        return self.occurrence(id)

    def free(self, is_gone: Callable[[str], bool]) -> list[Occurrence]:
        """The oldest waiting occurrence of each schedule that nobody carries out, ready to be taken.

        A lease ends with its time, and with its holder: ``is_gone`` says whether that is so.
        """
        with self._store.read() as connection:
            return _free(connection, self._store.now(), is_gone)

    def take(self, id: str, holder: str, lease_s: float, is_gone: Callable[[str], bool]) -> Occurrence | None:
        """Lend an occurrence to ``holder``; None when it is not free any more.

        One that was lent before may have its run already: that is to be resumed.
        """
        with self._store.write() as connection:
            now = self._store.now()
            if id not in {one.id for one in _free(connection, now, is_gone)}:
                return None
            lent = {"holder": holder, "held_until": now + timedelta(seconds=lease_s)}
            taken = update(occurrences).where(occurrences.c.id == id)
            connection.execute(taken.values(**lent, attempts=occurrences.c.attempts + 1))
            return as_type(
                Occurrence, connection.execute(_with_runs().where(occurrences.c.id == id)).mappings().one()
            )

    def renew(self, id: str, holder: str, lease_s: float) -> bool:
        """Extend a lease; False when it is not (or no longer) this holder's."""
        with self._store.write() as connection:
            mine = update(occurrences).where(occurrences.c.id == id, occurrences.c.holder == holder)
            until = self._store.now() + timedelta(seconds=lease_s)
            return connection.execute(mine.values(held_until=until)).rowcount > 0

    def give_back(self, id: str, holder: str) -> None:
        """End a lease early: somebody else may take the occurrence at once."""
        with self._store.write() as connection:
            mine = update(occurrences).where(occurrences.c.id == id, occurrences.c.holder == holder)
            connection.execute(mine.values(holder=None, held_until=None))

    def settle(self, id: str, problem: str | None = None) -> None:
        """The occurrence is over: its run has ended, or there can be none."""
        over = {"state": "over", "problem": problem, "holder": None, "held_until": None}
        with self._store.write() as connection:
            ended = update(occurrences).where(occurrences.c.id == id)
            connection.execute(ended.values(**over, settled=self._store.now()))

    def _insert(self, connection: Connection, schedule: str, due: datetime, state: State) -> str:
        id = new_id("o")
        values = {"id": id, "schedule": schedule, "due": due, "state": state, "created": self._store.now()}
        connection.execute(insert(occurrences).values(**values))
        return id

    def _read(self, wanted: Any) -> list[Occurrence]:
        with self._store.read() as connection:
            return read_all(connection, Occurrence, wanted)


def attach_run(connection: Connection, occurrence: str, run: str, session: str | None) -> None:
    """Tie a run that is being created to its occurrence; raises AlreadyStarted if that has one."""
    free = update(occurrences).where(
        occurrences.c.id == occurrence, occurrences.c.run.is_(None), occurrences.c.state == "waiting"
    )
    if not connection.execute(free.values(run=run)).rowcount:
        raise AlreadyStarted(f"The occurrence {occurrence} has its run already, or is over.")
    of_it = select(occurrences.c.schedule).where(occurrences.c.id == occurrence).scalar_subquery()
    own = update(schedules).where(schedules.c.id == of_it, schedules.c.session.is_(None))
    connection.execute(own.values(session=session))


def _coming(connection: Connection, now: datetime) -> Sequence[RowMapping]:
    """Schedules whose next moment has come, and that have nothing under way."""
    under_way = select(occurrences.c.schedule).where(occurrences.c.state == "waiting")
    coming = select(schedules).where(schedules.c.next <= now, schedules.c.id.not_in(under_way))
    return connection.execute(coming.order_by(schedules.c.next)).mappings().all()


def _free(connection: Connection, now: datetime, is_gone: Callable[[str], bool]) -> list[Occurrence]:
    waiting = _with_runs().where(occurrences.c.state == "waiting").order_by(occurrences.c.due)
    oldest: dict[str, RowMapping] = {}
    busy: set[str] = set()
    for row in connection.execute(waiting).mappings():
        oldest.setdefault(row["schedule"], row)
        if row["holder"] is not None and row["held_until"] > now and not is_gone(row["holder"]):
            busy.add(row["schedule"])
    return [as_type(Occurrence, row) for schedule, row in oldest.items() if schedule not in busy]


def _with_runs() -> Any:
    return select(occurrences, runs.c.status, runs.c.session).join(
        runs, runs.c.id == occurrences.c.run, isouter=True
    )


def _get(connection: Connection, id: str) -> Schedule:
    none = f"There is no schedule {id}. `homewit schedule list` shows those that exist."
    return as_type(Schedule, the_row(connection, schedules, id, none))
