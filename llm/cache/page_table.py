"""The pages of one sequence, in order, and how many tokens of them are its own.

Writing never touches what another holder reads: a shared last page is copied first, everything before it is
complete and stays. Going back is forgetting a length; a fork is one more holder per page. It knows neither
tokens nor layers.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from .kv_pages import KVPages


class PageTable:
    """Made empty, or over `pages` whose holder it becomes. Call `release` when it is no longer needed."""

    def __init__(self, storage: KVPages, pages: Sequence[int] = (), length: int = 0) -> None:
        self._storage = storage
        self._pool = storage.pool
        self.pages = list(pages)
        self.length = length
        self.fresh: slice | Tensor = slice(0, 0)
        """Where the tokens go that `extend` made room for."""
        self.seen: slice | Tensor = slice(0, 0)
        """Where all tokens up to them are."""
        self._gaps = _gaps(self.pages)
        self._claim = range(0)

    @property
    def consecutive(self) -> bool:
        """Whether the pages lie side by side, so that they are read without a copy."""
        return self._gaps == 0

    def missing(self, count: int) -> int:
        """Pages to be taken before `count` more tokens can be written, the copy of a shared one included."""
        size = self._pool.page_tokens
        offset = self.length % size
        copied = offset and not self._pool.appendable(self.pages[-1], offset)
        return -(-(self.length + count) // size) - len(self.pages) + bool(copied)

    def extend(self, count: int, room: int = 1) -> None:
        """Make the next `count` tokens writable; `room` is how many pages the sequence may come to hold.

        Raises `CacheFull` when the pool is; pages taken until then are kept for the next attempt.
        """
        size = self._pool.page_tokens
        offset = self.length % size
        if offset and not self._pool.appendable(self.pages[-1], offset):
            self._copy_last(offset)
        for _ in range(self.missing(count)):
            self._append(self._take(room))
        end = self.length + count
        for index in range(self.length // size, -(-end // size)):
            self._pool.wrote(self.pages[index], min(end - index * size, size))
        self.aim(count)

    def aim(self, count: int) -> None:
        """Turn to the next `count` tokens, for which there is room."""
        end = self.length + count
        self.fresh, self.seen = self.slots(self.length, end), self.slots(0, end)

    def commit(self, count: int) -> None:
        """The next `count` tokens are written in every layer."""
        self.length += count

    def rewind(self, length: int) -> None:
        """Forget everything behind the first `length` tokens."""
        for _ in range(len(self.pages) - -(-length // self._pool.page_tokens)):
            self._pool.release(self._pop())
        self.length = length

    def fork(self) -> "PageTable":
        """A second table over the same pages."""
        for page in self.pages:
            self._pool.share(page)
        return PageTable(self._storage, self.pages, self.length)

    def release(self) -> list[int]:
        """Hold nothing any more; the pages that became free."""
        self._pool.disclaim(self._claim)
        self._claim = range(0)
        freed = [page for page in self.pages if self._pool.release(page)]
        self.pages, self.length, self._gaps = [], 0, 0
        return freed

    def slots(self, start: int, end: int) -> slice | Tensor:
        """Where the tokens from `start` to `end` are stored."""
        size = self._pool.page_tokens
        first = start // size
        pages = self.pages[first : -(-end // size)]
        if not pages:
            return slice(0, 0)
        if self._gaps == 0 or _gaps(pages) == 0:
            moved = (pages[0] - first) * size
            return slice(moved + start, moved + end)
        every = torch.tensor(pages)[:, None] * size + torch.arange(size)
        return every.flatten()[start - first * size : end - first * size]

    def gather(self, room: int = 1) -> bool:
        """Move to pages side by side if as many are free; afterwards the pages are shared with nobody."""
        if self.consecutive:
            return True
        run = self._pool.take_run(max(len(self.pages), room)) or self._pool.take_run(len(self.pages))
        if run is None:
            return False
        self._storage.grow()
        size = self._pool.page_tokens
        for index, (old, new) in enumerate(zip(self.pages, run, strict=False)):
            filled = min(self.length - index * size, size)
            self._storage.copy(old, new, filled)
            self._pool.wrote(new, filled)
            self._pool.release(old)
        for page in run[len(self.pages) :]:
            self._pool.release(page)
        self.pages, self._gaps = run[: len(self.pages)], 0
        self._renew_claim(room)
        return True

    def _take(self, room: int) -> int:
        last = self.pages[-1] if self.pages else None
        page = self._pool.take(last, max(1, room - len(self.pages)))
        self._storage.grow()
        if last is None or page != last + 1 or page not in self._claim:
            self._renew_claim(room, page)
        return page

    def _renew_claim(self, room: int, page: int | None = None) -> None:
        self._pool.disclaim(self._claim)
        start = page if page is not None else self.pages[-1]
        self._claim = self._pool.claim(start, max(0, room - len(self.pages)) + 1)

    def _copy_last(self, offset: int) -> None:
        new = self._take(1)
        old = self._pop()
        self._storage.copy(old, new, offset)
        self._pool.wrote(new, offset)
        self._pool.release(old)
        self._append(new)

    def _append(self, page: int) -> None:
        self._gaps += bool(self.pages) and page != self.pages[-1] + 1
        self.pages.append(page)

    def _pop(self) -> int:
        page = self.pages.pop()
        self._gaps -= bool(self.pages) and page != self.pages[-1] + 1
        return page


def _gaps(pages: Sequence[int]) -> int:
    """How many neighbours in the list are no neighbours in memory."""
    return sum(after != page + 1 for page, after in pairwise(pages))
