"""Who holds how much of the cache's memory while requests run.

A sequence gets pages for its next tokens from what is free, then from what nobody uses, then from sequences
that come after it in order: interactive before background, earlier before later. Who loses its pages leaves
their contents to the tree and resumes when it is served again. One that lost them twice goes before all that
came later, so that everybody comes to an end. It computes nothing.
"""

import time
from collections.abc import Collection, Sequence

from ..cache.paged_state import PagedState
from ..cache.prefix_cache import PrefixCache
from .schedule import Priority
from .sequence import SequenceHandle

IDLE_S = 1.0  # a sequence that asked for nothing for so long gives way to everyone
PREEMPTIONS = 2
STEPS_BEFORE_MOVING = 4


class MemoryShare:
    """Gives sequences their states over `cache`. One thread at a time may call it.

    `gathers` says whether pages that do not lie side by side are worth moving.
    """

    def __init__(self, cache: PrefixCache, gathers: bool = True) -> None:
        self._cache = cache
        self._gathers = gathers
        self._holders: dict[SequenceHandle, PagedState] = {}

    def pending(self, sequence: SequenceHandle, ids: Sequence[int], tail: int) -> int:
        """How many of `ids` are left to compute for `sequence`: at least the last `tail`.

        What `sequence` has and `ids` have not is taken back.
        """
        state, most = self._holders.get(sequence), len(ids) - tail
        if state is not None and (state.length > most or state.tokens != ids[: state.length]):
            state = self._rewound(sequence, state, ids, most)
        return len(ids) - (self._cache.held(ids[:most]) if state is None else state.length)

    def ready(self, sequence: SequenceHandle, ids: Sequence[int], tail: int) -> PagedState:
        """The state of `sequence` behind a prefix of `ids`, after `pending` was asked for the same.

        What others computed in the meantime is taken over when it is a page or more.
        """
        most = len(ids) - tail
        state = self._holders.get(sequence)
        if state is not None and not self._outdone(state, ids, most):
            return state
        self.drop(sequence)
        state = self._holders[sequence] = self._cache.resume(ids[:most])
        return state

    def reserve(
        self,
        sequence: SequenceHandle,
        count: int,
        busy: Collection[SequenceHandle],
        waiting: bool,
        guesses: int = 0,
    ) -> bool:
        """Make the next `count` tokens of `sequence` writable; False when the memory is needed by others.

        `busy` sequences take part in the same pass and lose nothing. `waiting` says that the callers of all
        others wait for this one, so that their turn comes later anyway. `guesses` is as for `PagedState`.
        """
        state = self._holders[sequence]
        room = -(-sequence.most // self._cache.pool.page_tokens)
        if self._gathers and count < self._cache.pool.page_tokens and not state.table.consecutive:
            # Scattered pages are copied together in every step, so one that goes on for long is moved once.
            sequence.scattered_steps += 1
            if sequence.scattered_steps % STEPS_BEFORE_MOVING == 0:
                state.table.gather(room)
        missing = state.table.missing(count)
        while not self._cache.make_room(missing):
            victim = self._victim(sequence, busy, waiting)
            if victim is None:
                return False
            victim.preempted += 1
            self.give_back(victim)
        state.reserve(count, room, guesses)
        return True

    def give_back(self, sequence: SequenceHandle) -> None:
        """Take its pages from `sequence`, leaving their contents to the tree, wrong guesses excepted."""
        state = self._holders.get(sequence)
        if state is not None and not sequence.private:
            state.rewind(state.resumable(max(state.certain, _common(state.tokens, sequence.known))))
            state.snapshot()
            self._cache.keep(state)
        self.drop(sequence)

    def keep(self, sequence: SequenceHandle) -> None:
        """Let others find what `sequence` has computed so far."""
        state = self._holders.get(sequence)
        if state is not None and not sequence.private:
            self._cache.keep(state)
            state.snapshots.clear()

    def others(self, sequence: SequenceHandle) -> bool:
        """Whether anyone but `sequence` holds memory."""
        return any(other is not sequence for other in self._holders)

    def _victim(
        self, sequence: SequenceHandle, busy: Collection[SequenceHandle], waiting: bool
    ) -> SequenceHandle | None:
        """The last in order of those that may lose their pages to `sequence`."""
        now = time.monotonic()
        losing = [
            other
            for other in self._holders
            if other is not sequence and other not in busy
            if waiting or _order(other) > _order(sequence) or now - other.asked_s > IDLE_S
        ]
        return max(losing, key=_order, default=None)

    def _outdone(self, state: PagedState, ids: Sequence[int], most: int) -> bool:
        """Whether others have left at least a page more of `ids` than `state` has."""
        size = self._cache.pool.page_tokens
        return most - state.length >= size and self._cache.held(ids[:most]) - state.length >= size

    def _rewound(
        self, sequence: SequenceHandle, state: PagedState, ids: Sequence[int], most: int
    ) -> PagedState | None:
        """`state` cut to what it has in common with the first `most` of `ids`, or to the last point before.

        None when there is none, or the tree has a page more.
        """
        length = state.resumable(_common(state.tokens, ids[:most]))
        if length:
            state.rewind(length)
            if not self._outdone(state, ids, most):
                return state
        self.drop(sequence)
        return None

    def drop(self, sequence: SequenceHandle) -> None:
        """Take its pages from `sequence`; only what was kept before is left."""
        state = self._holders.pop(sequence, None)
        if state is not None:
            state.release()


def _order(sequence: SequenceHandle) -> tuple[int, int]:
    """Who goes first when memory is short."""
    urgent = sequence.preempted >= PREEMPTIONS or sequence.priority is Priority.INTERACTIVE
    return (Priority.INTERACTIVE if urgent else sequence.priority, sequence.arrival)


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return min(len(left), len(right))
