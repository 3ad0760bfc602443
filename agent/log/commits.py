"""The durable writes of one run, in the order in which they are given, many in one transaction.

While one transaction is being flushed, whatever comes gathers for the next (group commit). Order is the
promise: when something is durable, so is all that was given before it; so an intent can be waited for, and
events need not be. After a write that fails nothing more is written. Knows nothing of what is written.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...memory import Entry, Said, Store, StoreError

AT_ONCE = 2000
"""Most entries of one transaction, so that none holds the database for long."""


@dataclass(slots=True)
class _Write:
    """An entry of the run, or a call of the store that goes alone; ``done`` gets an event's number."""

    done: "asyncio.Future[Any]"
    entry: Entry | None = None
    alone: Callable[[], Any] | None = None


@dataclass(slots=True)
class Commits:
    """Belongs to one run and to its event loop."""

    store: Store
    run: str
    _waiting: deque[_Write] = field(default_factory=deque)
    _flushing: "asyncio.Task[None] | None" = None
    _broken: Exception | None = None

    def put(self, entry: Entry) -> "asyncio.Future[Any]":
        """Give an entry; the future ends when it is durable, with the number of an event."""
        return self._give(entry=entry)

    def alone(self, write: Callable[[], Any]) -> "asyncio.Future[Any]":
        """Give a call of the store that has a transaction of its own; it keeps its place in the order."""
        return self._give(alone=write)

    async def settled(self) -> None:
        """Wait until nothing that was given is left to be written."""
        if self._flushing is not None:
            await asyncio.wait({self._flushing})

    def _give(self, **what: Any) -> "asyncio.Future[Any]":
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_seen)
        if self._broken is not None:
            done.set_exception(self._broken)
            return done
        self._waiting.append(_Write(done, **what))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return done

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch = self._next()
                try:
                    await self._write(batch)
                except Exception as error:  # noqa: BLE001 - whoever waits gets it, and nobody waits for ever
                    self._broken = error
                    batch += self._waiting
                    self._waiting.clear()
                    for one in batch:
                        if not one.done.done():
                            one.done.set_exception(error)
        finally:
            self._flushing = None

    def _next(self) -> list[_Write]:
        """The next call that goes alone, or the entries before it."""
        batch = [self._waiting.popleft()]
        while batch[0].alone is None and self._waiting and self._waiting[0].alone is None:
            batch.append(self._waiting.popleft())
            if len(batch) == AT_ONCE:
                break
        return batch

    async def _write(self, batch: list[_Write]) -> None:
        if (alone := batch[0].alone) is not None:
            _tell(batch[0].done, await asyncio.to_thread(alone))
            return
        try:
            await self._write_down(batch)
        except StoreError:
            if len(batch) == 1:
                raise
            # One entry that cannot be must not take the others along: those before it are written.
            for one in batch:
                await self._write_down([one])

    async def _write_down(self, batch: list[_Write]) -> None:
        entries = [one.entry for one in batch if one.entry is not None]
        numbers = iter(await asyncio.to_thread(self.store.write_down, self.run, entries))
        for one in batch:
            _tell(one.done, next(numbers) if isinstance(one.entry, Said) else None)


def _tell(done: "asyncio.Future[Any]", result: Any) -> None:
    """Who waited may have been cancelled; what was given is written all the same."""
    if not done.done():
        done.set_result(result)


def _seen(done: "asyncio.Future[Any]") -> None:
    """Most writes are not waited for one by one; the next one tells that they failed."""
    if not done.cancelled():
        done.exception()
