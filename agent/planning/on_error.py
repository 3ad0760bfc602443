"""What happens when a step fails: tried again, replaced by a value or another call, or gone on without.

Part of a step, so that it is logged with the plan and a resumed run does the same. Pure; knows nothing of how
calls are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..events import StepStatus
from .arguments import Argument, argument_from_wire, argument_to_wire

MOST_RETRIES = 10
LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class UseValue:
    """Those behind the step get this instead of its result."""

    value: Any


@dataclass(frozen=True, slots=True)
class UseCall:
    """This call is made instead, and its result taken for that of the step."""

    tool: str
    args: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class OnError:
    """``retry`` further attempts, each after twice the time of the one before; then ``then``, or the
    fallback.

    ``continue``: the run does not fail by it, and what refers to the step's result is left out.
    """

    retry: int = 0
    wait_s: float = 1.0
    then: Literal["fail", "continue"] = "fail"
    fallback: UseValue | UseCall | None = None

    def pause_s(self, attempt: int) -> float:
        """How long to wait before that further attempt, counted from 1."""
        return min(self.wait_s * 2 ** (attempt - 1), LONGEST_WAIT_S)

    @property
    def counts_as(self) -> StepStatus:
        """What a failure is to the rest of the plan."""
        if isinstance(self.fallback, UseValue):
            return "done"
        return "omitted" if self.then == "continue" else "failed"

    def to_wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {}
        if self.retry:
            wire |= {"retry": self.retry, "wait_s": self.wait_s}
        if self.then != "fail":
            wire["then"] = self.then
        match self.fallback:
            case UseValue(value):
                wire["fallback"] = {"value": value}
            case UseCall(tool, args):
                wire["fallback"] = {"tool": tool, "args": argument_to_wire(dict(args))}
        return wire


def on_error_from_wire(wire: Mapping[str, Any] | None) -> OnError | None:
    """The way back from ``to_wire``; nothing for what says nothing."""
    if not wire:
        return None
    fallback: UseValue | UseCall | None = None
    match wire.get("fallback"):
        case {"value": value}:
            fallback = UseValue(value)
        case {"tool": str(tool), **rest}:
            fallback = UseCall(tool, argument_from_wire(rest.get("args", {})))
    return OnError(wire.get("retry", 0), wire.get("wait_s", 1.0), wire.get("then", "fail"), fallback)


def counted(on_error: OnError | None, status: StepStatus) -> StepStatus:
    """How the end of a step counts for what comes behind it, and for the run."""
    return on_error.counts_as if on_error is not None and status == "failed" else status
