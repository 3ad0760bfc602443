"""JSON-RPC 2.0 over two file descriptors, one object per line. Nothing but protocol lines ever goes out.

Reading and writing block in threads of their own, so that a slow client never stops the event loop. Each has
its own copy of the descriptor: a thread may come late, when the number is already somebody else's. Knows
nothing of what the methods mean.
"""

import asyncio
import json
import os
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

LONGEST_LINE = 16 * 1024 * 1024
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
)


class LineTooLong(ValueError):
    """A line exceeds the limit; what follows cannot be trusted to begin at a line's start."""


async def lines(descriptor: int) -> AsyncGenerator[bytes, None]:
    """The lines of a pipe, file or terminal, until it ends. Raises ``LineTooLong`` and reads no further."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | LineTooLong | None] = asyncio.Queue()
    own = os.dup(descriptor)

    def post(line: bytes | LineTooLong | None) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(queue.put_nowait, line)

    def read() -> None:
        # os.read and not sys.stdin: a thread that waits inside a buffered file cannot be left behind at exit.
        pending = bytearray()
        try:
            while chunk := os.read(own, 65536):
                first, *more = chunk.split(b"\n")
                pending += first
                for piece in more:
                    post(bytes(pending))
                    pending = bytearray(piece)
                if len(pending) > LONGEST_LINE:
                    limit = f"{LONGEST_LINE // 2**20} MiB"
                    post(LineTooLong(f"a line is longer than {limit}; send less, to a new host"))
                    return
        except OSError:  # the client is gone
            pass
        finally:
            os.close(own)
        post(bytes(pending))
        post(None)

    threading.Thread(target=read, name="homewit-rpc-in", daemon=True).start()
    while (line := await queue.get()) is not None:
        if isinstance(line, LineTooLong):
            raise line
        if line.strip():
            yield line


class Outbox:
    """Queues messages and writes them in order; ``broken`` is set when nobody reads them any more."""

    def __init__(self, descriptor: int) -> None:
        self._own = os.dup(descriptor)
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.broken = asyncio.Event()
        self._task = asyncio.create_task(self._write())

    def result(self, id: Any, result: Any) -> None:
        self._put({"jsonrpc": "2.0", "id": id, "result": result})

    def error(self, id: Any, code: int, message: str, exit_code: int) -> None:
        error = {"code": code, "message": message, "data": {"exit_code": exit_code}}
        self._put({"jsonrpc": "2.0", "id": id, "error": error})

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._put({"jsonrpc": "2.0", "method": method, "params": params})

    async def close(self, patience_s: float) -> None:
        """Write what is queued, for a while."""
        self._queue.put_nowait(None)
        await asyncio.wait({self._task}, timeout=patience_s)

    def _put(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._queue.put_nowait(line.encode("utf-8", "replace") + b"\n")

    async def _write(self) -> None:
        while (first := await self._queue.get()) is not None:
            batch, last = first, False
            while not self._queue.empty() and not last:
                more = self._queue.get_nowait()
                last = more is None
                batch += more or b""
            if not self.broken.is_set():
                try:
                    await asyncio.to_thread(_write_all, self._own, batch)
                except OSError:  # the client is gone
                    self.broken.set()
            if last:
                break
        os.close(self._own)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
