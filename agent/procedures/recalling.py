"""Finds the accepted procedure that a request fits, with its slots filled from the words of the request.

One that several fit is left to planning, and so is one whose tools have changed. Knows nothing of runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from ...memory import ProcedureRow, Store
from ...tools import Registry
from ..model import ToolView
from ..plan import Plan
from ..planning.checks import check_plan
from .generalising import match
from .procedure import Procedure


@dataclass(frozen=True, slots=True)
class Remembered:
    """A procedure that fits: its plan; or why it cannot be used, and then there is none."""

    id: str
    name: str
    plan: Plan | None
    reason: str = ""


def remembered(
    store: Store, registry: Registry, views: Mapping[str, ToolView], request: str
) -> Remembered | None:
    """What is to be done about ``request``; None where nothing was learned that fits. Blocks."""
    found: list[tuple[ProcedureRow, Plan]] = []
    for row in store.procedures.list_all("accepted"):
        procedure = read(row)
        values = match(procedure, request) if procedure is not None else None
        if procedure is not None and values is not None:
            found.append((row, procedure.plan(values, row.id)))
    if not found or any(plan.steps != found[0][1].steps for _, plan in found):
        return None
    row, plan = found[0]
    if reason := invalid(row, registry):
        return Remembered(row.id, row.name, None, reason)
    if problems := check_plan(plan, views.values()):
        return Remembered(row.id, row.name, None, "; ".join(map(str, problems)))
    return Remembered(row.id, row.name, plan)


def read(row: ProcedureRow) -> Procedure | None:
    """The procedure in a row; None for one that a later version wrote."""
    try:
        return Procedure.from_wire(row.body)
    except (KeyError, TypeError, ValueError, ValidationError):
        return None


def invalid(row: ProcedureRow, registry: Registry) -> str:
    """Why a procedure does not apply any more; empty when it does."""
    for tool, definition in row.tools.items():
        if tool not in registry:
            return f"there is no tool {tool} any more"
        if registry.get(tool).spec.definition_hash != definition:
            return f"the tool {tool} has changed since it was learned"
    return "" if read(row) is not None else "it cannot be read by this version"
