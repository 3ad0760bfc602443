"""The one place that starts the host process, in which engine, tools and database live.

Plain asyncio pipes, started before the full-screen program takes the terminal over. The host gets a session
of its own, so that Ctrl-C in the terminal reaches the client alone, and ends when its stdin does: it cannot
outlive the client. Knows nothing of what is said over the pipes.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from .errors import HostStopped, HostUnavailable

HOST = ("-m", "homewit.agent.host")
LONGEST_LINE = 64 * 1024 * 1024
_PATIENCE_S = 2.0


class HostProcess:
    """A running host: ``send`` and ``receive`` JSON objects, ``close`` ends it."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path | None) -> None:
        self._process = process
        self.log = log

    async def send(self, message: dict[str, Any]) -> None:
        writer = self._process.stdin
        if writer is None or writer.is_closing():
            await self._settle()
            raise HostStopped(self.obituary())
        try:
            writer.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            await writer.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            await self._settle()
            raise HostStopped(self.obituary()) from error

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None once the host has ended."""
        reader = self._process.stdout
        if reader is None:
            return None
        while line := await reader.readline():
            message = _parsed(line)
            if message is not None:
                return message
        await self._process.wait()
        return None

    async def _settle(self) -> None:
        """Give a host that is ending the time to say with which code; its pipes break before that."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _PATIENCE_S)

    def obituary(self) -> str:
        """Why nothing comes any more, and where to look."""
        code = self._process.returncode
        ending = "" if code is None else f" (exit code {code})"
        where = f"; see {self.log}" if self.log else ""
        return f"the engine process stopped{ending}{where}"

    async def close(self) -> None:
        """End the host: first by closing its input, then firmly."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        for insist in (self._process.terminate, self._process.kill):
            try:
                await asyncio.wait_for(self._process.wait(), _PATIENCE_S)
            except TimeoutError:
                insist()
            else:
                return
        await self._process.wait()


async def start() -> HostProcess:
    """Start ``homewit.agent.host``; raises ``HostUnavailable`` when that is impossible."""
    log = home() / "logs" / "host.log"
    stream = _open_log(log)
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *HOST,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stream if stream is not None else asyncio.subprocess.DEVNULL,
            limit=LONGEST_LINE,
            start_new_session=True,
        )
    except OSError as error:
        raise HostUnavailable(f"cannot start the engine process: {error.strerror or error}") from error
    finally:
        if stream is not None:
            stream.close()
    return HostProcess(process, log if stream is not None else None)


def home() -> Path:
    """``HOMEWIT_HOME``, or else the platform's folder for user data."""
    if chosen := os.environ.get("HOMEWIT_HOME"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("homewit", appauthor=False)


def _open_log(path: Path) -> IO[bytes] | None:
    """The log of this host, started afresh once it is large; None where nothing can be written (the host
    itself says so).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.exists() and path.stat().st_size > 1_000_000
        return path.open("wb" if fresh else "ab")
    except OSError:
        return None


def _parsed(line: bytes) -> dict[str, Any] | None:
    """One protocol line, or None for a line that is not one: a stray print must not end the conversation."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
