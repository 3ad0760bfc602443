"""The one place that starts host processes, in which engine, tools and database live.

A private host speaks over plain asyncio pipes and ends when its stdin does: it cannot outlive the client. A
resident one is left to itself and found by its socket. Either gets a session of its own, so that Ctrl-C in
the terminal reaches the client alone. Knows nothing of what is said to a host.
"""

import asyncio
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ..agent.hosting import address
from .errors import HostStopped, HostUnavailable

HOST = ("-P", "-m", "homewit.agent.host")  # -P: no module from the working folder
RESIDENT = (*HOST, "--resident")
LONGEST_LINE = 64 * 1024 * 1024
_TO_END_S = 5.0
"""For a host to put away what it has open, on a machine that is busy."""
_TO_OBEY_S = 10.0
_TO_BE_COLLECTED_S = 30.0
"""For the exit code of a host whose pipes have broken, which is ending."""


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
            message = parsed(line)
            if message is not None:
                return message
        await self._process.wait()
        return None

    async def _settle(self) -> None:
        """Give a host that is ending the time to say with which code; its pipes break before that."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _TO_BE_COLLECTED_S)

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
        for patience_s, insist in ((_TO_END_S, self._process.terminate), (_TO_OBEY_S, self._process.kill)):
            try:
                await asyncio.wait_for(self._process.wait(), patience_s)
            except TimeoutError:
                with suppress(ProcessLookupError):  # it has ended by now
                    insist()
            else:
                return
        await self._process.wait()


async def start() -> HostProcess:
    """Start ``homewit.agent.host``; raises ``HostUnavailable`` when that is impossible."""
    log = address.log_file(address.home_folder())
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


async def start_resident() -> bool:
    """Start the resident host, and wait until one can be reached; False where none can be."""
    return await asyncio.to_thread(_start_resident)


def _start_resident() -> bool:
    stream = _open_log(address.log_file(address.home_folder()))
    if stream is None:
        return False
    with stream:
        try:
            process = subprocess.Popen(
                [sys.executable, *RESIDENT],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stream,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise HostUnavailable(f"cannot start the engine process: {error.strerror or error}") from error
    with process.stdout or stream as said:
        ready = bool(said.readline())
    process.returncode = process.poll() or 0  # it is left to itself, and no warning is due for that
    return ready


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


def parsed(line: bytes) -> dict[str, Any] | None:
    """One protocol line, or None for a line that is not one: a stray print must not end the conversation."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
