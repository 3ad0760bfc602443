"""Which steps of a plan can run now, which never will, and which are left. Pure bookkeeping over ids.

A step depends on those it refers to and those it comes after. Knows nothing of tools; several ready steps may
be taken at once, today's executor takes the first.
"""

from collections.abc import Iterable, Mapping

from .events import StepStatus
from .plan import Step


class Progress:
    """Steps in the order of the plan, each pending or finished with a status."""

    def __init__(self, steps: Iterable[Step], finished: Mapping[str, StepStatus] | None = None) -> None:
        self._status: dict[str, StepStatus] = dict(finished or {})
        self._pending = {step.id: step for step in steps if step.id not in self._status}

    @property
    def pending(self) -> list[Step]:
        return list(self._pending.values())

    def ready(self) -> list[Step]:
        """Pending steps whose dependencies are all done."""
        return [
            step
            for step in self._pending.values()
            if all(self._status.get(other) == "done" for other in depends_on(step))
        ]

    def blocked(self) -> list[Step]:
        """Pending steps that can never run, because something they depend on ended otherwise."""
        return [
            step
            for step in self._pending.values()
            if any(self._status.get(other, "done") != "done" for other in depends_on(step))
        ]

    def finish(self, step: str, status: StepStatus) -> None:
        del self._pending[step]
        self._status[step] = status


def depends_on(step: Step) -> set[str]:
    """Ids of the steps that must be done before this one."""
    return {*step.after, *(ref.step for ref in step.refs())}
