"""Folds the log of a run back into what it says happened, and compares that with what else is stored of it.

The log is the state: the plan, the end of every step, the answer and the status follow from it, while the
ledger, the turns of the session and the run's own row were written beside it. Both have to say the same, byte
for byte. Pure; knows nothing of databases.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ...memory import LedgerRow, LoggedEvent, Run, Turn
from ..events import (
    Answered,
    EventBody,
    PlanChanged,
    Planned,
    Question,
    RunFinished,
    RunStarted,
    StepFinished,
    parse_body,
)
from ..planning.schemas import Schema
from ..runs.outcome import Outcome
from ..values import in_words
from .derived_arguments import derived_arguments
from .ledger import Output, canonical
from .recovery import recover

_LONGEST = 100
_Folded = Sequence[tuple[int, EventBody]]


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that follows from the log beside the same thing as it is stored; ``told`` is it in short."""

    what: str
    told: str
    replayed: Any
    stored: Any

    @property
    def same(self) -> bool:
        return canonical(self.replayed) == canonical(self.stored)

    def difference(self) -> str:
        """The first place where the two differ; empty where they are the same."""
        return "" if self.same else _difference(self.replayed, self.stored)


def compare(
    run: Run,
    log: Sequence[LoggedEvent],
    ledger: Sequence[LedgerRow],
    turns: Iterable[Turn],
    parameters: Mapping[str, Schema],
) -> list[Compared]:
    """Everything that can be compared: events, prompt, plan, each step, answers, status.

    ``parameters`` are those of the tools that there are.
    """
    events = _events(log)
    if not events.same:
        return [events]  # nothing can be folded that cannot be read
    bodies = [(entry.seq, parse_body({"type": entry.type, **entry.body})) for entry in log]
    args = derived_arguments(log, ledger, parameters)
    found = [events, _prompt(run, bodies), *_plan(log, bodies), *_steps(run, bodies, ledger, args)]
    return [*found, *_answers(run, bodies, turns), *_status(run, log, bodies)]


def _events(log: Sequence[LoggedEvent]) -> Compared:
    """Each event read and written again, under the number that it has to have."""
    stored = [{"seq": entry.seq, "type": entry.type, **entry.body} for entry in log]
    again = [{"seq": number, **_written_again(entry)} for number, entry in enumerate(log, 1)]
    return Compared("events", "each read and written again", again, stored)


def _written_again(entry: LoggedEvent) -> dict[str, Any]:
    try:
        return parse_body({"type": entry.type, **entry.body}).model_dump(mode="json")
    except ValidationError as error:
        return {"unreadable": str(error.errors(include_url=False)[0]["msg"])}


def _prompt(run: Run, bodies: _Folded) -> Compared:
    prompts = [body.prompt for _, body in bodies if isinstance(body, RunStarted)]
    return Compared("prompt", "", prompts[:1], [run.prompt] if bodies else [])


def _plan(log: Sequence[LoggedEvent], bodies: _Folded) -> Iterator[Compared]:
    """The plan as a restart makes it of the log, beside the one that was told last."""
    plan = recover(log).plan
    if plan is None:
        return
    told = [body for _, body in bodies if isinstance(body, Planned | PlanChanged) and not body.parent][-1]
    stored = [step.model_dump(mode="json") for step in told.steps]
    yield Compared("plan", _count(len(stored), "step"), plan.to_wire()["steps"], stored)


def _steps(
    run: Run, bodies: _Folded, ledger: Sequence[LedgerRow], args: Mapping[str, Mapping[str, Any]]
) -> Iterator[Compared]:
    """The end of each call in the log beside its latest attempt in the ledger; ``args`` are the arguments
    that follow from the plan and from the results before.
    """
    ends = {body.id: body for _, body in bodies if isinstance(body, StepFinished)}
    rows = {row.step: row for row in ledger}
    lists = {id.partition("[")[0] for id in rows if "[" in id}
    for id in dict.fromkeys([*ends, *rows]):
        end, row = ends.get(id), rows.get(id)
        if id in lists or (end is not None and row is None and end.status not in ("done", "unknown")):
            continue  # the end of a list is that of its items, and what did not run is in no ledger
        if end is None and run.status == "running":
            continue  # cut off before it was told; resuming tells it
        tool = end.tool if end is not None else row.tool if row is not None else ""
        replayed, stored = _told(end, args.get(id)), _settled(row, end)
        yield Compared(id, f"{tool}, {end.status if end else 'not told'}", replayed, stored)


def _told(end: StepFinished | None, args: Mapping[str, Any] | None) -> Any:
    if end is None:
        return None
    told = {"state": end.status if end.status in ("done", "unknown") else "failed"}
    if end.status != "done":
        return told
    return told | {
        "tool": end.tool,
        "args": end.args,
        "args by the plan": end.args if args is None else args,
        "output": end.output,
        "text": end.text,
        "origins": list(end.origins),
    }


def _settled(row: LedgerRow | None, end: StepFinished | None) -> Any:
    """A refused attempt keeps the intent that it had, or the failure of the attempt before."""
    if row is None:
        return None
    if row.state != "done":
        refused = row.state == "intent" and end is not None and end.status not in ("done", "unknown")
        return {"state": "failed" if refused else row.state}
    output = Output.from_wire(row.output)
    return {
        "state": "done",
        "tool": row.tool,
        "args": row.args,
        "args by the plan": row.args,
        "output": output.data,
        "text": output.text,
        "origins": list(in_words(output.origins)),
    }


def _answers(run: Run, bodies: _Folded, turns: Iterable[Turn]) -> Iterator[Compared]:
    """What was said in the end. A question is a turn as well, once there is a reply to it."""
    told = [body.text for _, body in bodies if isinstance(body, Answered) and not body.parent]
    questions = {body.text for _, body in bodies if isinstance(body, Question)} - set(told)
    stored = [
        turn.text
        for turn in turns
        if turn.run == run.id and turn.role == "assistant" and turn.text not in questions
    ]
    if told or stored:
        yield Compared("answer", _count(len(told), "turn"), told, stored)


def _status(run: Run, log: Sequence[LoggedEvent], bodies: _Folded) -> Iterator[Compared]:
    """What the last event says of the end, and whether the ends of the steps allow it."""
    last = bodies[-1][1] if bodies else None
    ended = isinstance(last, RunFinished)
    replayed = [last.status, last.exit_code] if isinstance(last, RunFinished) else ["running", None]
    told = run.status if run.exit_code is None else f"{run.status}, exit code {run.exit_code}"
    yield Compared("status", told, replayed, [run.status, run.exit_code])
    outcome = Outcome(recover(log).plan)
    for _, body in bodies:
        if isinstance(body, StepFinished) and not body.parent and "[" not in body.id:
            outcome.note(body)
    if ended and (run.status == "done" or outcome.status == "unknown"):
        yield Compared("status by the steps", "", outcome.status, run.status)


def _difference(replayed: Any, stored: Any, at: str = "") -> str:
    if isinstance(replayed, Mapping) and isinstance(stored, Mapping):
        for name in dict.fromkeys([*replayed, *stored]):
            if name not in replayed or name not in stored:
                where = "the log" if name in replayed else "what is stored"
                return f"{_joined(at, name)} is only in {where}"
            if canonical(replayed[name]) != canonical(stored[name]):
                return _difference(replayed[name], stored[name], _joined(at, name))
    if isinstance(replayed, list) and isinstance(stored, list):
        for place, (one, other) in enumerate(zip(replayed, stored, strict=False)):
            if canonical(one) != canonical(other):
                return _difference(one, other, _joined(at, place))
        return f"{at or 'it'} has {len(replayed)} by the log, and {len(stored)} stored"
    where = f"{at}: " if at else ""
    return f"{where}{_short(replayed)} by the log, {_short(stored)} stored"


def _joined(at: str, name: str | int) -> str:
    return f"{at}.{name}" if at else str(name)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
