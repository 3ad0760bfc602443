"""One request's place among the others: what it wants computed next, and what it has got.

A generation holds one from its first token to its last and asks for the final states behind its newest
tokens. Between two calls its memory may be taken by others that go first; what is then missing is read from
the tree or computed again, so it notices nothing but the time. It knows neither text nor who else is there.
"""

import threading
import time
from collections.abc import Collection, Sequence
from typing import Protocol

from torch import Tensor

from .schedule import Priority


class Work:
    """One question: the final states behind the last `tail` of the tokens `known` and then `guesses`."""

    def __init__(
        self, sequence: "SequenceHandle", known: Sequence[int], tail: int, guesses: Sequence[int] = ()
    ) -> None:
        self.sequence = sequence
        self.ids = [*known, *guesses] if guesses else known
        self.certain = len(known)
        self.tail = tail
        sequence.asked, sequence.known = self.ids, known
        self.passed = 0
        """Passes that left it out."""
        self.states: Tensor | None = None
        self.error: Exception | None = None
        self.done = threading.Event()
        self.caller = threading.get_ident()


class Server(Protocol):
    """Who computes (scheduler.py)."""

    def serve(self, works: Sequence[Work]) -> None: ...
    def open(self, sequence: "SequenceHandle") -> int: ...
    def close(self, sequence: "SequenceHandle") -> None: ...


class SequenceHandle:
    """Use it from one thread at a time, and `close` it in the end (or use it as a context).

    `boundaries` are lengths at which a later prompt may part from this one: there layers that cannot go back
    are kept as snapshots. `most` is the number of tokens it may come to have.
    """

    def __init__(
        self,
        server: Server,
        priority: Priority = Priority.INTERACTIVE,
        boundaries: Collection[int] = (),
        most: int = 1,
        cancel: threading.Event | None = None,
    ) -> None:
        self.priority = priority
        self.boundaries = set(boundaries)
        self.most = most
        self.cancel = cancel
        self.computed = 0
        """Tokens that were computed for this sequence."""
        self.cached = 0
        """Tokens of the first question that did not have to be."""
        self.preempted = 0
        """How often its memory was taken for others."""
        self.scattered_steps = 0
        """Steps for which its pages did not lie side by side."""
        self.answered = False
        self.private = False  # holds what is to be forgotten, so it leaves nothing to others
        self.asked_s = time.monotonic()
        """When it last waited for something."""
        self.asked: Sequence[int] = ()
        """The tokens of the last question."""
        self.known: Sequence[int] = ()
        """Those of them that were no guesses; a list that grew since then tells which guesses came true."""
        self._server = server
        self.arrival = server.open(self)

    def advance(self, ids: Sequence[int], tail: int = 1, guesses: Sequence[int] = ()) -> Tensor | None:
        """Compute a piece of what `ids`, followed by `guesses`, have and this sequence has not.

        Returns the final states [tail, width] behind the last `tail` tokens, or None while there are more to
        compute, and when it was cancelled. Tokens that are not asked for any more are taken back, guesses at
        no cost but that layers that hand on a state compute those again that came true.
        """
        work = Work(self, ids, tail, guesses)
        self._server.serve([work])
        return work.states

    def close(self) -> None:
        """Leave what was computed to others, and ask for nothing more."""
        self._server.close(self)

    def discard(self) -> None:
        """Close without leaving anything to others."""
        self.private = True
        self.close()

    def __enter__(self) -> "SequenceHandle":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
