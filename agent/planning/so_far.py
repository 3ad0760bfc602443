"""What a model may know of the steps that have run when it plans on: everything but text by others.

Such text has no say in what is done next; it can still be referred to. Knows nothing of prompts.
"""

from collections.abc import Mapping

from ...tools import Registry
from ..events import StepFinished
from ..execution.board import Board
from ..execution.calls import Fault
from ..log.ledger import Output
from ..model import StepSoFar
from ..plan import Plan, Step
from ..runs.context import RunContext
from ..values import Origins, ToolOrigin, join


def so_far(ctx: RunContext, plan: Plan, board: Board, faults: Mapping[str, Fault]) -> list[StepSoFar]:
    """The steps of ``plan`` that are over, in its order."""
    views = ctx.tools.views
    return [
        StepSoFar(step, views[step.tool], body.status, _told(step, body, board, faults))
        for step in plan.steps
        if step.tool in views and (body := board.over.get(step.id)) is not None
    ]


def _told(step: Step, body: StepFinished, board: Board, faults: Mapping[str, Fault]) -> str | None:
    if body.status == "done":
        return body.text if all_trusted(board.outputs[step.id].origins) else None
    if body.status == "failed":
        fault = faults.get(step.id)
        return body.text if fault is not None and all_trusted(fault.origins) else None
    return body.text  # in our own words


def origins_behind(step: Step, registry: Registry, outputs: Mapping[str, Output]) -> Origins:
    """Whose words may be in what is said of a call that did not even begin."""
    trusted = step.tool in registry and not registry.get(step.tool).spec.untrusted_output
    results = (outputs[ref.step].origins for ref in step.refs() if ref.step in outputs)
    return join({ToolOrigin(step.tool, step.id, trusted)}, *results)


def all_trusted(origins: Origins) -> bool:
    return bool(origins) and all(origin.trusted for origin in origins)
