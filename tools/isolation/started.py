"""A process that was started: its pipes, and its end.

There is no moment in which it runs and nobody knows it, and none in which it was ended in part, so that
cancelling whoever starts it or waits for it loses nothing. Where others hold its pipes, it has ended all the
same. Knows nothing of what is said through the pipes.
"""

import asyncio
import os
import threading
from contextlib import suppress
from io import FileIO

from .group import Group, Leader

_MOST_LEFT = 1 << 20  # bytes that a pipe can hold


class Pipes:
    """Made before the process, since making them takes turns of the event loop.

    Args:
        longest_line: bytes that a line of what is read may have.
    """

    def __init__(self, longest_line: int) -> None:
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._longest_line = longest_line
        self._theirs: list[int] = []
        self._ours: list[asyncio.BaseTransport] = []
        self._read: list[tuple[FileIO, asyncio.StreamReader]] = []

    async def open_stdin(self) -> int:
        """Make `stdin`; gives the end that is for the process."""
        theirs, ours = os.pipe()
        self._theirs.append(theirs)
        pipe, loop = FileIO(ours, "wb"), asyncio.get_running_loop()
        stream = asyncio.StreamReader()  # nothing is read, but a protocol has one
        try:
            transport, protocol = await loop.connect_write_pipe(
                lambda: asyncio.StreamReaderProtocol(stream), pipe
            )
        except BaseException:
            pipe.close()
            raise
        self._ours.append(transport)
        self.stdin = asyncio.StreamWriter(transport, protocol, stream, loop)
        return theirs

    async def open_stdout(self) -> int:
        """Make `stdout`; gives the end that is for the process."""
        self.stdout, theirs = await self._open_to_read()
        return theirs

    async def open_stderr(self) -> int:
        """Make `stderr`; gives the end that is for the process."""
        self.stderr, theirs = await self._open_to_read()
        return theirs

    def give_away(self) -> None:
        """Let go of the ends that are for the process, which has its own by now, or was not started."""
        while self._theirs:
            os.close(self._theirs.pop())

    def close(self) -> None:
        """Let go of our ends. Whoever reads gets what has come by now, and then the end."""
        while self._read:
            pipe, stream = self._read.pop()
            if not pipe.closed:
                stream.feed_data(_rest(pipe))
        for transport in self._ours:
            transport.close()

    async def _open_to_read(self) -> tuple[asyncio.StreamReader, int]:
        ours, theirs = os.pipe()
        self._theirs.append(theirs)
        pipe, stream = FileIO(ours, "rb"), asyncio.StreamReader(limit=self._longest_line)
        try:
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(stream), pipe
            )
        except BaseException:
            pipe.close()
            raise
        self._ours.append(transport)
        self._read.append((pipe, stream))
        return stream, theirs


class Process:
    """Belongs to the event loop that it was made in; whoever has it ends it, also one that ended by itself.

    Attributes:
        stdin, stdout, stderr: our ends of its pipes, None for those that it has not got.
        ended: gets its exit code, and nothing else; wait for it with what does not cancel it.
    """

    def __init__(self, leader: Leader, pipes: Pipes) -> None:
        self.pid = leader.pid
        self.stdin, self.stdout, self.stderr = pipes.stdin, pipes.stdout, pipes.stderr
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = self._loop.create_future()
        self._pipes = pipes
        self._group = Group(leader)
        try:
            threading.Thread(target=self._watch, name=f"homewit-process-{self.pid}", daemon=True).start()
        except RuntimeError:  # no thread can be started
            self._group.kill()
            self._group.wait()
            raise

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self.ended.result() if self.ended.done() else None

    async def wait(self) -> int:
        """Its exit code, when it has ended."""
        return await asyncio.shield(self.ended)

    def end(self) -> None:
        """End it now with everything in its group, and let go of its pipes then; `wait` waits for that."""
        self._group.kill()
        self.ended.add_done_callback(lambda ended: self._pipes.close())

    def end_below(self) -> None:
        """End what it has started, so that it ends after that; where the system does not tell, nothing."""
        self._group.kill_below()

    def _watch(self) -> None:
        code = self._group.wait()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self.ended.set_result, code)


def _rest(pipe: FileIO) -> bytes:
    """What lies in a pipe unread."""
    rest = bytearray()
    while len(rest) < _MOST_LEFT and (some := pipe.read(65_536)):  # None where there is nothing now
        rest += some
    return bytes(rest)
