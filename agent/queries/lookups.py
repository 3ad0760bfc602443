"""The look-ups of the command line: lists and single things, from the database, the tools and the models'
files.

A list is ``{"items": [...]}``, one thing ``{"item": {...}}``; ``requests.Query`` names them all. None loads
the model that answers; the one that is measured is loaded beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, validate_call

from ...llm.errors import LLMError, RequestError
from ...memory import Evidence, Fact, Run, Session
from ...tools import UnknownTool
from ..answering.fact_patterns import read_fact
from ..errors import ModelUnavailable, NotFound, UsageError
from ..events import Event, parse_body
from ..log.replaying import compare
from ..models.engines import describe_model, measure_model, quantize_model
from ..procedures.queries import ProcedureQueries
from ..requests import ADDED_BY_HAND
from ..runs.ending import end_run
from ..runs.runner import Runner
from ..runs.undo import undo_last
from ..schedules.firing import Firing
from ..schedules.queries import ScheduleQueries
from ..store_errors import translated
from ..threads import in_thread
from ..workflows.queries import WorkflowQueries
from ..workplace import Workplace
from .doctor import examine
from .permissions import PermissionQueries
from .reminders import ReminderQueries
from .secrets import SecretQueries
from .tools import ToolQueries

Answer = dict[str, Any]
checked = validate_call(config=ConfigDict(extra="forbid"))


class Queries:
    """One method per query; arguments come from outside and are validated.

    ``tell`` hears how far a query is that takes long.
    """

    def __init__(
        self,
        place: Workplace,
        runner: Runner,
        tell: Callable[[str], None] = lambda _: None,
        firing: Firing | None = None,
    ) -> None:
        self._place = place
        self._store = place.store
        self._runner = runner
        self._tell = tell
        schedules = ScheduleQueries(place, firing or Firing(place, runner))
        procedures = ProcedureQueries(place)
        tools = ToolQueries(place, runner, tell)
        secret_queries = SecretQueries(place, tell)
        self._blocking: dict[str, Callable[..., Answer]] = {
            "sessions.list": self._sessions_list,
            "sessions.show": self._sessions_show,
            "sessions.search": self._sessions_search,
            "runs.list": self._runs_list,
            "runs.show": self._runs_show,
            "runs.replay": self._runs_replay,
            "memory.list": self._memory_list,
            "memory.search": self._memory_search,
            "memory.add": self._memory_add,
            "memory.why": self._memory_why,
            "memory.forget": self._memory_forget,
            **PermissionQueries(place).by_name,
            **secret_queries.by_name,
            "model.list": self._model_list,
            "model.info": self._model_info,
            "model.quantize": self._model_quantize,
            **WorkflowQueries(place).by_name(),
            **schedules.blocking,
            **procedures.blocking,
            **tools.blocking,
        }
        self._waiting: dict[str, Callable[..., Awaitable[Answer]]] = {
            "runs.cancel": self._runs_cancel,
            "model.bench": self._model_bench,
            "doctor": self._doctor,
            "undo": self._undo,
            "secrets.login": secret_queries.login,
            **schedules.waiting,
            **ReminderQueries(place).waiting,
            **tools.waiting,
        }

    async def answer(self, name: str, args: dict[str, Any]) -> Answer:
        """Raises UsageError for an unknown name, ValidationError for arguments, NotFound for an unknown
        id.
        """
        try:
            with translated():
                if name in self._blocking:
                    return await asyncio.to_thread(checked(self._blocking[name]), **args)
                if name in self._waiting:
                    return await checked(self._waiting[name])(**args)
        except UnknownTool as error:
            raise NotFound(str(error)) from error
        known = ", ".join((*self._blocking, *self._waiting))
        raise UsageError(f"There is no query {name!r}. Queries are: {known}.")

    def _sessions_list(self, limit: int = 50) -> Answer:
        return {"items": [_session(one) for one in self._store.list_sessions(limit)]}

    def _sessions_show(self, id: str) -> Answer:
        session = self._store.get_session(id)
        turns = [
            {
                "id": turn.id,
                "role": turn.role,
                "text": turn.text,
                "run": turn.run,
                "created": _time(turn.created),
                "piped": turn.piped,
            }
            for turn in self._store.turns(id)
        ]
        return {"item": {**_session(session), "turns": turns}}

    def _sessions_search(self, query: str, limit: int = 20) -> Answer:
        turns = self._store.search_turns(query, limit)
        return {"items": [{**asdict(turn), "created": _time(turn.created)} for turn in turns]}

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
            status = "interrupted"
        times = {"created": _time(run.created), "finished": _time(run.finished)}
        shown = {key: value for key, value in asdict(run).items() if key != "seed"}
        return {**shown, "status": status, **times}

    async def _runs_cancel(self, id: str) -> Answer:
        return {"item": await end_run(self._place, id)}

    def _memory_list(self, limit: int | None = None) -> Answer:
        return {"items": [_fact(fact) for fact in self._store.list_facts()[:limit]]}

    def _memory_search(self, query: str, limit: int = 20) -> Answer:
        return {"items": [_fact(fact) for fact in self._store.search_facts(query, limit)]}

    def _memory_add(
        self,
        text: str | None = None,
        subject: str | None = None,
        key: str | None = None,
        value: str | None = None,
    ) -> Answer:
        if text is None and subject and key and value:
            text = f"{subject}: {key}: {value}"
            parts = (subject, key, value)
        elif text and (draft := read_fact(text)):
            parts, text = (draft.subject, draft.key, draft.value), draft.quote
        else:
            raise UsageError("Write the fact as one plain sentence, such as: my sister's birthday is May 3.")
        known = (one for one in self._store.list_sessions(1000) if one.title == ADDED_BY_HAND)
        session = next(known, None) or self._store.create_session(ADDED_BY_HAND)
        turn = self._store.append_turn(session.id, "user", text)
        return {"item": _fact(self._store.add_fact(*parts, Evidence.find(turn, text), explicit=True))}

    def _memory_why(self, id: str) -> Answer:
        fact = self._store.why(id)
        return {
            "item": {**_fact(fact), "turn_text": fact.source.text, "session": fact.source.session},
        }

    def _memory_forget(self, id: str | None = None, query: str | None = None, every: bool = False) -> Answer:
        """``every``: all facts that fit the words, not only when there is just one."""
        if not (id or query):
            raise UsageError("Say what to forget: the id of a fact, or words that only one fact fits.")
        ids = [id] if id else self._meant(query or "", every)
        if not ids[0].startswith("f_"):
            raise NotFound(f"There is no fact {id}. `homewit memory list` shows those that are known.")
        forgotten = [fact for one in ids for fact in self._store.forget(one)]
        self._place.driver.forget(forgotten)
        return {"items": [{"id": fact.id} for fact in forgotten]}

    def _meant(self, query: str, every: bool) -> list[str]:
        """Ids of the facts that hold every word of ``query``; words that are less clear erase nothing."""
        meant = self._store.facts_named(query)
        if not meant:
            raise NotFound(
                f"Nothing that is remembered fits {query!r}. `homewit memory list` shows what there is."
            )
        if len(meant) > 1 and not every:
            listed = "; ".join(f"{fact.id}: {fact.evidence_quote}" for fact in meant)
            raise UsageError(f"{len(meant)} facts fit {query!r}. Name one by its id: {listed}.")
        return [fact.id for fact in meant]

    def _model_list(self) -> Answer:
        folders = sorted(path for path in self._place.home.models.glob("*") if path.is_dir())
        return {"items": [_model("bundled"), *(_model(str(path)) for path in folders)]}

    def _model_info(self, name: str | None = None) -> Answer:
        try:
            return {"item": describe_model(self._place.resolved(name or self._place.model))}
        except LLMError as error:
            raise ModelUnavailable(str(error)) from error

    def _model_quantize(self, source: str, target: str, bits: Literal[4, 8] = 8) -> Answer:
        try:
            folder = self._place.cwd / Path(target).expanduser()
            return {"item": quantize_model(self._place.resolved(source), str(folder), bits)}
        except RequestError as error:
            raise UsageError(str(error)) from error
        except LLMError as error:
            raise ModelUnavailable(str(error)) from error

    async def _model_bench(
        self, name: str | None = None, quick: bool = False, quantize: Literal["int8", "int4"] | None = None
    ) -> Answer:
        if self._runner.is_busy(None):
            raise UsageError("Something is still running; measure when it has ended.")
        loop = asyncio.get_running_loop()
        changed = {} if quantize is None else {"quantize": quantize}
        settings = self._place.settings.model_copy(update=changed)

        def tell(text: str) -> None:
            loop.call_soon_threadsafe(self._tell, text)

        try:
            found = await in_thread(
                measure_model, self._place.resolved(name or self._place.model), settings, quick, tell
            )
        except RequestError as error:
            raise UsageError(str(error)) from error
        except LLMError as error:
            raise ModelUnavailable(str(error)) from error
        except MemoryError as error:
            raise ModelUnavailable("There is not enough memory to load the model.") from error
        return {"item": found}

    async def _undo(self, session: str | None = None) -> Answer:
        if self._runner.is_busy(session):
            raise UsageError("Something is still running; undo it when it has ended.")
        return {"item": asdict(await undo_last(self._place, session))}

    async def _doctor(self) -> Answer:
        return {"items": await examine(self._place)}


def _session(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "title": session.title,
        "created": _time(session.created),
        "updated": _time(session.updated),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "subject": fact.subject,
        "key": fact.key,
        "value": fact.value,
        "quote": fact.evidence_quote,
        "origin": fact.origin,
        "valid_from": _time(fact.valid_from),
        "valid_to": _time(fact.valid_to),
        "superseded_by": fact.superseded_by,
        "turn": fact.turn,
        "created": _time(fact.created),
    }


def _model(source: str) -> dict[str, Any]:
    try:
        return describe_model(source)
    except LLMError as error:
        return {"name": source, "path": source, "available": False, "summary": str(error)}


def _time(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
