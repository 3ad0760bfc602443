"""How a run is asked to end: one request, seen by the model's threads and by everything that is being
awaited.

A model checks ``event`` at every token; an await is raced against the request. The first reason given stays.
Knows nothing of who asks.
"""

import asyncio
import threading
from collections.abc import Awaitable
from typing import TypeVar

from ..errors import RunStopped

T = TypeVar("T")
_GRACE_S = 2.0


class Stop:
    """Belongs to one run and to the event loop that the run lives on."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.reason: RunStopped | None = None
        self._asked = asyncio.Event()
        self._children: list[Stop] = []

    def request(self, reason: RunStopped) -> None:
        """Ask the run to end; a second request changes nothing."""
        if self.reason is None:
            self.reason = reason
            self.event.set()
            self._asked.set()
            for child in self._children:
                child.request(reason)

    def child(self) -> "Stop":
        """One that is asked to end when this one is, and can be asked alone."""
        child = Stop()
        self._children.append(child)
        if self.reason is not None:
            child.request(self.reason)
        return child

    def check(self) -> None:
        """Raise the reason once there is one."""
        if self.reason is not None:
            raise self.reason

    async def race(self, awaitable: Awaitable[T]) -> T:
        """The awaitable's result, or the reason to stop, whichever comes first.

        On a stop the awaitable is cancelled and given a moment; its late result is dropped.
        """
        task = asyncio.ensure_future(awaitable)
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            self.check()
            raise RunStopped("the run was stopped")  # unreachable: `asked` ends only with a reason
        finally:
            asked.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=_GRACE_S)
                task.add_done_callback(_forget)


def _forget(task: "asyncio.Future[T]") -> None:
    """Read the outcome of an abandoned task, so that it is not reported as never retrieved."""
    if not task.cancelled():
        task.exception()
