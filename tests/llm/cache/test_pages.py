"""Pages, tables and the prefix tree together, against plain lists of tokens.

Every stored key is the token that it belongs to, so what is read back says at once whether a page was written
over by somebody else.
"""

from collections import Counter
from dataclasses import dataclass, field

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from homewit.llm.cache.kv_pages import KVPages, KVShape, page_bytes
from homewit.llm.cache.page_table import PageTable
from homewit.llm.cache.pages import PagePool
from homewit.llm.cache.prefix import PrefixTree
from homewit.llm.errors import CacheFull

PAGE = 4
SHAPES = [KVShape(1, 2), KVShape(2, 4)]
# Few different tokens, so that beginnings are often shared.
tokens_lists = st.lists(st.integers(0, 2), min_size=1, max_size=3 * PAGE)


@dataclass(eq=False)
class Live:
    """A sequence under test: its table, and the tokens that were written to it."""

    table: PageTable
    tokens: list[int] = field(default_factory=list)


def write(storage: KVPages, table: PageTable, tokens: list[int]) -> None:
    table.extend(len(tokens))
    assert str(table.seen) == str(table.slots(0, table.length + len(tokens)))
    for layer, shape in enumerate(SHAPES):
        states = torch.tensor(tokens, dtype=torch.float32)[None, :, None].expand(
            shape.heads, -1, shape.head_dim
        )
        storage.write(layer, table.fresh, states, states + 1)
    table.commit(len(tokens))


def read(storage: KVPages, table: PageTable) -> list[int]:
    """The tokens that the table's storage holds, after checking that all layers, heads and sides agree."""
    slots = table.slots(0, table.length)
    first = storage.read(0, slots)[0][0, 0, :, 0]
    for layer in range(len(SHAPES)):
        key, value = storage.read(layer, slots)
        expected = first[None, None, :, None].expand_as(key)
        torch.testing.assert_close(key, expected, rtol=0.02, atol=0.02)
        torch.testing.assert_close(value, expected + 1, rtol=0.02, atol=0.02)
    return first.round().int().tolist()


class SharedPages(RuleBasedStateMachine):
    @initialize(limit=st.integers(6, 40), int8=st.booleans())
    def make(self, limit: int, int8: bool) -> None:
        self.pool = PagePool(limit, PAGE)
        self.storage = KVPages(self.pool, SHAPES, torch.float32, torch.device("cpu"), int8)
        self.tree = PrefixTree(self.pool, b"model")
        self.live: list[Live] = []
        self.inserted: list[list[int]] = []
        self.complete = True  # whether nothing inserted was let go of

    def pick(self, data: st.DataObject) -> Live:
        return data.draw(st.sampled_from(self.live))

    @rule(tokens=tokens_lists)
    def start(self, tokens: list[int]) -> None:
        """A request takes the longest held prefix: exactly the longest one ever inserted."""
        held = self.tree.held(tokens)
        match = self.tree.match(tokens)
        longest = max((common(tokens, one) for one in self.inserted), default=0)
        assert match.length == held <= longest
        assert held == longest or not self.complete
        self.live.append(Live(PageTable(self.storage, match.pages, match.length), tokens[: match.length]))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), tokens=tokens_lists)
    def append(self, data: st.DataObject, tokens: list[int]) -> None:
        """Writing succeeds exactly when there are pages for it, and a failure loses nothing."""
        one = self.pick(data)
        missing = one.table.missing(len(tokens))
        if missing > self.pool.available:
            with pytest.raises(CacheFull):
                one.table.extend(len(tokens))
            one.table.rewind(len(one.tokens))
        else:
            before = self.pool.used
            shared = one.table.missing(1) and len(one.tokens) % PAGE
            write(self.storage, one.table, tokens)
            assert self.pool.used == before + missing
            assert not shared or missing
            one.tokens += tokens

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def rewind(self, data: st.DataObject) -> None:
        one = self.pick(data)
        del one.tokens[data.draw(st.integers(0, len(one.tokens))) :]
        one.table.rewind(len(one.tokens))

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        """A fork takes no page."""
        one = self.pick(data)
        before = self.pool.used
        self.live.append(Live(one.table.fork(), list(one.tokens)))
        assert self.pool.used == before

    @precondition(lambda self: self.live)
    @rule(data=st.data(), room=st.integers(1, 8))
    def gather(self, data: st.DataObject, room: int) -> None:
        one = self.pick(data)
        if one.table.gather(room):
            assert isinstance(one.table.slots(0, len(one.tokens)), slice)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), stays=st.booleans())
    def insert(self, data: st.DataObject, stays: bool) -> None:
        one = self.pick(data)
        self.tree.insert(one.tokens, one.table.pages)
        if one.tokens:
            self.inserted.append(list(one.tokens))
        if not stays:
            one.table.release()
            self.live.remove(one)

    @rule(count=st.integers(1, 5))
    def evict(self, count: int) -> None:
        """Eviction frees what it says, and as much as was asked while unused pages are left."""
        before = self.pool.available
        freed = self.tree.evict(count)
        assert self.pool.available == before + freed
        assert freed >= count or not self.tree.evict(1)
        self.complete = self.complete and not freed

    @rule(unwanted=st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)))
    def forget(self, unwanted: tuple[int, ...]) -> None:
        """No path holds forgotten tokens; where nothing was forgotten, everything is held as before."""

        def find(tokens: tuple[int, ...]) -> int | None:
            starts = range(len(tokens) - len(unwanted) + 1)
            return next((at for at in starts if tokens[at : at + len(unwanted)] == unwanted), None)

        freed = self.tree.forget(find)
        assert all(self.pool.holders(page) == 0 for page in freed)
        kept = []
        for one in self.inserted:
            at = find(tuple(one))
            kept.append(one if at is None else one[: at // PAGE * PAGE])
            assert find(tuple(one[: self.tree.held(one)])) is None
            # A page goes as a whole, also for those who shared only its beginning.
            self.complete = self.complete and at is None
        self.inserted = kept

    @invariant()
    def every_sequence_reads_its_own_tokens(self) -> None:
        for one in getattr(self, "live", []):
            assert read(self.storage, one.table) == one.tokens

    @invariant()
    def holders_are_counted(self) -> None:
        if not hasattr(self, "live"):
            return
        held = Counter(page for one in self.live for page in one.table.pages)
        held += Counter(node.page for node in self.tree._nodes())
        assert self.pool.used == len(held) <= self.pool.limit
        assert {page: self.pool.holders(page) for page in held} == dict(held)


def common(left: list[int], right: list[int]) -> int:
    count = 0
    while count < min(len(left), len(right)) and left[count] == right[count]:
        count += 1
    return count


TestSharedPages = SharedPages.TestCase
TestSharedPages.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def make(limit: int = 64) -> tuple[PagePool, KVPages]:
    pool = PagePool(limit, PAGE)
    return pool, KVPages(pool, SHAPES, torch.float32, torch.device("cpu"))


def test_a_growing_sequence_is_read_without_a_copy() -> None:
    """Two sequences that grow by turns, and said how much room they need, stay views of the storage."""
    _, storage = make()
    tables = [PageTable(storage), PageTable(storage)]

    for _ in range(5):
        for table in tables:
            table.extend(PAGE, room=6)
            table.commit(PAGE)

    assert [table.consecutive for table in tables] == [True, True]


def test_only_the_last_page_of_a_fork_is_copied() -> None:
    """Five pages and a bit are shared by ten forks; the first goes on in place, each other takes one page."""
    pool, storage = make()
    table = PageTable(storage)
    write(storage, table, list(range(5 * PAGE + 1)))

    forks = [table.fork() for _ in range(10)]
    shared = pool.used
    for fork in forks:
        write(storage, fork, [7])

    assert (shared, pool.used) == (6, 6 + 9)


def test_a_conversation_goes_on_in_its_own_last_page() -> None:
    """The next turn appends to the partly filled page that the tree holds, and to the pages behind it."""
    pool, storage = make()
    tree = PrefixTree(pool)
    first = PageTable(storage)
    write(storage, first, [1, 2, 3, 4, 5])
    tree.insert([1, 2, 3, 4, 5], first.pages)
    pages = list(first.pages)
    first.release()

    match = tree.match([1, 2, 3, 4, 5, 6, 7, 8, 9])
    second = PageTable(storage, match.pages, match.length)
    write(storage, second, [6, 7, 8, 9])

    assert second.pages == [*pages, pages[-1] + 1]


def test_storage_grows_with_use() -> None:
    """A large limit costs nothing until it is used."""
    pool, storage = make(limit=1_000_000)

    assert pool.capacity * storage.page_bytes < 10_000


def test_page_bytes_count_both_sides_and_the_scales() -> None:
    """4 tokens of 1·2 + 2·4 numbers, twice; as int8 one byte each and one scale per head."""
    assert page_bytes(SHAPES, PAGE, torch.float32, int8=False) == PAGE * 2 * 10 * 4
    assert page_bytes(SHAPES, PAGE, torch.bfloat16, int8=True) == PAGE * 2 * (10 + 3 * 4)


def test_pointers_lead_to_the_first_number_of_each_page() -> None:
    import ctypes

    _, storage = make()
    table = PageTable(storage)
    write(storage, table, [5, 0, 0, 0, 6])

    addresses, between_heads = storage.pointers(1, table.pages)
    found = [
        [ctypes.c_float.from_address(int(a) + head * between_heads).value for head in (0, 1)]
        for a in addresses.flatten()
    ]

    assert found == [[5, 5], [6, 6], [6, 6], [7, 7]]


def test_exported_slots_come_back() -> None:
    """Also at other places and in scattered pages."""
    _, storage = make()
    table = PageTable(storage)
    write(storage, table, [1, 2, 3, 4, 5, 6])
    saved = storage.export(table.slots(0, 6))
    blocker, other = PageTable(storage), PageTable(storage)
    other.extend(PAGE)
    blocker.extend(PAGE)
    other.extend(6, room=1)

    assert storage.fits(saved, 6)
    assert not storage.fits(saved, 5)
    storage.restore(other.slots(0, 6), saved)
    other.commit(6)
    assert read(storage, other) == [1, 2, 3, 4, 5, 6]
