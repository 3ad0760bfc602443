"""The connections to the host: one for a client that can be asked, one for a client that cannot.

The host is told at its beginning whether somebody is there, and refuses by itself what nobody can approve.
A client says so with its first words, or with each request. Knows nothing of calls.
"""

import asyncio
from contextlib import AsyncExitStack

from ..errors import TuiError
from ..launch import Launch
from .inbox import Inbox


class Hosts:
    """Opened when they are first needed, and anew when a host has gone; ``close`` ends all."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._stack = AsyncExitStack()
        self._open: dict[bool, asyncio.Task[Inbox]] = {}
        self.failed: asyncio.Future[TuiError] = asyncio.get_running_loop().create_future()
        """Done once no host can be had, which ends the program."""

    async def get(self, interactive: bool) -> Inbox:
        """A host that answers; raises ``HostUnavailable``."""
        there = self._open.get(interactive)
        if there is None or (there.done() and (there.exception() is not None or there.result().over)):
            there = self._open[interactive] = asyncio.create_task(self._connect(interactive))
        try:
            return await asyncio.shield(there)  # who is cancelled while waiting must not leave half of it
        except TuiError as error:
            if not self.failed.done():
                self.failed.set_result(error)
            raise

    async def close(self) -> None:
        """Take leave; what still goes on is ended by the hosts."""
        for opening in self._open.values():
            opening.cancel()  # does nothing to one that is open
            await asyncio.wait({opening})
            if not opening.cancelled() and opening.exception() is None:
                opening.result().close()
        await self._stack.aclose()

    async def _connect(self, interactive: bool) -> Inbox:
        connected = self._launch.connected(interactive=interactive, reminded=False)
        connection = await self._stack.enter_async_context(connected)
        return Inbox(connection.client)
