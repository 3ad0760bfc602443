"""One reader of what a host says by itself, which hands every event to the call that it belongs to.

Knows nothing of the protocol.
"""

import asyncio
from collections import defaultdict

from ...agent.events import Event, RunFinished
from ..client import Client, Stopped
from ..errors import HostStopped


class Inbox:
    """The events of several runs at once, each in its order."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._events: defaultdict[str, asyncio.Queue[Event | None]] = defaultdict(asyncio.Queue)
        self._dropped: set[str] = set()
        self._stopped: str | None = None
        self._reading = asyncio.create_task(self._read())

    @property
    def over(self) -> bool:
        """Whether the host is gone."""
        return self._stopped is not None

    async def next(self, run: str) -> Event:
        """The next event of a run, also of one that came before anybody asked; raises ``HostStopped``."""
        queue = self._events[run]
        if self._stopped is not None:
            queue.put_nowait(None)
        event = await queue.get()
        if event is None:
            raise HostStopped(self._stopped or "")
        if isinstance(event.body, RunFinished):
            self._events.pop(run, None)
        return event

    def drop(self, run: str) -> None:
        """Nobody asks for the rest of a run."""
        self._events.pop(run, None)
        self._dropped.add(run)

    def close(self) -> None:
        self._reading.cancel()

    async def _read(self) -> None:
        while True:
            notice = await self.client.inbox.get()
            if isinstance(notice, Stopped):
                self._stopped = notice.reason
                for queue in self._events.values():
                    queue.put_nowait(None)
                return
            if not isinstance(notice, Event):
                continue
            if notice.run not in self._dropped:
                self._events[notice.run].put_nowait(notice)
            elif isinstance(notice.body, RunFinished):
                self._dropped.discard(notice.run)
