"""The look-ups of ``homewit sessions`` and ``homewit runs``: what was said, and what became of it."""

import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from ...memory import Fact, NotFound, Run, Session
from ..errors import UsageError
from ..events import Event, parse_body
from ..log.replaying import compare
from ..requests import KEPT_FACTS
from ..runs.ending import end_run
from ..workplace import Workplace
from .answers import Answer, Blocking, Waiting, time_of


class HistoryQueries:
    """One method per query."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._store = place.store
        self.blocking: Blocking = {
            "sessions.list": self._sessions_list,
            "sessions.begin": self._sessions_begin,
            "sessions.show": self._sessions_show,
            "sessions.search": self._sessions_search,
            "sessions.remove": self._sessions_remove,
            "runs.list": self._runs_list,
            "runs.show": self._runs_show,
            "runs.replay": self._runs_replay,
        }
        self.waiting: Waiting = {"runs.cancel": self._runs_cancel}

    def _sessions_list(self, limit: int = 50) -> Answer:
        return {"items": [_session(one) for one in self._store.list_sessions(limit, untitled=False)]}

    def _sessions_begin(self) -> Answer:
        return {"item": _session(self._store.create_session())}

    def _sessions_show(self, id: str) -> Answer:
        session = self._store.get_session(id)
        turns = [
            {
                "id": turn.id,
                "role": turn.role,
                "text": turn.text,
                "run": turn.run,
                "created": time_of(turn.created),
                "piped": turn.piped,
            }
            for turn in self._store.turns(id)
        ]
        return {"item": {**_session(session), "turns": turns}}

    def _sessions_search(self, query: str, limit: int = 20) -> Answer:
        turns = self._store.search_turns(query, limit)
        return {"items": [{**asdict(turn), "created": time_of(turn.created)} for turn in turns]}

    def _sessions_remove(self, id: str, facts: bool = False) -> Answer:
        """``facts``: what was learned in it is forgotten as well."""
        runs = self._store.list_runs(sys.maxsize, session=id)
        if any(self._run(run)["status"] in ("running", "waiting") for run in runs):
            raise UsageError(f"Something is still going on in {id}; remove it when that has ended.")
        quoting = self._store.facts_of(self._store.get_session(id).id)
        forgotten = {one.id: one for fact in quoting for one in self._forgotten(fact.id)} if facts else {}
        removed = self._store.remove_session(id, KEPT_FACTS)
        self._place.driver.forget(forgotten.values())
        self._place.driver.forget_texts([turn.text for turn in removed.turns])
        counts = {"turns": len(removed.turns), "runs": len(removed.runs), "permissions": removed.permissions}
        learned = {"facts_kept": [fact.id for fact in removed.kept], "facts_forgotten": list(forgotten)}
        return {"item": {"id": id, **counts, **learned}}

    def _forgotten(self, fact: str) -> list[Fact]:
        """Nothing for one that has gone with a newer one of its kind."""
        with suppress(NotFound):
            return self._store.forget(fact)
        return []

    def _runs_list(self, limit: int = 50, calls: bool = False) -> Answer:
        """``calls``: also those of single tools by hand."""
        found = self._store.list_runs(limit, outside_sessions=calls)
        return {"items": [self._run(run) for run in found]}

    def _runs_show(self, id: str) -> Answer:
        run = self._store.get_run(id)
        events = [
            Event.model_validate(
                {"seq": one.seq, "run": id, "ts": one.ts, "body": parse_body({"type": one.type, **one.body})}
            ).to_wire()
            for one in self._store.events(id)
        ]
        return {"item": {**self._run(run), "events": events}}

    def _runs_replay(self, id: str) -> Answer:
        run = self._store.get_run(id)
        turns = self._store.turns(run.session) if run.session is not None else ()
        parameters = {spec.name: spec.parameters for spec in self._place.registry.specs()}
        found = compare(run, self._store.events(id), self._store.ledger(id), turns, parameters)
        return {
            "items": [
                {"what": one.what, "told": one.told, "same": one.same, "difference": one.difference()}
                for one in found
            ]
        }

    def _run(self, run: Run) -> Answer:
        """One that the database has as running does so only while somebody carries it out."""
        going, status = self._place.runs.get(run.id), run.status
        if status == "running" and going is not None:
            status = going.state
        elif status == "running" and not self._place.leases.is_held(run.id):
            run = self._store.get_run(run.id)  # it may have ended since it was read
            status = "interrupted" if run.status == "running" else run.status
        times = {"created": time_of(run.created), "finished": time_of(run.finished)}
        shown = {key: value for key, value in asdict(run).items() if key != "seed"}
        return {**shown, "status": status, **times}

    async def _runs_cancel(self, id: str) -> Answer:
        return {"item": await end_run(self._place, id)}


def _session(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "title": session.title,
        "created": time_of(session.created),
        "updated": time_of(session.updated),
    }
