"""The resident host: accepts clients of one home on a Unix socket until nobody has needed it for a while.

A client that says goodbye ends its runs; those of one that was cut off are left as they are, to be resumed.
Knows nothing of how the process was started.
"""

import asyncio
import logging
import signal
import time
from datetime import datetime

from . import peers
from .conversation import Conversation
from .memory_pressure import is_short_of_memory
from .presence import Presence
from .service import Notify, Service
from .shared import Shared
from .standing import Standing

log = logging.getLogger(__name__)
WATCH_S = 2.0
"""How often a host that nobody uses looks whether it is still wanted."""
ENDING_S = 10.0
"""Most time for runs to come to rest when the host is told to end."""


class Resident:
    """``run`` it to its end; nobody is served after that."""

    def __init__(self, presence: Presence, shared: Shared, idle_s: float) -> None:
        self._presence = presence
        self._shared = shared
        self._idle_s = idle_s
        self._ending = asyncio.Event()
        self._accepting: asyncio.Task[None] | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._quiet_since = time.monotonic()
        self._standing = Standing(
            started=datetime.now().astimezone(),
            socket=str(presence.path),
            idle_s=idle_s,
            clients=lambda: len(self._clients),
            end=self._ending.set,
            hand_on=self._hand_on,
            handed_on=asyncio.Event(),
        )

    async def run(self) -> None:
        """Serve; on the way out runs that still go on are left to be resumed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._ending.set)
        self._accepting = asyncio.create_task(self._accept())
        self._accepting.add_done_callback(self._accepts_no_more)
        watching = asyncio.create_task(self._watch())
        ended = asyncio.create_task(self._ending.wait())
        await asyncio.wait({watching, ended}, return_when=asyncio.FIRST_COMPLETED)
        self._ending.set()
        done = [task for task in (self._accepting, watching) if not task.cancel() and not task.cancelled()]
        self._presence.withdraw()
        if self._clients:
            await asyncio.wait(self._clients, timeout=ENDING_S)
        await asyncio.to_thread(self._shared.close)
        for task in done:
            task.result()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(self._presence.socket)
            if not peers.is_ours(connection):
                log.warning("refused a client that is not of this user")
                connection.close()
                continue
            connection.setblocking(True)
            task = asyncio.create_task(self._serve(connection))
            self._clients.add(task)
            task.add_done_callback(self._gone)

    async def _serve(self, connection: peers.Socket) -> None:
        def service(notify: Notify) -> Service:
            return Service(notify, self._shared, self._standing)

        with connection:
            conversation = Conversation(connection.fileno(), connection.fileno(), service)
            try:
                await conversation.run(self._ending)
            finally:
                await conversation.close(park=conversation.parks is not False)
                peers.hang_up(connection)

    def _accepts_no_more(self, accepting: "asyncio.Task[None]") -> None:
        if not accepting.cancelled():  # it failed
            self._ending.set()

    async def _hand_on(self) -> None:
        """Who comes from now on finds the next host, or none yet."""
        if self._accepting is None or self._standing.handed_on.is_set():
            return
        self._standing.handed_on.set()
        self._accepting.cancel()
        await asyncio.wait({self._accepting})
        self._presence.hand_on()
        log.info("the program has changed: serves its %d clients and nobody else", len(self._clients))

    def _gone(self, client: "asyncio.Task[None]") -> None:
        self._clients.discard(client)
        self._quiet_since = time.monotonic()
        if not client.cancelled() and (error := client.exception()) is not None:
            log.error("a client's conversation failed", exc_info=error)

    async def _watch(self) -> None:
        """End when nobody has come for a while, can come any more, or memory is needed elsewhere."""
        while True:
            await asyncio.sleep(min(WATCH_S, self._idle_s))
            if self._clients:
                continue
            if reason := self._reason_to_end():
                log.info("ends: %s", reason)
                self._ending.set()

    def _reason_to_end(self) -> str:
        if self._standing.handed_on.is_set():
            return "another host has taken its place"
        if not self._presence.is_found:
            return "its home or socket is gone"
        if time.monotonic() - self._quiet_since >= self._idle_s:
            return f"nobody needed it for {self._idle_s:g} s"
        return "memory is short" if is_short_of_memory() else ""
