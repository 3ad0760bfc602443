"""What a log says of a run that did not end: its plan as it was last, what was over, approved and asked.

Pure: folds events. Knows nothing of the ledger, which says what really happened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...memory import LoggedEvent
from ..events import (
    Answered,
    ApprovalRequested,
    ApprovalResolved,
    PlanChanged,
    Planned,
    PlannedStep,
    Route,
    RouteChosen,
    RunFinished,
    RunStarted,
    StepFinished,
    parse_body,
)
from ..execution.foreach import step_of
from ..plan import Plan
from ..planning.plan_schema import step_from_wire


@dataclass(slots=True)
class Recovered:
    """``finished`` holds steps and single items by id; what was corrected later is not in it any more."""

    plan: Plan | None = None
    finished: dict[str, StepFinished] = field(default_factory=dict)
    cards: dict[str, ApprovalRequested] = field(default_factory=dict)
    granted: list[str] = field(default_factory=list)
    """Ids of the cards that the user said yes to."""
    headless_denied: bool = False
    """Whether an approval was missing, so that nothing more may be changed."""
    asked: int = 0
    """How many cards there were, also those of sub-tasks."""
    questions: int = 0
    """How many questions there were, likewise."""
    replans: int = 0
    """How often failed steps were replaced by others."""
    ids: set[str] = field(default_factory=set)
    """Every step that was ever planned."""
    workflow: dict[str, Any] | None = None
    """What the run of a workflow was started with."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """The values that its inputs had."""
    answered: bool = False
    """Whether only the end is missing."""

    @property
    def planned(self) -> int:
        """How many steps the run has had."""
        return len(self.ids)

    def approved(self) -> list[ApprovalRequested]:
        """The cards that were granted, in their order, without the steps that were corrected later."""
        return [self.cards[approval] for approval in self.granted]


def recover(log: Sequence[LoggedEvent], parent: str = "") -> Recovered:
    """Fold what the run itself said, or the sub-task of the step ``parent``."""
    found, route = Recovered(), "unclear"
    for entry in log:
        found.asked += entry.type == "approval.requested"
        found.questions += entry.type == "question"
        if entry.type == "approval.resolved" and entry.body["by"] == "headless":
            found.headless_denied = True  # wherever it was: nothing is changed from then on
        if entry.body.get("parent", "") != parent and entry.type != "run.finished":
            continue  # the end of an attempt is that of its sub-tasks, too
        match parse_body({"type": entry.type, **entry.body}):
            case RouteChosen(route=chosen):
                route = chosen
            case RunStarted(workflow=workflow):
                found.workflow = workflow
            case Planned(steps=steps, inputs=inputs):
                found.plan = plan_of(route, steps)
                found.inputs = inputs
                found.ids.update(step.id for step in steps)
            case PlanChanged(steps=steps):
                _take_over(found, plan_of(route, steps))
            case StepFinished() as step:
                found.finished[step.id] = step
            case ApprovalRequested() as card:
                found.cards[card.approval] = card
            case ApprovalResolved(approval=approval, decision="allow") if approval in found.cards:
                found.granted.append(approval)
            case Answered():
                found.answered = True
            case RunFinished():
                _begin_anew(found)
    return found


def _begin_anew(found: Recovered) -> None:
    """What follows an end is another attempt; what nobody was there to approve is open again."""
    found.answered = False
    if found.headless_denied:
        found.headless_denied = False
        open_again = ("denied", "skipped")
        found.finished = {id: body for id, body in found.finished.items() if body.status not in open_again}


def plan_of(route: Route, steps: Iterable[PlannedStep]) -> Plan:
    return Plan(route, tuple(step_from_wire(step.model_dump()) for step in steps))


def _take_over(found: Recovered, plan: Plan) -> None:
    """A later plan: what it says anew of a step outdates how the step ended and what was approved of it."""
    before = {step.id: step for step in found.plan.steps} if found.plan is not None else {}
    changed = {step.id for step in plan.steps if step.id in before and step != before[step.id]}
    now = {step.id for step in plan.steps}
    found.replans += bool(now - found.ids) and bool(before.keys() - now)
    found.ids |= now
    found.plan = plan
    found.finished = {id: body for id, body in found.finished.items() if step_of(id) not in changed}
    for approval, card in found.cards.items():
        kept = tuple(step for step in card.steps if step_of(step.id) not in changed)
        found.cards[approval] = card.model_copy(update={"steps": kept})
