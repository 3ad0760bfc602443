"""The way to a resident host: a Unix socket of this user's, and one line of JSON for each message.

Before anything else the host is told who comes, and says whether it can serve this client as a process of
its own would. Knows nothing of what is said after that.
"""

import asyncio
import json
import os
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..agent.hosting import address
from ..agent.hosting.program import fingerprint
from .errors import HostStopped
from .host_process import LONGEST_LINE, parsed

_PATIENCE_S = 60.0
"""For a host that was just started and reads its program."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the host answered: whether it serves us, why not, whether it may be replaced, or is outdated."""

    accepted: bool
    reason: str
    idle: bool
    outdated: bool


class HostSocket:
    """A connection to the resident host: ``send`` and ``receive`` JSON objects; closing it ends no host."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Path) -> None:
        self._reader = reader
        self._writer = writer
        self.log = log

    async def send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        try:
            self._writer.write(line)
            await self._writer.drain()
        except OSError as error:
            raise HostStopped(self.obituary()) from error

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None once the host is gone."""
        try:
            while line := await self._reader.readline():
                if (message := parsed(line)) is not None:
                    return message
        except OSError:  # it was killed
            return None
        return None

    def obituary(self) -> str:
        return f"the engine process stopped; see {self.log}"

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:  # it was gone before
            return

    async def greet(self) -> Welcome | None:
        """Say hello; None when the host goes away instead of answering."""
        told = {"program": fingerprint(), "environment": dict(os.environ), "umask": _umask()}
        answer = await self.ask("hello", **told)
        if answer is None:
            return None
        error = answer.get("error") or {}
        result = answer.get("result") or {"reason": str(error.get("message", "")), "idle": True}
        accepted, idle, outdated = (bool(result.get(name)) for name in ("accepted", "idle", "outdated"))
        return Welcome(accepted, str(result.get("reason", "")), idle, outdated)

    async def ask_to_end(self) -> bool:
        """Ask a host that serves nobody else to make room, and wait until it is gone."""
        answer = await self.ask("host.stop")
        if answer is not None and "error" in answer:
            return False
        async with asyncio.timeout(_PATIENCE_S):
            while await self.receive() is not None:
                pass
        return True

    async def ask_to_hand_on(self) -> bool:
        """Ask a host of a program that has changed to serve nobody but the clients that it has."""
        answer = await self.ask("host.hand_on")
        return answer is None or "error" not in answer

    async def ask(self, method: str, **params: Any) -> dict[str, Any] | None:
        """The whole answer to a request, before anybody else reads here; None when the host goes away."""
        try:
            await self.send({"jsonrpc": "2.0", "id": method, "method": method, "params": params})
        except HostStopped:
            return None
        while (message := await asyncio.wait_for(self.receive(), _PATIENCE_S)) is not None:
            if message.get("id") == method:
                return message
        return None


async def connect(home: Path) -> HostSocket | None:
    """A connection to the host of ``home``; None when there is none."""
    there = address.published(home)
    if there is None:
        return None
    try:
        reader, writer = await asyncio.open_unix_connection(there.socket, limit=LONGEST_LINE)
    except OSError:
        return None
    if not _is_ours(writer.get_extra_info("socket")):
        writer.close()
        return None
    return HostSocket(reader, writer, address.log_file(home))


def _is_ours(connection: socket.socket) -> bool:
    """Whether the host is a process of this user; elsewhere the modes of socket and folder have to do."""
    if sys.platform != "linux":
        return True
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", told)[1] == os.getuid()


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
