"""Which pages of the cache are in use, by how many, and how far each is written.

A page is room for the keys and values of `page_tokens` tokens in a row. Conversations, plan steps and
branches that begin alike hold the same pages, so each page counts its holders, and only a page that nobody
else reads is written over. Pages of one sequence are handed out side by side where possible, because
attention can read such a run without copying it. Plain numbers: this module knows neither tensors nor tokens.
"""

import re
from collections.abc import Iterable

from ..errors import CacheFull

FREE, USED, CLAIMED = 0, 1, 2
_UNCLAIMED_RUN = re.compile(rb"\x00+")
_FREE_RUN = re.compile(rb"[\x00\x02]+")
INITIAL_PAGES = 8


class PagePool:
    """Accounts of at most `limit` pages; starts small and doubles as they are asked for."""

    def __init__(self, limit: int, page_tokens: int) -> None:
        if limit < 1 or page_tokens < 1:
            raise ValueError(f"a pool of {limit} pages of {page_tokens} tokens cannot hold anything")
        self.limit = limit
        self.page_tokens = page_tokens
        self.capacity = 0
        self._state = bytearray()
        self._holders: list[int] = []
        self._filled: list[int] = []
        self._used = 0
        self.grow(min(limit, INITIAL_PAGES))

    @property
    def used(self) -> int:
        """Pages with at least one holder."""
        return self._used

    @property
    def available(self) -> int:
        """Pages that can be taken without anyone giving one up."""
        return self.limit - self._used

    def holders(self, page: int) -> int:
        return self._holders[page]

    def take(self, after: int | None = None, room: int = 1) -> int:
        """A page with one holder and nothing written: the one behind `after` if it is free.

        Otherwise the first of a run of `room` free pages, or of the longest run there is. Raises `CacheFull`.
        """
        if self.available < 1:
            raise CacheFull(self.limit * self.page_tokens)
        if after is not None:
            following = after + 1
            if following == self.capacity:
                self._double(1)
            if following < self.capacity and self._state[following] != USED:
                return self._hand_out(following)
        return self._hand_out(self._run(room)[0])

    def take_run(self, count: int) -> list[int] | None:
        """`count` pages side by side, or None when there is no such run; takes nothing from anyone."""
        if count > self.available:
            return None
        start, length = self._run(count)
        return [self._hand_out(page) for page in range(start, start + count)] if length >= count else None

    def share(self, page: int) -> None:
        """One more holder."""
        self._holders[page] += 1

    def release(self, page: int) -> bool:
        """One holder less; True when it was the last, and the page is free again."""
        self._holders[page] -= 1
        if self._holders[page]:
            return False
        self._state[page] = FREE
        self._used -= 1
        return True

    def appendable(self, page: int, offset: int) -> bool:
        """Whether a holder may write from `offset` on: nobody else reads what stands there."""
        return self._holders[page] == 1 or self._filled[page] == offset

    def wrote(self, page: int, end: int) -> None:
        """The page is written up to `end`."""
        self._filled[page] = end

    def claim(self, start: int, count: int) -> range:
        """Ask that others start their runs elsewhere than in the free ones of `count` pages from `start`.

        Only a wish: when nothing else is free they are handed out all the same. Give the range to `disclaim`.
        """
        end = min(start + count, self.capacity)
        for page in range(start, end):
            if self._state[page] == FREE:
                self._state[page] = CLAIMED
        return range(start, end)

    def disclaim(self, pages: Iterable[int]) -> None:
        for page in pages:
            if self._state[page] == CLAIMED:
                self._state[page] = FREE

    def grow(self, capacity: int) -> None:
        """Have `capacity` pages in all."""
        more = capacity - self.capacity
        self._state.extend(bytes(more))
        self._holders.extend([0] * more)
        self._filled.extend([0] * more)
        self.capacity = capacity

    def _hand_out(self, page: int) -> int:
        self._state[page] = USED
        self._holders[page] = 1
        self._filled[page] = 0
        self._used += 1
        return page

    def _run(self, room: int) -> tuple[int, int]:
        """Start and length of the tightest unclaimed run of `room` pages, else of the longest free run."""
        while True:
            runs = [(run.end() - run.start(), run.start()) for run in _UNCLAIMED_RUN.finditer(self._state)]
            fitting = [run for run in runs if run[0] >= room]
            if fitting:
                length, start = min(fitting)
                return start, length
            if not self._double(room):
                break
        runs = [(run.end() - run.start(), -run.start()) for run in _FREE_RUN.finditer(self._state)]
        length, start = max(runs)
        return -start, length

    def _double(self, wanted: int) -> bool:
        """More pages, at least `wanted` of them if the limit allows; False when it is reached."""
        if self.capacity == self.limit:
            return False
        self.grow(min(self.limit, max(2 * self.capacity, self.capacity + wanted)))
        return True
