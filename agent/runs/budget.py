"""Limits of one run (steps, seconds, tokens, questions to the model) and what it has used of them.

Steps are checked before the first one runs, so that a plan is not left half done for its length alone. Knows
nothing of what steps and tokens are spent on.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from ..errors import BudgetExceeded
from ..events import UsageReported
from ..model import TokenCount
from .stop import Stop


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits; None is no limit. ``max_tokens`` counts those that the model generates."""

    max_steps: int | None
    timeout_s: float | None
    max_tokens: int | None
    max_model_calls: int | None = None
    background: bool = False
    """Whether it has only what others leave of the model: nobody sits and waits for it."""


class Meter:
    """What one run has used."""

    def __init__(self, budget: Budget, stop: Stop, parent: "Meter | None" = None) -> None:
        """``parent`` is that of the run which a sub-task is part of: what one uses, both have used."""
        self.budget = budget
        self._parent = parent
        self.used = TokenCount()
        self._stop = stop
        self._steps = 0
        self._model_calls = 0

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Ask the run to stop when its time is over."""
        if self.budget.timeout_s is None:
            yield
            return
        limit = self.budget.timeout_s
        reason = BudgetExceeded(f"The run took longer than its limit of {limit:g} s and was stopped.")
        alarm = asyncio.get_running_loop().call_later(limit, self._stop.request, reason)
        try:
            yield
        finally:
            alarm.cancel()

    def check_steps(self, count: int) -> None:
        """Refuse a plan that is longer than allowed."""
        most = self.budget.max_steps
        self._steps = count
        if most is not None and count > most:
            raise BudgetExceeded(
                f"The plan has {count} steps, and {most} are allowed. Nothing was run; "
                "raise --max-steps to allow it."
            )
        if self._parent is not None:
            self._parent.check_more_steps(count)

    def count_steps(self, count: int) -> None:
        """Take note of steps that the run has had before it was interrupted."""
        self._steps = count
        if self._parent is not None:
            self._parent.count_steps(self._parent._steps + count)

    def check_more_steps(self, count: int) -> None:
        """Refuse to go on with more steps than the whole run may have."""
        most = self.budget.max_steps
        self._steps += count
        if most is not None and self._steps > most:
            raise BudgetExceeded(
                f"With these the run would have {self._steps} steps, and {most} are allowed; "
                "raise --max-steps to allow it."
            )

    def begin_model_call(self) -> None:
        """Count a question to the model, before it is asked."""
        most = self.budget.max_model_calls
        self._model_calls += 1
        if self._parent is not None:
            self._parent.begin_model_call()
        if most is not None and self._model_calls > most:
            raise BudgetExceeded(
                f"The model was asked {most} times, and no more is allowed; raise max_model_calls to go on."
            )

    def add(self, count: TokenCount) -> None:
        """Count the tokens of one model call."""
        self.used += count
        if self._parent is not None:
            self._parent.add(count)
        most = self.budget.max_tokens
        if most is not None and self.used.generated > most:
            self._stop.request(
                BudgetExceeded(f"The model wrote more than the {most} tokens that are allowed.")
            )

    def report(self) -> UsageReported:
        return UsageReported(**{**asdict(self.used), "seconds": round(self.used.seconds, 4)})
