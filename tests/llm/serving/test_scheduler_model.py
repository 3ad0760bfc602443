"""Random requests over little memory, against a model that says at once when it sees a wrong token.

The pass stands in for a decoder: it stores each token as its own key, and the state behind a token is a sum
over all the tokens that it finds in the pages. Whatever was evicted, taken away, shared or taken back, it
must be the sum over the request's own tokens.
"""

import threading
from collections.abc import Sequence

import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homewit.llm.cache.layer_state import KeyValues
from homewit.llm.cache.prefix_cache import CacheLimits, PrefixCache
from homewit.llm.serving.schedule import Limits, Priority
from homewit.llm.serving.scheduler import Part, Scheduler
from homewit.llm.serving.sequence import SequenceHandle
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec

PAGE = 4
SPEC = ModelSpec(50, 2, 1000, (LayerSpec(AttentionSpec(1, 1, 2), GatedSpec(2)),))


def weights(count: int) -> torch.Tensor:
    """A weight per place, so that the order of tokens matters as well."""
    return torch.arange(1, count + 1, dtype=torch.float64)


def states_of(ids: Sequence[int], tail: int) -> list[float]:
    """What the last `tail` states must be."""
    every = (torch.tensor(ids, dtype=torch.float64) * weights(len(ids))).cumsum(0)
    return every[-tail:].tolist()


def compute(parts: Sequence[Part]) -> None:
    for part in parts:
        layer: KeyValues = part.state.layers[0]  # type: ignore[assignment]
        key = torch.tensor(part.ids, dtype=torch.float32)[None, None, :, None].expand(1, 1, -1, 2)
        seen = layer.append(key, key)[0][0, 0, :, 0].double()
        part.states = (seen * weights(len(seen))).cumsum(0)[-part.tail :] if part.tail else None


def make(pages: int, chunk: int) -> tuple[Scheduler, PrefixCache]:
    cache = PrefixCache(
        SPEC, 1000, torch.float32, torch.device("cpu"), CacheLimits(pages * PAGE * 2 * 2 * 4, PAGE)
    )
    limits = Limits(chunk=chunk, shared_chunk=chunk, filler_chunk=2, few=3, sequences=3, patience=3)
    return Scheduler(cache, compute, limits), cache


def ask(sequence: SequenceHandle, ids: Sequence[int], tail: int) -> list[float]:
    states = None
    while states is None:
        states = sequence.advance(ids, tail)
    return states.tolist()


@settings(max_examples=60, deadline=None)
@given(pages=st.integers(12, 40), chunk=st.integers(4, 20), data=st.data())
def test_every_request_sees_its_own_tokens(pages: int, chunk: int, data: st.DataObject) -> None:
    """Opened, continued, taken back and closed in any order, by one thread, with memory for a few of them."""
    scheduler, cache = make(pages, chunk)
    most = min(40, cache.tokens // 2)
    live: list[tuple[SequenceHandle, list[int]]] = []
    for _ in range(data.draw(st.integers(1, 25))):
        action = data.draw(st.sampled_from(["open", "go on", "take back", "close", "leave"]))
        if action == "open" or not live:
            prompt = data.draw(st.lists(st.integers(0, 1), min_size=1, max_size=most))
            priority = data.draw(st.sampled_from(Priority))
            live.append((SequenceHandle(scheduler, priority, most=most), prompt))
        index = data.draw(st.integers(0, len(live) - 1))
        sequence, ids = live[index]
        if action == "go on" and len(ids) < most:
            ids += data.draw(st.lists(st.integers(2, 4), min_size=1, max_size=most - len(ids)))
        elif action == "take back":
            del ids[data.draw(st.integers(1, len(ids))) :]
        elif action == "close":
            sequence.close()
            del live[index]
            continue
        tail = data.draw(st.integers(1, min(3, len(ids))))
        assert ask(sequence, ids, tail) == states_of(ids, tail)
        assert cache.pool.used <= cache.pool.limit
    for sequence, _ in live:
        sequence.close()
    with scheduler.model:
        scheduler.settle()
    assert cache.pool.used == cache.tree.pages


@settings(max_examples=30, deadline=None)
@example(
    seed=566, pages=14
)  # once, whoever's turn it was waited for memory of one who waited for a turn
@given(seed=st.integers(0, 1000), pages=st.integers(14, 60))
def test_many_threads_see_their_own_tokens(seed: int, pages: int) -> None:
    """Six threads at once, each with turns that begin alike, and everybody ends."""
    scheduler, cache = make(pages, 16)
    generator = torch.Generator().manual_seed(seed)
    base = torch.randint(0, 3, (20,), generator=generator).tolist()
    most = min(40, cache.tokens)
    wrong: list[object] = []

    def run(number: int) -> None:
        for turn in range(3):
            ids = [*base[: 5 * turn + number], number]
            with SequenceHandle(scheduler, Priority(number % 2), most=most) as sequence:
                while len(ids) < most - 1:
                    found = ask(sequence, ids, 1)
                    if found != states_of(ids, 1):
                        wrong.append((number, turn, len(ids)))
                        return
                    ids += [number + 3, turn][: 1 + len(ids) % 2]

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert (wrong, [thread.is_alive() for thread in threads]) == ([], [False] * 6)
    assert cache.pool.used <= cache.pool.limit
