"""A window keeps what its tokens see, whatever is appended, taken back and restored."""

import random

import pytest
import torch
from torch import Tensor

from homewit.llm.cache.layer_state import Snapshot
from homewit.llm.cache.window_state import MARGIN, SLACK, WindowState
from homewit.llm.spec import AttentionSpec

SIZE = 40
SPEC = AttentionSpec(2, 1, 4, window=SIZE)


def rows(start: int, count: int) -> Tensor:
    """Keys [1, 1, T, 4] that tell their position; values are their negatives."""
    return torch.arange(start, start + count, dtype=torch.float32).view(1, 1, -1, 1).expand(1, 1, -1, 4)


def append(state: WindowState, count: int) -> tuple[Tensor, Tensor]:
    state.reserve(count)
    seen = state.append(rows(state.length, count), -rows(state.length, count))
    state.commit(count)
    return seen


def assert_sees(seen: tuple[Tensor, Tensor], start: int, count: int) -> None:
    """All that the first of `count` tokens from `start` may see, up to the last of them."""
    first = max(0, start - SIZE + 1)
    expected = rows(first, start + count - first)
    assert torch.equal(seen[0], expected)
    assert torch.equal(seen[1], -expected)


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_steps(seed: int) -> None:
    """Long and short steps, small ways back, and snapshots from long ago."""
    chance = random.Random(seed)
    state = WindowState(SPEC, torch.float32, torch.device("cpu"))
    saved: dict[int, Snapshot] = {}
    restored = longest = 0
    for _ in range(300):
        action = chance.random()
        if action < 0.1:
            length = chance.randint(max(restored, longest - MARGIN), state.length)
            saved[length] = state.snapshot(back=state.length - length)
        elif action < 0.15 and saved:
            length = chance.choice(list(saved))
            state.restore(length, saved[length])
            restored = longest = length
            saved = {at: snapshot for at, snapshot in saved.items() if at <= length}
        elif action < 0.3:
            length = chance.randint(max(restored, longest - MARGIN), state.length)
            assert state.can_rewind(length)
            state.rewind(length)
            saved = {at: snapshot for at, snapshot in saved.items() if at <= length}
        else:
            count = chance.choice([1, 1, 1, 2, 17, 39, 40, 41, 200, 700])
            start = state.length
            assert_sees(append(state, count), start, count)
            longest = max(longest, state.length)


def test_far_back_takes_a_snapshot() -> None:
    """What was moved out of the block cannot be rewound to, and the state says so."""
    state = WindowState(SPEC, torch.float32, torch.device("cpu"))
    for _ in range(40):
        append(state, 50)

    assert [state.can_rewind(length) for length in (0, 100, 1000, 2000, 2001)] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_memory_stays_bounded() -> None:
    """A long text takes no more room than a window and its slack."""
    state = WindowState(SPEC, torch.float32, torch.device("cpu"))
    for _ in range(5000):
        append(state, 1)

    (snapshot,) = state.snapshot()
    assert tuple(snapshot.shape) == (2, 1, SIZE - 1, 4)
    memory = state.memory()
    assert memory is not None
    assert memory.block.shape[2] <= SIZE + MARGIN + SLACK


def test_an_uncommitted_step_leaves_no_trace() -> None:
    """A step that fails in a later layer can be taken again with other tokens."""
    state = WindowState(SPEC, torch.float32, torch.device("cpu"))
    append(state, 60)
    state.reserve(5)
    state.append(rows(900, 5), rows(900, 5))

    assert_sees(append(state, 3), 60, 3)
