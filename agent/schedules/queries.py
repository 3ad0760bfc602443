"""The look-ups and changes of ``homewit schedule``; ``requests.Query`` names them with their fields.

All but ``schedules.due`` are plain reads and writes; none carries anything out.
"""

from typing import Any, Literal

from ...memory import Occurrence, Schedule, ScheduleBook
from ..queries.answers import Answer, Blocking, Waiting, time_of
from ..workplace import Workplace
from .attendance import is_attended, note
from .firing import Firing
from .flows import Flows
from .grants import bind, standing
from .reading import Wanted, new_schedule
from .tool import as_typed, told

FOR_THE_USER = ("approval_needed", "input_needed", "unknown")
"""How runs end that cannot go on without the user."""


class ScheduleQueries:
    """One method per query."""

    def __init__(self, place: Workplace, firing: Firing) -> None:
        self._place = place
        self._firing = firing
        self.blocking: Blocking = {
            "schedules.add": self._add,
            "schedules.list": self._list,
            "schedules.show": self._show,
            "schedules.remove": self._remove,
            "schedules.trigger": self._trigger,
            "schedules.waiting": self._waiting,
        }
        self.waiting: Waiting = {"schedules.due": self._due}

    @property
    def _book(self) -> ScheduleBook:
        return self._place.store.schedules

    def _add(
        self,
        when: str,
        request: str,
        missed: Literal["run_once", "skip", "run_all"] = "run_once",
        zone: str | None = None,
        inputs: dict[str, Any] | None = None,
        allow: tuple[str, ...] = (),
    ) -> Answer:
        place = self._place
        bound = bind(allow, place.registry)
        wanted = Flows(place.workflows).resolved(
            Wanted(when, request, place.cwd, missed, zone, inputs, bound)
        )
        kept = self._book.add(new_schedule(wanted, place.now()))
        told_and_kept = {**self._row(kept), "text": told(kept, place.now())}
        return {"item": {**told_and_kept, "attended": is_attended(place.home, place.now())}}

    def _list(self) -> Answer:
        rows = [self._row(schedule) for schedule in self._book.list_all()]
        return {"items": rows, "attended": is_attended(self._place.home, self._place.now())}

    def _show(self, id: str, limit: int = 20) -> Answer:
        schedule = self._book.get(id)
        dropped = standing(schedule.allow, self._place.registry).dropped
        more = {"occurrences": [_occurrence(one) for one in self._book.occurrences(id, limit)]}
        return {"item": {**self._row(schedule), "notes": list(dropped), **more}}

    def _remove(self, id: str) -> Answer:
        return {"item": self._row(self._book.remove(id))}

    def _trigger(self, id: str) -> Answer:
        return {"item": _occurrence(self._book.add_occurrence(id, self._place.now()))}

    def _waiting(self) -> Answer:
        found = self._book.ended_as(FOR_THE_USER)
        named = {schedule.id: schedule for schedule in self._book.list_all()}
        return {"items": [{**_occurrence(one), "request": as_typed(named[one.schedule])} for one in found]}

    async def _due(self) -> Answer:
        note(self._place.home, self._place.now())
        due = await self._firing.due()
        following = self._book.next_moment()
        return {"items": [_occurrence(one) for one in due], "next": time_of(following)}

    def _row(self, schedule: Schedule) -> Answer:
        last = next(iter(self._book.occurrences(schedule.id, limit=1)), None)
        return {
            "id": schedule.id,
            "next": time_of(schedule.next),
            "when": schedule.said,
            "request": f"remind me: {schedule.prompt}" if schedule.kind == "reminder" else as_typed(schedule),
            "kind": schedule.kind,
            "cron": schedule.cron,
            "at": time_of(schedule.at),
            "zone": schedule.zone,
            "missed": schedule.missed,
            "inputs": dict(schedule.inputs),
            "allow": [entry["rule"] for entry in schedule.allow],
            "folder": schedule.folder,
            "session": schedule.session,
            "last": None if last is None else _occurrence(last),
            "created": time_of(schedule.created),
        }


def _occurrence(one: Occurrence) -> Answer:
    """``status`` is that of the run; without one it is ``waiting``, ``skipped`` or ``failed``."""
    status = one.status or {"waiting": "waiting", "skipped": "skipped"}.get(one.state, "failed")
    return {
        "id": one.id,
        "schedule": one.schedule,
        "due": time_of(one.due),
        "status": status,
        "run": one.run,
        "session": one.session,
        "attempts": one.attempts,
        "problem": one.problem,
    }
