"""``homewit acp`` from its first line to its last: serves one editor until it closes the pipe.

Knows nothing of sessions.
"""

import asyncio
import os
import stat
import sys
from typing import Any, cast

import acp

from ..errors import UsageProblem
from ..launch import Launch
from ..own_stdout import own_stdout
from .agent import EditorAgent

_LONGEST_LINE = 50 * 1024 * 1024
"""Bytes; a message may carry whole files."""


async def serve(launch: Launch, model: str | None) -> int:
    """Until the end of the input. Raises ``UsageProblem`` where there are no pipes to talk over."""
    for descriptor in (0, 1):
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):  # nothing else can be waited for
            raise UsageProblem("homewit acp talks over pipes; an editor starts it with such")
    agent = EditorAgent(launch, model)
    with own_stdout() as descriptor:
        reader, writer = await _streams(descriptor)
        try:
            await acp.run_agent(cast(Any, agent), writer, reader, use_unstable_protocol=True)
        finally:
            await agent.close()
    return 0


async def _streams(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    out = os.fdopen(os.dup(descriptor), "wb", buffering=0)
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop), out
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
