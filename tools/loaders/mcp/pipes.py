"""Carries the messages of the protocol over the pipes of a program: one JSON object per line.

The SDK's own transport starts the program itself; here it is started by the sandbox, and only its pipes are
used. What the program says on stderr is kept for telling why it ended.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from ...isolation.programs import Program

_GRACE_S = 2.0


@asynccontextmanager
async def over_pipes(program: Program) -> AsyncIterator[tuple[Any, Any]]:
    """The two streams of a connection; at the end stdin is closed, and what does not end then is ended."""
    heard_in, heard = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_say, said_out = anyio.create_memory_object_stream[SessionMessage](0)
    tasks = [
        asyncio.create_task(_hear(program, heard_in)),
        asyncio.create_task(_say(program, said_out, heard_in)),
    ]
    try:
        yield heard, to_say
    finally:
        for stream in (to_say, heard):
            stream.close()
        await program.end(_GRACE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stream in (heard_in, said_out):
            stream.close()


async def _hear(program: Program, heard: Any) -> None:
    async with heard:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, ConnectionError):
            while line := await program.line():
                try:
                    message = SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
                except ValueError as error:  # a program that prints on stdout; the session ignores it
                    await heard.send(error)
                else:
                    await heard.send(message)


async def _say(program: Program, said: Any, heard: Any) -> None:
    async with said:
        try:
            async for message in said:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await program.write(text.encode() + b"\n")
        except (ConnectionError, anyio.ClosedResourceError):
            heard.close()  # nobody reads any more: the session learns that the connection is over
