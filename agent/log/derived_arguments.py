"""The arguments of every call that was done, as they follow from its plan and from the results before it.

Both are taken from the log alone. Pure; knows nothing of how calls are carried out.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from ...memory import LedgerRow, LoggedEvent
from ..errors import MissingField
from ..execution.foreach import expand, step_of
from ..execution.resolve import Sources, resolve
from ..execution.stand_ins import stand_in
from ..plan import Step
from ..planning.arguments import INPUTS
from ..planning.schemas import Schema
from ..values import NOBODY
from ..workflows.starting import inputs_from_wire
from .ledger import Output
from .recovery import Recovered, recover


def derived_arguments(
    log: Sequence[LoggedEvent], ledger: Sequence[LedgerRow], parameters: Mapping[str, Schema]
) -> dict[str, dict[str, Any]]:
    """By the id of the call. Calls of plans that were replaced, and of tools that are gone, are left out."""
    found: dict[str, dict[str, Any]] = {}
    done = {row.step for row in ledger if row.state == "done"}
    for parent in dict.fromkeys(id.rpartition("/")[0] for id in done):
        for call, outputs in _calls(recover(log, parent)):
            if call.id in done and call.tool in parameters:
                try:
                    found[call.id] = resolve(call, parameters[call.tool], outputs, Sources("")).plain()
                except MissingField as error:
                    found[call.id] = {"missing": str(error)}
    return found


def _calls(found: Recovered) -> Iterator[tuple[Step, Mapping[str, Output]]]:
    """Each call of a plan, with all results."""
    outputs = {id: Output(end.output, end.text, NOBODY) for id, end in found.finished.items()}
    outputs[INPUTS] = inputs_from_wire(found.inputs)
    steps = found.plan.steps if found.plan is not None else ()
    for step in steps:
        end = found.finished.get(step.id)
        if end is not None and end.status == "failed" and (instead := stand_in(step)) is not None:
            outputs[step.id] = instead
    for step in steps:
        if step.foreach is None:
            yield step, outputs
        elif step.id in {step_of(id) for id in found.finished}:
            yield from ((item, outputs) for item in expand(step, outputs, most=inf))
