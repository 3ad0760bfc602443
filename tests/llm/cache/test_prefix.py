"""The tree's own promises: where states resume, what is let go first, and what a pin keeps."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homewit.llm.cache.pages import PagePool
from homewit.llm.cache.prefix import PrefixTree

PAGE = 4


@dataclass(frozen=True)
class State:
    """A snapshot that knows what it is a snapshot of."""

    tokens: tuple[int, ...]
    nbytes: int = 10


def make(limit: int = 64, snapshot_limit: int = 1000) -> tuple[PagePool, PrefixTree]:
    pool = PagePool(limit, PAGE)
    return pool, PrefixTree(pool, b"model", snapshot_limit)


def hold(pool: PagePool, tree: PrefixTree, tokens: list[int], boundaries: tuple[int, ...] = ()) -> None:
    """As a finished request does: compute what is not held, insert, and let go."""
    match = tree.match(tokens)
    pages = list(match.pages[: match.length // PAGE])
    for page in match.pages[len(pages) :]:
        pool.release(page)
    while len(pages) * PAGE < len(tokens):
        pages.append(pool.take())
    tree.insert(tokens, pages, {length: State(tuple(tokens[:length])) for length in boundaries})
    for page in pages:
        pool.release(page)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.lists(st.integers(0, 1), min_size=1, max_size=14), st.data()), max_size=6),
    st.data(),
)
def test_a_state_resumes_at_the_last_snapshot_of_its_own_tokens(
    inserted: list[tuple[list[int], st.DataObject]], data: st.DataObject
) -> None:
    """Whatever else was inserted: the longest prefix with a snapshot behind it, and exactly that one."""
    pool, tree = make()
    taken: set[tuple[int, ...]] = set()
    for tokens, choice in inserted:
        boundaries = choice.draw(st.sets(st.integers(1, len(tokens)), max_size=3))
        hold(pool, tree, tokens, tuple(boundaries))
        taken |= {tuple(tokens[:length]) for length in boundaries}
    wanted = tuple(data.draw(st.lists(st.integers(0, 1), max_size=14)))

    match = tree.match(wanted, stateful=True)

    expected = max((one for one in taken if wanted[: len(one)] == one), key=len, default=())
    assert match.length == len(expected)
    assert match.snapshot == (State(expected) if expected else None)
    assert len(match.pages) == -(-match.length // PAGE)
    assert tree.snapshot_bytes == 10 * len(taken)


def test_the_longest_unused_leaf_goes_first() -> None:
    """Looking a prefix up counts as use, for all pages on its path."""
    pool, tree = make()
    for tokens in ([1] * 8, [2] * 8, [3] * 8):
        hold(pool, tree, tokens)
    hold(pool, tree, [1] * 8)

    assert tree.evict(3) == 3

    assert [tree.held([token] * 8) for token in (1, 2, 3)] == [8, 0, 4]


def test_what_is_pinned_stays() -> None:
    """Until it is unpinned, or taken back by force; also when a tail grew after it was pinned."""
    pool, tree = make()
    hold(pool, tree, [1] * 6)
    pins = tree.pin([1] * 6)
    hold(pool, tree, [1] * 9)

    assert (tree.evict(9), tree.held([1] * 9)) == (1, 8)
    assert tree.evict(9, pinned=True) == 2
    hold(pool, tree, [1] * 6)
    tree.unpin(pins)
    assert (tree.evict(9), pool.used) == (2, 0)


def test_pages_in_use_are_not_evicted() -> None:
    """Nothing would be gained: a running request holds them."""
    pool, tree = make()
    hold(pool, tree, [1] * 8)
    match = tree.match([1] * 5)

    assert (tree.evict(9), tree.held([1] * 8)) == (0, 8)
    for page in match.pages:
        pool.release(page)
    assert tree.evict(9) == 2


def test_snapshots_have_a_budget_of_their_own() -> None:
    """The longest unused one goes; a pinned one only when nothing else is left."""
    pool, tree = make(snapshot_limit=20)
    hold(pool, tree, [1] * 4, (4,))
    pins = tree.pin([1] * 4)
    hold(pool, tree, [2] * 4, (4,))
    hold(pool, tree, [3] * 4, (4,))

    resumed = [tree.match([token] * 5, stateful=True).length for token in (1, 2, 3)]

    assert (resumed, tree.snapshot_bytes) == ([4, 0, 4], 20)
    tree.unpin(pins)


def test_models_do_not_share_keys() -> None:
    """Trees of two models over one pool name the same tokens differently."""
    pool = PagePool(8, PAGE)
    keys = []
    for fingerprint in (b"one", b"two"):
        tree = PrefixTree(pool, fingerprint)
        tree.insert([1] * 4, [pool.take()])
        keys += [node.key for node in tree.pin([1] * 4)]

    assert keys[0] != keys[1]


def test_an_impossible_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold anything"):
        PagePool(0, 32)
