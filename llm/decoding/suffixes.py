"""Guess what comes next from where the last words stood before: in the prompt with its tool results, in the
output so far, and in earlier outputs.

Answers repeat what was read: names, paths, numbers, whole calls. Looking up the last tokens costs
microseconds, against milliseconds for a model. This module knows token ids only, and keeps them in memory.
"""

import threading
from collections.abc import Sequence

from .constrain import Constraint
from .drafts import Draft

PAIR = 2  # tokens that have to match at least
LONGEST_MATCH = 16
CANDIDATES = 16  # earlier places looked at
END = -1  # between outputs; never a token
HISTORY_TOKENS = 1 << 16


class SuffixIndex:
    """A growing list of tokens in which any place with the same last tokens is found at once."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self._latest: dict[tuple[int, int], int] = {}
        self._earlier: list[int] = []  # for each place: the one before it that ends in the same pair

    def extend(self, tokens: Sequence[int]) -> None:
        for token in tokens:
            self.tokens.append(token)
            place = len(self.tokens) - 1
            pair = (self.tokens[place - 1] if place else END, token)
            self._earlier.append(self._latest.get(pair, END))
            self._latest[pair] = place

    def find(self, recent: Sequence[int]) -> tuple[int, int]:
        """Place of the last token of the longest match for the end of `recent`, and its length; 0 for none.

        Of equally long matches the latest. A place at the very end has nothing behind it and does not count.
        """
        best_place, best_length = END, 0
        if len(recent) < PAIR:
            return best_place, best_length
        place = self._latest.get((recent[-2], recent[-1]), END)
        for _ in range(CANDIDATES):
            if place == END or best_length == LONGEST_MATCH:
                break
            if place + 1 < len(self.tokens) and self.tokens[place + 1] != END:
                length = self._match(place, recent)
                if length > best_length:
                    best_place, best_length = place, length
            place = self._earlier[place]
        return best_place, best_length

    def behind(self, place: int, count: int) -> list[int]:
        """Up to `count` tokens behind `place`; at the end of the list it goes on as it went since `place`."""
        period = len(self.tokens) - 1 - place
        found: list[int] = []
        for step in range(count):
            token = self.tokens[place + 1 + step % period]
            if token == END:
                break
            found.append(token)
        return found

    def _match(self, place: int, recent: Sequence[int]) -> int:
        most = min(LONGEST_MATCH, place + 1, len(recent))
        for length in range(PAIR, most):
            if self.tokens[place - length] != recent[-1 - length]:
                return length
        return most


class DraftHistory:
    """Earlier outputs of an engine, the oldest forgotten first. Safe to share between threads."""

    def __init__(self, most_tokens: int = HISTORY_TOKENS) -> None:
        self._most = most_tokens
        self._lock = threading.Lock()
        self._index = SuffixIndex()

    def add(self, tokens: Sequence[int]) -> None:
        """Keep an output for later."""
        with self._lock:
            self._index.extend([*tokens[-self._most :], END])
            if len(self._index.tokens) > 2 * self._most:
                kept = self._index.tokens[-self._most :]
                self._index = SuffixIndex()
                self._index.extend(kept)

    def clear(self) -> None:
        """Forget every output."""
        with self._lock:
            self._index = SuffixIndex()

    def continuation(self, recent: Sequence[int], count: int) -> tuple[int, list[int]]:
        """Length of the best match for the end of `recent`, and up to `count` tokens that stood behind it."""
        with self._lock:
            place, length = self._index.find(recent)
            return length, self._index.behind(place, count) if length else []


class SuffixDrafter:
    """Guesses for one request, from its own tokens and from `history`; the longer match wins."""

    cost = 0.0
    hope = 0.5

    def __init__(self, history: DraftHistory) -> None:
        self._history = history
        self._own = SuffixIndex()

    def propose(self, ids: Sequence[int], count: int, constraint: Constraint | None) -> list[Draft]:
        self._own.extend(ids[len(self._own.tokens) :])
        recent = ids[-LONGEST_MATCH:]
        place, length = self._own.find(recent)
        tokens = self._own.behind(place, count) if length else []
        other_length, others = self._history.continuation(recent, count)
        if other_length > length:
            tokens = others
        if constraint is not None:
            tokens = tokens[: constraint.valid(tokens)]
        return [Draft(token) for token in tokens]
