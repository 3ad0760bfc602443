"""Continuous batching: many requests, one model, one pass at a time.

Callers ask from their own threads and wait. A lone request is served by its caller's thread, at no cost; as
soon as there are several, one thread of the scheduler's own makes every pass, for all that wait. Who is
served is decided by schedule.py, who holds memory by memory_share.py, what a pass computes by the caller.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..cache.paged_state import PagedState
from ..cache.prefix_cache import PrefixCache
from ..errors import CacheFull
from .memory_share import MemoryShare
from .schedule import Demand, Limits, plan
from .sequence import SequenceHandle, Work

GRACE_S = (0.001, 0.02)  # bounds of how long a pass waits for those that the last one served
BLOCKED_S = 0.02  # between two looks at whether memory became free
IDLE_S = 5.0  # then the scheduler's thread ends


@dataclass(slots=True)
class Part:
    """What one sequence has of a pass: `ids` to compute behind `state`, which has room for them.

    The pass fills in the final states [T, width] of the last `tail` of them.
    """

    work: Work
    state: PagedState
    ids: Sequence[int]
    tail: int
    states: Tensor | None = None


Compute = Callable[[Sequence[Part]], None]


class Projection:
    """States that somebody wants the logits of."""

    def __init__(self, states: Tensor, project: Callable[[Tensor], Tensor]) -> None:
        self.states = states
        self.project = project
        self.result: Tensor | None = None
        self.error: Exception | None = None
        self.done = threading.Event()
        self.caller = threading.get_ident()


class Scheduler:
    """Serves sequences over `cache` by passes of `compute`; `gathers` as for `MemoryShare`."""

    def __init__(
        self, cache: PrefixCache, compute: Compute, limits: Limits | None = None, gathers: bool = True
    ) -> None:
        self.passes = 0
        self.model = threading.Lock()
        """Held during a pass, and by whoever else uses the model or the cache."""
        self._cache = cache
        self._compute = compute
        self._limits = limits or Limits()
        self._share = MemoryShare(cache, gathers)
        self._changed = threading.Condition()  # guards what follows
        self._live: set[SequenceHandle] = set()
        self._queue: list[Work] = []
        self._projections: list[Projection] = []
        self._returning: set[int] = set()  # threads that were served last and may soon ask again
        self._arrivals = 0
        self._pass_s = 0.0
        self._thread: threading.Thread | None = None
        self._closed: deque[SequenceHandle] = deque()

    def open(self, sequence: SequenceHandle) -> int:
        """Let `sequence` take part; its order of arrival."""
        with self._changed:
            self._live.add(sequence)
            self._arrivals += 1
            return self._arrivals

    def close(self, sequence: SequenceHandle) -> None:
        """`sequence` asks for nothing more; what it has computed is kept for others."""
        with self._changed:
            self._live.discard(sequence)
            self._returning.discard(threading.get_ident())
            self._changed.notify_all()
        self._closed.append(sequence)
        # An abandoned generator is closed whenever its thread happens to collect garbage, even within a pass.
        if self.model.acquire(blocking=False):
            try:
                self.settle()
            finally:
                self.model.release()

    @torch.inference_mode()
    def settle(self) -> None:
        """Take the memory of closed sequences; for those who hold `model`."""
        while self._closed:
            self._share.give_back(self._closed.popleft())

    def sequences(self) -> list[SequenceHandle]:
        """All that are open."""
        with self._changed:
            return list(self._live)

    def serve(self, works: Sequence[Work]) -> None:
        """Wait until each of `works` had its turn. Raises the first error that there was."""
        own = {work.sequence for work in works}
        with self._changed:
            self._queue += works
        try:
            while not all(work.done.is_set() for work in works):
                if self._alone(own):
                    with self.model:
                        self._pass(alone=True)
                else:
                    self._start_thread()
                    for work in works:
                        work.done.wait()
        finally:
            with self._changed:
                self._queue = [work for work in self._queue if work not in works]
        for work in works:
            if work.error is not None:
                raise work.error

    def project(self, states: Tensor, project: Callable[[Tensor], Tensor]) -> Tensor:
        """What `project` makes of `states` [T, width]; callers that ask at the same time share one call."""
        with self._changed:
            alone = len(self._live) <= 1
            request = Projection(states, project)
            if not alone:
                self._projections.append(request)
        if alone:
            return project(states)
        self._start_thread()
        request.done.wait()
        if request.result is None:
            raise request.error or RuntimeError("A projection gave nothing.")
        return request.result

    def _alone(self, own: set[SequenceHandle]) -> bool:
        with self._changed:
            return self._live <= own

    def _start_thread(self) -> None:
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="model", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _run(self) -> None:
        """Make passes while there is something to do."""
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._queue or self._projections, IDLE_S):
                    self._thread = None
                    return
                self._await_returning()
                projections, self._projections = self._projections, []
            if projections:
                self._project_all(projections)
                continue
            with self.model:
                progress = self._pass()
            if not progress:
                with self._changed:
                    self._changed.wait(BLOCKED_S)

    def _await_returning(self) -> None:
        """Give those who were served last a moment to ask again, so that they share the next pass."""
        shortest, longest = GRACE_S

        def complete() -> bool:
            return self._returning <= {asking.caller for asking in (*self._queue, *self._projections)}

        self._changed.wait_for(complete, min(longest, max(shortest, self._pass_s / 2)))
        self._returning.clear()

    @torch.inference_mode()
    def _project_all(self, requests: Sequence["Projection"]) -> None:
        try:
            joined = requests[0].project(torch.cat([request.states for request in requests]))
            results = joined.split([len(request.states) for request in requests])
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who asked
            results = [None] * len(requests)
            for request in requests:
                request.error = error
        with self._changed:
            self._returning |= {request.caller for request in requests}
        for request, result in zip(requests, results, strict=True):
            request.result = result
            request.done.set()

    @torch.inference_mode()
    def _pass(self, alone: bool = False) -> bool:
        """One pass for as many as it can serve; False when nobody could be."""
        self.settle()
        with self._changed:
            works = list(self._queue)
        works = [work for work in works if not self._cancelled(work)]
        try:
            served = self._serve_some(works, alone)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who asked
            for work in works:
                if not work.done.is_set():
                    self._share.drop(work.sequence)
                    self._finish(work, error)
            return True
        for work in works:
            work.passed += bool(served) and work not in served
        if works and not served and (alone or not self._share.others(works[0].sequence)):
            self._finish(works[0], CacheFull(self._cache.tokens))
            return True
        return bool(served) or not works

    def _serve_some(self, works: Sequence[Work], alone: bool) -> set[Work]:
        """Make a pass over what the plan chooses of `works`; those that were served."""
        parts = self._parts(works, alone)
        if not parts:
            return set()
        started = time.perf_counter()
        self._compute(parts)
        self._pass_s = time.perf_counter() - started
        self.passes += 1
        for part in parts:
            self._take(part)
        return {part.work for part in parts}

    def _cancelled(self, work: Work) -> bool:
        cancelled = work.sequence.cancel is not None and work.sequence.cancel.is_set()
        if cancelled:
            self._finish(work)
        return cancelled

    def _parts(self, works: Sequence[Work], alone: bool) -> list[Part]:
        """What the next pass computes: of those that go first, or else of the first that memory can serve.

        Turns and memory have orders of their own, so whoever's turn it is may have to wait for memory of
        somebody who has to wait for a turn.
        """
        now = time.monotonic()
        for work in works:
            work.sequence.asked_s = now
        left = list(works)
        while left:
            demands = [self._demand(work) for work in left]
            chosen = plan(demands, self._limits)
            if parts := self._parts_of([(left[index], count) for index, count in chosen], alone):
                return parts
            left = [work for index, work in enumerate(left) if index not in dict(chosen)]
        return []

    def _demand(self, work: Work) -> Demand:
        sequence = work.sequence
        pending = self._share.pending(sequence, work.ids, work.tail)
        return Demand(pending, sequence.priority, work.passed, sequence.arrival)

    def _parts_of(self, chosen: Sequence[tuple[Work, int]], alone: bool) -> list[Part]:
        """Parts of those among `chosen`, each with its number of tokens, for which there is memory."""
        parts: list[Part] = []
        busy: set[SequenceHandle] = set()
        for work, count in chosen:
            state = self._share.ready(work.sequence, work.ids, work.tail)
            end = self._end(work, state.length, count)
            guesses = max(0, end - work.certain)
            if not work.sequence.answered:
                work.sequence.cached = max(0, state.length - work.sequence.computed)
            busy.add(work.sequence)
            if self._share.reserve(work.sequence, end - state.length, busy, alone, guesses):
                tail = work.tail if end == len(work.ids) else 0
                parts.append(Part(work, state, work.ids[state.length : end], tail))
            else:
                busy.discard(work.sequence)
        return parts

    def _end(self, work: Work, start: int, count: int) -> int:
        """Where this piece of the sequence ends: at a boundary, or with all of the tail."""
        sequence, whole = work.sequence, len(work.ids)
        boundaries = sequence.boundaries
        if self._cache.stateful and not sequence.answered:
            boundaries = boundaries | {whole - work.tail}
        end = min(start + count, whole)
        if self._cache.stateful:
            end = min((at for at in boundaries if start < at < end), default=end)
        return whole if end > whole - work.tail else end

    def _take(self, part: Part) -> None:
        """Record what a pass computed."""
        work, state, sequence = part.work, part.state, part.work.sequence
        state.commit(part.ids)
        sequence.computed += len(part.ids)
        if not sequence.answered:
            if state.certain in sequence.boundaries or state.certain == len(work.ids) - work.tail:
                state.snapshot()
            self._share.keep(sequence)
        if part.tail:
            sequence.answered = True
            work.states = part.states
        self._finish(work)

    def _finish(self, work: Work, error: Exception | None = None) -> None:
        work.error = error
        with self._changed:
            if work in self._queue:
                self._queue.remove(work)
            if error is None:
                self._returning.add(work.caller)
        work.done.set()
