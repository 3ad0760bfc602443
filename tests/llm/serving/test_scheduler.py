"""Sequences that share a model: the same tokens as alone, within the memory, fairly, cancelled at once."""

import math
import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from homewit.llm.errors import CacheFull
from homewit.llm.serving import memory_share
from homewit.llm.serving.schedule import Limits, Priority
from homewit.llm.serving.scheduler import Scheduler
from homewit.llm.serving.sequence import SequenceHandle, Work

from ..tiny import (
    KINDS,
    PAGE,
    await_questions,
    expected,
    following,
    greedy,
    random_ids,
    tiny_decoder,
    tiny_scheduler,
)

DECODERS = {kind: tiny_decoder(kind) for kind in KINDS}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sequence counts as abandoned, however long its thread stands still."""
    monkeypatch.setattr(memory_share, "IDLE_S", math.inf)


def together(*calls: Callable[[], object], scheduler: Scheduler | None = None) -> None:
    """Run in threads that start at once, and raise what one of them raised.

    With a `scheduler`, no pass begins before each of them has asked it.
    """
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
        except Exception as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    with scheduler.model if scheduler is not None else nullcontext():
        for thread in threads:
            thread.start()
        if scheduler is not None:
            await_questions(scheduler, len(calls))
    for thread in threads:
        thread.join(300)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


@kinds
@settings(max_examples=8, deadline=None)
@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=4), seed=st.integers(0, 3))
def test_a_prompt_resumes_with_the_same_tokens(kind: str, lengths: list[int], seed: int) -> None:
    """Prompts that begin alike, one after the other: as without a cache, and what is held is not computed."""
    decoder = DECODERS[kind]
    scheduler, cache = tiny_scheduler(decoder)
    base = random_ids(60, seed)
    for length in lengths:
        prompt = [*base[:length], 1]
        held = cache.held(prompt[:-1])

        tokens, sequence = greedy(scheduler, decoder, prompt, 5)

        assert tokens == expected(decoder, prompt, 5)
        assert (sequence.cached, sequence.computed) == (held, len(prompt) + 4 - held)


@kinds
def test_the_next_turn_computes_only_what_is_new(kind: str) -> None:
    """The last token of the first answer, which was never fed, and the new ones; the same again is one."""
    decoder = DECODERS[kind]
    scheduler, _ = tiny_scheduler(decoder)
    first = random_ids(70, 1)
    answer, _ = greedy(scheduler, decoder, first, 20)
    second = [*first, *answer, *random_ids(9, 2)]

    tokens, sequence = greedy(scheduler, decoder, second, 5)
    again, repeated = greedy(scheduler, decoder, second, 5)

    assert tokens == again == expected(decoder, second, 5)
    assert (len(second) - sequence.cached, len(second) - repeated.cached) == (10, 1)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("full", "experts")])
def test_a_state_resumes_where_a_message_ended(kind: str) -> None:
    """At the boundary that was named, although the prompts part only later."""
    decoder = DECODERS[kind]
    scheduler, _ = tiny_scheduler(decoder)
    base = random_ids(50, 1)
    greedy(scheduler, decoder, [*base, 1], 1, boundaries=[20, 40])

    tokens, sequence = greedy(scheduler, decoder, [*base[:45], 2, 2], 5)

    assert tokens == expected(decoder, [*base[:45], 2, 2], 5)
    assert sequence.cached == 40


@kinds
@pytest.mark.parametrize("pages", [400, 40])
def test_together_as_alone(kind: str, pages: int) -> None:
    """Six sequences of unequal length in shared passes, with memory for all or only for two of them.

    Sums are taken in another order then, so states agree to 1e-3; the tokens are the same.
    """
    decoder = DECODERS[kind]
    scheduler, cache = tiny_scheduler(decoder, pages)
    base = random_ids(100, 3)
    prompts = [[*base[: 15 * index + 1], index] for index in range(6)]
    found: dict[int, list[int]] = {}

    def run(index: int) -> None:
        priority = Priority(index % 2)
        found[index] = greedy(scheduler, decoder, prompts[index], 30, priority)[0]

    together(*[lambda index=index: run(index) for index in range(6)], scheduler=scheduler)

    assert [found[index] for index in range(6)] == [expected(decoder, prompt, 30) for prompt in prompts]
    assert pages < 400 or scheduler.passes < 6 * (30 + cache.stateful)
    assert cache.pool.used <= cache.pool.limit
    assert cache.tree.snapshot_bytes <= cache.snapshot_limit


@kinds
def test_states_in_a_joined_pass_agree_with_those_alone(kind: str) -> None:
    """Within 1e-3 of states whose size is about one."""
    decoder = DECODERS[kind]
    prompts = [random_ids(length, length) for length in (1, 9, 40)]
    alone = [decoder.hidden(torch.tensor([prompt]))[0, -1] for prompt in prompts]
    scheduler, _ = tiny_scheduler(decoder)
    handles = [SequenceHandle(scheduler, most=50) for _ in prompts]

    works = [Work(handle, prompt, 1) for handle, prompt in zip(handles, prompts, strict=True)]
    while any(work.states is None for work in works):
        unfinished = [work for work in works if work.states is None]
        for work in unfinished:
            work.done.clear()
        scheduler.serve(unfinished)

    for work, states in zip(works, alone, strict=True):
        assert work.states is not None
        torch.testing.assert_close(work.states[0], states, rtol=1e-3, atol=1e-3)
    assert scheduler.passes < 5


@kinds
def test_eviction_does_not_change_tokens(kind: str) -> None:
    """A prompt that was evicted is computed again, with the same result."""
    decoder = DECODERS[kind]
    scheduler, cache = tiny_scheduler(decoder, pages=12)
    first = random_ids(50, 1)
    before, _ = greedy(scheduler, decoder, first, 10)
    for seed in range(2, 6):
        greedy(scheduler, decoder, random_ids(50, seed), 10)

    after, sequence = greedy(scheduler, decoder, first, 10)

    assert after == before == expected(decoder, first, 10)
    assert sequence.cached == 0
    assert cache.tree.evictions > 0 or cache.page_bytes == 0  # what is evicted then are snapshots


def test_keys_and_values_in_eight_bits() -> None:
    """Cached or not, alone or with others, they give the same tokens as each other."""
    decoder = DECODERS["full"]
    prompt = random_ids(60, 1)
    scheduler, cache = tiny_scheduler(decoder, int8=True)
    first, _ = greedy(scheduler, decoder, prompt, 15)
    found: list[list[int]] = []

    together(*[lambda: found.append(greedy(scheduler, decoder, prompt, 15)[0])] * 3)

    assert found == [first] * 3
    dense, _ = tiny_scheduler(decoder)
    close = [greedy(dense, decoder, prompt, 1)[0], greedy(scheduler, decoder, prompt, 1)[0]]
    assert close[0] == close[1]
    assert cache.page_bytes == PAGE * 2 * 2 * 2 * (8 + 4)


def test_tokens_can_be_taken_back() -> None:
    """Guesses that did not come true are left out of the next question."""
    decoder = DECODERS["full"]
    scheduler, _ = tiny_scheduler(decoder)
    prompt = random_ids(30, 1)
    wanted = expected(decoder, prompt, 1)
    with SequenceHandle(scheduler, most=60) as sequence:
        following(decoder, sequence, prompt)
        sequence.advance([*prompt, 9, 9, 9, 9, 9], tail=5)
        computed = sequence.computed

        states = sequence.advance(prompt)

        assert states is not None
        assert sequence.computed == computed + 1
        assert int(decoder.project(states.clone())[0].argmax()) == wanted[0]
        assert following(decoder, sequence, [*prompt, 7]) == expected(decoder, [*prompt, 7], 1)[0]


def test_a_branch_that_goes_on_is_read_without_a_copy() -> None:
    """After a few steps its pages lie side by side, with the same tokens; a short branch shares them."""
    decoder = DECODERS["full"]
    scheduler, cache = tiny_scheduler(decoder)
    base = random_ids(100, 1)
    greedy(scheduler, decoder, [*base, 1, 2, 3], 20)
    used = cache.pool.used

    short, _ = greedy(scheduler, decoder, [*base, 2], 2)
    taken = cache.pool.used - used
    long, branch = greedy(scheduler, decoder, [*base, 3], 40)

    assert short + long == expected(decoder, [*base, 2], 2) + expected(decoder, [*base, 3], 40)
    assert taken == 1
    assert 0 < branch.scattered_steps < 10


def test_a_sequence_gives_way_to_one_that_goes_first() -> None:
    """Background work loses its memory to an interactive request, and is finished afterwards all the same."""
    decoder = DECODERS["full"]
    scheduler, cache = tiny_scheduler(decoder, pages=20)
    slow, fast = random_ids(90, 1), random_ids(90, 2)
    with SequenceHandle(scheduler, Priority.BACKGROUND, most=120) as background:
        ids = [*slow, following(decoder, background, slow)]

        tokens, interactive = greedy(scheduler, decoder, fast, 10)
        for _ in range(9):
            ids.append(following(decoder, background, ids))

    assert tokens == expected(decoder, fast, 10)
    assert ids[len(slow) :] == expected(decoder, slow, 10)
    assert (background.preempted > 0, interactive.preempted) == (True, 0)
    assert cache.pool.used <= 20


@pytest.mark.usefixtures("patient")
def test_a_request_queues_until_there_is_memory() -> None:
    """It takes nothing from one that came before it, waits, and is served as soon as that one ends."""
    decoder = DECODERS["full"]
    scheduler, _ = tiny_scheduler(decoder, pages=20)
    first, second = random_ids(120, 1), random_ids(120, 2)
    holder = SequenceHandle(scheduler, most=160)
    following(decoder, holder, first)
    found: list[list[int]] = []
    waiting = threading.Thread(target=lambda: found.append(greedy(scheduler, decoder, second, 3)[0]))

    waiting.start()
    ids = list(first)
    for _ in range(20):
        ids.append(following(decoder, holder, ids))
    assert (found, holder.preempted) == ([], 0)
    holder.close()
    waiting.join(300)

    assert found == [expected(decoder, second, 3)]
    assert ids[len(first) :] == expected(decoder, first, 20)


def test_an_abandoned_request_does_not_block_others() -> None:
    """One that asks for nothing any more, but was never closed, gives way after a while."""
    decoder = DECODERS["full"]
    scheduler, _ = tiny_scheduler(decoder, pages=20)
    abandoned = SequenceHandle(scheduler, most=160)
    following(decoder, abandoned, random_ids(120, 1))

    tokens, _ = greedy(scheduler, decoder, random_ids(120, 2), 2, Priority.BACKGROUND)

    assert tokens == expected(decoder, random_ids(120, 2), 2)
    assert abandoned.preempted > 0


def test_what_can_never_fit_is_refused() -> None:
    """With a typed error, at once, and the next request is served."""
    decoder = DECODERS["full"]
    scheduler, cache = tiny_scheduler(decoder, pages=6)

    with pytest.raises(CacheFull):
        greedy(scheduler, decoder, random_ids(100, 1), 1)

    prompt = random_ids(20, 2)
    assert greedy(scheduler, decoder, prompt, 2)[0] == expected(decoder, prompt, 2)
    assert cache.tokens == 5 * PAGE


@pytest.mark.usefixtures("patient")
def test_cancelling_ends_within_a_step() -> None:
    """Between two pieces of a prompt, and while waiting for memory that another one holds."""
    decoder = DECODERS["full"]
    scheduler, _ = tiny_scheduler(decoder, pages=20, limits=Limits(chunk=16))
    cancel = threading.Event()
    with SequenceHandle(scheduler, most=150, cancel=cancel) as sequence:
        prompt = random_ids(140, 1)
        assert sequence.advance(prompt) is None
        cancel.set()
        assert sequence.advance(prompt) is None
        assert sequence.computed == 16
        cancel.clear()
        following(decoder, sequence, prompt)

        waiting_cancel = threading.Event()
        waiting = SequenceHandle(scheduler, most=150, cancel=waiting_cancel)
        results: list[object] = []
        thread = threading.Thread(target=lambda: results.append(waiting.advance(random_ids(140, 2))))
        thread.start()
        waiting_cancel.set()
        thread.join(300)
        assert results == [None]
        assert waiting.computed in (0, 16)  # the other one left memory for one piece
        waiting.close()


def test_background_work_is_not_starved() -> None:
    """It ends although interactive requests never stop asking, and takes a share of their passes."""
    decoder = DECODERS["full"]
    scheduler, _ = tiny_scheduler(decoder, limits=Limits(sequences=2, few=4, filler_chunk=8, chunk=16))
    done = threading.Event()
    prompt = random_ids(60, 9)
    found: list[list[int]] = []

    def background() -> None:
        try:
            found.append(greedy(scheduler, decoder, prompt, 10, Priority.BACKGROUND)[0])
        finally:
            done.set()

    def interactive(seed: int) -> None:
        for turn in range(400):
            if done.is_set():
                break
            greedy(scheduler, decoder, random_ids(20, 100 * seed + turn), 5)

    together(background, lambda: interactive(1), lambda: interactive(2), lambda: interactive(3))

    assert found == [expected(decoder, prompt, 10)]


def test_an_error_reaches_those_who_asked_and_nobody_else() -> None:
    """A pass that fails is reported to its callers; the sequence goes on as if it had not been tried."""
    decoder = DECODERS["full"]
    scheduler, cache = tiny_scheduler(decoder)
    broken = [True]
    compute = scheduler._compute

    def failing(parts: object) -> None:
        if broken[0]:
            raise RuntimeError("out of memory")
        compute(parts)

    scheduler._compute = failing
    prompt = random_ids(40, 1)
    with SequenceHandle(scheduler, most=60) as sequence:
        with pytest.raises(RuntimeError, match="out of memory"):
            sequence.advance(prompt)
        broken[0] = False
        assert following(decoder, sequence, prompt) == expected(decoder, prompt, 1)[0]
    assert cache.held(prompt) == 40


def test_a_handle_that_is_lost_is_closed_without_waiting() -> None:
    """Also when it is closed while the same thread holds the model, as garbage collection may do."""
    decoder = DECODERS["full"]
    scheduler, cache = tiny_scheduler(decoder)
    sequence = SequenceHandle(scheduler, most=60)
    prompt = random_ids(40, 1)
    following(decoder, sequence, prompt)

    with scheduler.model:
        sequence.close()
    greedy(scheduler, decoder, [1], 1)

    assert scheduler.sequences() == []
    assert cache.held(prompt) == 40
