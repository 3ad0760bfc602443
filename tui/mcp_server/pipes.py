"""Carries the messages of the protocol over this program's own stdin and stdout, one JSON object per line.

The SDK's transport reads in a thread that nothing can wake, so that a program that is told to end would
wait for its client. Here the event loop reads and writes.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from ..own_stdout import own_stdout
from ..stdin import Lines


class Writer(Protocol):
    async def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


@asynccontextmanager
async def over_stdio() -> AsyncIterator[tuple[Any, Any]]:
    """The two streams of the connection; the first ends with stdin, or when nobody reads stdout any more."""
    heard_in, heard = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_say, said_out = anyio.create_memory_object_stream[SessionMessage](0)
    with own_stdout() as descriptor:
        lines, writer = Lines(), await _writer(descriptor)
        reading = asyncio.create_task(_hear(lines, heard_in))
        writing = asyncio.create_task(_say(writer, said_out, heard_in))
        try:
            yield heard, to_say
        finally:
            lines.close()
            for stream in (to_say, heard):
                stream.close()
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
            for stream in (heard_in, said_out):
                stream.close()
            writer.close()


async def _hear(lines: Lines, heard: Any) -> None:
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        async with heard:
            while (line := await lines.next()) is not None:
                if not line.strip():
                    continue
                try:
                    message = SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
                except ValueError as error:  # the session leaves it out
                    await heard.send(error)
                else:
                    await heard.send(message)


async def _say(writer: Writer, said: Any, heard: Any) -> None:
    try:
        async for message in said:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            await writer.write(text.encode() + b"\n")
    except (OSError, anyio.ClosedResourceError):
        heard.close()  # nobody reads any more, so the conversation is over
        said.close()


async def _writer(descriptor: int) -> Writer:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return await _PipeWriter.open(os.dup(descriptor))
    return _FileWriter(descriptor)


class _FileWriter:
    """To a file or a terminal, which take everything at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def close(self) -> None:
        """The descriptor is somebody else's."""


class _PipeWriter:
    """To a pipe, whose reader may be slow: then only what is said waits, and nothing else."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    @classmethod
    async def open(cls, descriptor: int) -> "_PipeWriter":
        loop = asyncio.get_running_loop()
        file = os.fdopen(descriptor, "wb", buffering=0)
        reader = asyncio.StreamReader()
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), file
        )
        transport.set_write_buffer_limits(high=0)  # so that what was written has left
        return cls(asyncio.StreamWriter(transport, protocol, None, loop))

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.transport.abort()
