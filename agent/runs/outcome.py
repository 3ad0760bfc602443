"""What has come of a run so far: how its steps ended, what was said, and the status that follows from both.

Only the latest end of a step counts, and only of steps that the plan still has. Knows nothing of how steps
run.
"""

from dataclasses import dataclass, field

from ..events import RunStatus, StepFinished, StepStatus
from ..plan import Plan
from ..planning.on_error import counted

_SEVERITY: tuple[RunStatus, ...] = ("done", "failed", "approval_needed", "unknown")
_WEIGHS: dict[StepStatus, RunStatus] = {
    "done": "done",
    "omitted": "done",
    "failed": "failed",
    "skipped": "failed",
    "denied": "approval_needed",
    "unknown": "unknown",
}


@dataclass(slots=True)
class Outcome:
    plan: Plan | None = None
    partial: str = ""
    """Text that was streamed and not yet turned into an answer."""
    _ends: dict[str, StepFinished] = field(default_factory=dict)
    _at_least: RunStatus = "done"
    _ended: RunStatus | None = None

    @property
    def steps(self) -> list[StepFinished]:
        """How each step ended, in the order of the plan; without a plan, in the order of their ends."""
        if self.plan is None:
            return list(self._ends.values())
        return [self._ends[step.id] for step in self.plan.steps if step.id in self._ends]

    @property
    def status(self) -> RunStatus:
        """That nobody knows whether an effect happened outweighs every other reason."""
        if any(step.status == "unknown" for step in self._ends.values()):
            return "unknown"
        on_error = {step.id: step.on_error for step in self.plan.steps} if self.plan is not None else {}
        ends: list[StepStatus] = [counted(on_error.get(step.id), step.status) for step in self.steps]
        found: list[RunStatus] = [_WEIGHS[status] for status in ends]
        return self._ended or _gravest(self._at_least, *found)

    def note(self, step: StepFinished) -> None:
        """Keep what came of a step; an earlier end of it counts no more."""
        self._ends[step.id] = step

    def end_of(self, step: str) -> StepFinished:
        """The latest end of a step that has one."""
        return self._ends[step]

    def worsen(self, status: RunStatus) -> None:
        """Take a status over unless a graver one is set."""
        self._at_least = _gravest(self._at_least, status)

    def end(self, status: RunStatus) -> None:
        """The run ends early, and so."""
        self._ended = status


def _gravest(*found: RunStatus) -> RunStatus:
    return _SEVERITY[max(map(_SEVERITY.index, found))]
