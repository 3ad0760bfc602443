"""Random requests over little memory, against a model that says at once when it sees a wrong token.

The pass stands in for a decoder of three layers: it stores each token as its own key, in pages and in a
window, and hands a sum on from token to token. The states behind a token are sums over all the tokens that it
finds there. Whatever was evicted, taken away, shared, guessed or taken back, they must be the sums over the
request's own tokens.
"""

import threading
from collections.abc import Sequence

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homewit.llm.cache.layer_state import KeyValues
from homewit.llm.cache.prefix_cache import CacheLimits, PrefixCache
from homewit.llm.cache.recurrent_state import RecurrentState
from homewit.llm.serving.schedule import Limits, Priority
from homewit.llm.serving.scheduler import Part, Scheduler
from homewit.llm.serving.sequence import SequenceHandle
from homewit.llm.spec import AttentionSpec, LayerSpec, Mixer, ModelSpec, ShortConvolutionSpec

PAGE = 4
WINDOW = 6
PAGED, WINDOWED = AttentionSpec(1, 1, 2), AttentionSpec(1, 1, 2, window=WINDOW)
KINDS: dict[str, tuple[Mixer, ...]] = {
    "pages": (PAGED,),
    "all": (PAGED, WINDOWED, ShortConvolutionSpec(3)),
}


def weights(count: int) -> torch.Tensor:
    """A weight per place, so that the order of tokens matters as well."""
    return torch.arange(1, count + 1, dtype=torch.float64)


def states_of(kind: str, ids: Sequence[int], tail: int) -> list[list[float]]:
    """What the last `tail` states must be, layer by layer."""
    every = (torch.tensor(ids, dtype=torch.float64) * weights(len(ids))).cumsum(0).tolist()
    lasts = [float(sum(ids[max(0, end - WINDOW) : end])) for end in range(1, len(ids) + 1)]
    return [each[-tail:] for each in (every, lasts, every)[: len(KINDS[kind])]]


def in_pages(layer: KeyValues, key: torch.Tensor) -> torch.Tensor:
    seen = layer.append(key, key)[0][0, 0, :, 0].double()
    return (seen * weights(len(seen))).cumsum(0)[-key.shape[2] :]


def in_window(layer: KeyValues, key: torch.Tensor) -> torch.Tensor:
    seen = layer.append(key, key)[0][0, 0, :, 0].double()
    total = torch.cat((torch.zeros(WINDOW, dtype=torch.float64), seen.cumsum(0)))
    return (total[WINDOW:] - total[:-WINDOW])[-key.shape[2] :]


def handed_on(layer: RecurrentState, ids: Sequence[int]) -> torch.Tensor:
    carried = layer.read() or (torch.zeros(1, dtype=torch.float64),)
    counts = weights(layer.length + len(ids))[layer.length :]
    results = []
    for piece in (torch.tensor(ids, dtype=torch.float64) * counts).split(layer.pieces(len(ids))):
        results.append(carried[0] + piece.cumsum(0))
        carried = (results[-1][-1:],)
        layer.write(*carried)
    return torch.cat(results)


def compute(parts: Sequence[Part]) -> None:
    for part in parts:
        key = torch.tensor(part.ids, dtype=torch.float32)[None, None, :, None].expand(1, 1, -1, 2)
        found = [in_pages(part.state.layers[0], key)]  # type: ignore[arg-type]
        if len(part.state.layers) > 1:
            found.append(in_window(part.state.layers[1], key))  # type: ignore[arg-type]
            found.append(handed_on(part.state.layers[2], part.ids))  # type: ignore[arg-type]
        part.states = torch.stack(found)[:, -part.tail :] if part.tail else None


def make(kind: str, pages: int, chunk: int) -> tuple[Scheduler, PrefixCache]:
    spec = ModelSpec(50, 2, 1000, tuple(LayerSpec(mixer, None) for mixer in KINDS[kind]))
    memory = pages * PAGE * 2 * 2 * 4 * min(2, len(spec.layers))  # snapshots have as much as pages
    cache = PrefixCache(spec, 1000, torch.float32, torch.device("cpu"), CacheLimits(memory, PAGE))
    limits = Limits(chunk=chunk, shared_chunk=chunk, filler_chunk=2, few=3, sequences=3, patience=3)
    return Scheduler(cache, compute, limits), cache


def ask(
    sequence: SequenceHandle, ids: Sequence[int], tail: int, guesses: Sequence[int] = ()
) -> list[list[float]]:
    states = None
    while states is None:
        states = sequence.advance(ids, tail, guesses)
    return states.tolist()


GUESSES = st.lists(st.integers(0, 4), max_size=5)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(12, 40), st.integers(4, 20), st.data())
def test_every_request_sees_its_own_tokens(kind: str, pages: int, chunk: int, data: st.DataObject) -> None:
    """Opened, continued, taken back and closed in any order, by one thread, with memory for a few of them.

    Some of the guesses behind each question come true.
    """
    scheduler, cache = make(kind, pages, chunk)
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
        guesses = data.draw(GUESSES)[: most - len(ids)]
        tail = len(guesses) + data.draw(st.integers(1, min(3, len(ids))))
        assert ask(sequence, ids, tail, guesses) == states_of(kind, [*ids, *guesses], tail)
        ids += guesses[: data.draw(st.integers(0, len(guesses)))]
        assert cache.pool.used <= cache.pool.limit
    for sequence, _ in live:
        sequence.close()
    with scheduler.model:
        scheduler.settle()
    assert cache.pool.used == cache.tree.pages


@pytest.mark.slow
@settings(max_examples=16, deadline=None)
# Once, whoever's turn it was waited for memory of one who waited for a turn.
@example(kind="pages", seed=566, pages=14)
@given(kind=st.sampled_from(sorted(KINDS)), seed=st.integers(0, 1000), pages=st.integers(14, 60))
def test_many_threads_see_their_own_tokens(kind: str, seed: int, pages: int) -> None:
    """Six threads at once, each with turns that begin alike and guesses, and everybody ends."""
    scheduler, cache = make(kind, pages, 16)
    generator = torch.Generator().manual_seed(seed)
    base = torch.randint(0, 3, (20,), generator=generator).tolist()
    most = min(40, cache.tokens)
    wrong: list[object] = []

    def run(number: int) -> None:
        for turn in range(3):
            ids = [*base[: 5 * turn + number], number]
            with SequenceHandle(scheduler, Priority(number % 2), most=most) as sequence:
                while len(ids) < most - 1:
                    guesses = [number + 3, turn, 9][: min(number % 4, most - len(ids))]
                    found = ask(sequence, ids, len(guesses) + 1, guesses)
                    if found != states_of(kind, [*ids, *guesses], len(guesses) + 1):
                        wrong.append((number, turn, len(ids)))
                        return
                    ids += [number + 3, turn][: 1 + len(ids) % 2]

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)

    assert (wrong, [thread.is_alive() for thread in threads]) == ([], [False] * 6)
    assert cache.pool.used <= cache.pool.limit
