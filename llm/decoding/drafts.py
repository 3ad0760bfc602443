"""Guesses of the next tokens, to be verified in one forward pass instead of one pass each.

Whoever guesses is a `Drafter`; how many guesses are worth their cost is learned while the output grows. The
output does not depend on the guesses, only its cost does. This module knows neither models nor text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from .constrain import Constraint

# What one more token adds to a pass, as a share of it: on two cores 0.04 with dense weights, up to 0.25
# with packed ones, which are limited by arithmetic. A measurement of each run would make seeds unrepeatable.
VERIFY_COST = 0.15
LEARNING_RATE = 0.2
FIRST_REST, LONGEST_REST = 8, 256


@dataclass(frozen=True, slots=True)
class Draft:
    """One guessed token. `odds` [vocab] are the probabilities it was drawn from, None if it was not drawn."""

    token: int
    odds: Tensor | None = None


class Drafter(Protocol):
    """Guesses how a text goes on."""

    cost: float
    """Of one guess, as a share of a forward pass of the model that verifies it."""
    hope: float
    """The rate at which guesses are expected to come true before any has."""

    def propose(self, ids: Sequence[int], count: int, constraint: Constraint | None) -> list[Draft]:
        """Up to `count` tokens behind `ids`, as far as `constraint` allows them; it is left as it was."""
        ...


class AdaptiveWindow:
    """How many tokens to guess: as many as pay at the rate at which guesses came true, down to none.

    With n guesses that each come true at rate r, a pass yields 1 + r + … + rⁿ tokens and costs 1 + n·cost;
    the best n maximises their ratio. Where layers cannot take tokens back one by one, those that came true
    before a wrong guess are computed again, at `replay` each. After a rest without guesses a few are tried
    again.
    """

    def __init__(self, most: int, cost: float, hope: float = 0.5, replay: float = 0.0) -> None:
        self._most = most
        self._cost = cost
        self._replay = replay
        self._rate = hope
        self._rest = 0
        self._next_rest = FIRST_REST

    def size(self) -> int:
        """Tokens to guess in this step; call it once a step."""
        if self._rest:
            self._rest -= 1
            return 0
        return self._best()

    def learn(self, drafted: int, accepted: int) -> None:
        """Take in how many of `drafted` guesses came true before the first that did not."""
        for hit in [1.0] * accepted + [0.0] * (accepted < drafted):
            self._rate += LEARNING_RATE * (hit - self._rate)
        if not self._best():
            self._rest, self._next_rest = self._next_rest, min(2 * self._next_rest, LONGEST_REST)
            self._rate = min(2 * self._cost, 0.9)  # enough for another try after the rest
        elif accepted:
            self._next_rest = FIRST_REST

    def _best(self) -> int:
        best, best_yield, tokens, chance, again = 0, 1.0, 1.0, 1.0, 0.0
        for count in range(1, self._most + 1):
            again += (count - 1) * chance * (1 - self._rate)  # the last guess is the first that is wrong
            chance *= self._rate
            tokens += chance
            found = tokens / (1 + count * self._cost + again * self._replay)
            if found > best_yield:
                best, best_yield = count, found
        return best


class Drafting:
    """All that guess for one request, the first that finds something first, each with a window of its own.

    `replays` says that guesses that came true are computed again when one behind them did not.
    """

    def __init__(self, drafters: Sequence[Drafter], most: int, replays: bool = False) -> None:
        replay = VERIFY_COST if replays else 0.0
        self._sources = [
            (drafter, AdaptiveWindow(most, drafter.cost + VERIFY_COST, drafter.hope, replay))
            for drafter in drafters
        ]
        self._used: AdaptiveWindow | None = None

    def propose(self, ids: Sequence[int], room: int, constraint: Constraint | None) -> list[Draft]:
        """Up to `room` guesses for the tokens behind `ids`."""
        for drafter, window in self._sources:
            count = min(window.size(), room)
            drafts = drafter.propose(ids, count, constraint) if count > 0 else []
            if drafts:
                self._used = window
                return drafts
        return []

    def learn(self, drafted: int, accepted: int) -> None:
        """Tell what became of the last guesses."""
        if self._used is not None and drafted:
            self._used.learn(drafted, accepted)
