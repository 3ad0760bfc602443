"""Looks whether a run that has ended repeats an earlier one, and keeps what both have in common, as an offer.

Asked for after a run, never during one. Reads the newest runs only, and only their plans. Knows nothing of
how the offer is put.
"""

import hashlib
from collections.abc import Mapping

from ...memory import ProcedureRow, Run, Store
from ...tools import Registry
from ..log.recovery import recover
from ..plan import Plan
from ..route import by_rule
from .generalising import FEWEST_STEPS, Recorded, generalise, match, shape_of
from .recalling import read

NEWEST = 60
"""How many runs are looked at."""
MOST_RECORDS = 5


def offer_after(store: Store, registry: Registry, run: str) -> ProcedureRow | None:
    """The procedure that this run gave rise to; None when there is none, or it was offered before. Blocks."""
    newest = store.list_runs(NEWEST)
    this = next((one for one in newest if one.id == run), None)
    found = _recorded(store, this) if this is not None else None
    if found is None:
        return None
    shape = key_of(shape_of(found.plan))
    known = store.procedures.of_shape(shape)
    if known is not None and (known.state != "offered" or _fits(known, found)):
        return None
    alike = [found]
    for one in newest:
        if one.id != run and len(alike) < MOST_RECORDS:
            other = _recorded(store, one)
            if other is not None and key_of(shape_of(other.plan)) == shape:
                alike.append(other)
    if any(step.tool not in registry for step in found.plan.steps):
        return None
    made = generalise(alike, lambda tool: registry.get(tool).spec.parameters)
    if made is None:
        return None
    tools = definitions(registry, {step.tool for step in made.steps})
    runs = [record.run for record in alike]
    if known is not None:  # it was offered, and turns out to be more general
        store.procedures.widen(known.id, made.name, made.to_wire(), tools, runs)
        return None
    return store.procedures.offer(made.name, shape, made.to_wire(), tools, runs)


def _fits(row: ProcedureRow, record: Recorded) -> bool:
    procedure = read(row)
    return procedure is not None and match(procedure, record.request) is not None


def key_of(shape: str) -> str:
    """A shape as it is kept: nothing of its words can be read from it."""
    return hashlib.sha256(shape.encode()).hexdigest()


def definitions(registry: Registry, tools: set[str]) -> Mapping[str, str]:
    return {tool: registry.get(tool).spec.definition_hash for tool in sorted(tools)}


def _recorded(store: Store, run: Run) -> Recorded | None:
    """A run that can be learned from: done, typed in full, planned by a model from the request alone."""
    if run.status != "done" or run.session is None or by_rule(run.prompt) is not None:
        return None
    log = store.events(run.id)
    if not any(event.type == "plan" for event in log):
        return None
    found = recover(log)
    plan = found.plan
    if plan is None or len(plan.steps) < FEWEST_STEPS or found.questions or found.replans:
        return None
    if any(event.body.get("piped") or event.body.get("procedure") for event in log[:12]):
        return None
    recalled = str([event.body for event in log if event.type == "recall"])
    if _leans_on(plan, recalled, run.prompt):
        return None
    return Recorded(run.id, run.prompt, plan)


def _leans_on(plan: Plan, recalled: str, request: str) -> bool:
    """Whether a literal of the plan comes from memory: that may be another one the next time."""
    texts = (value for step in plan.steps for value in step.args.values() if isinstance(value, str))
    return any(text in recalled and text.casefold() not in request.casefold() for text in texts)
