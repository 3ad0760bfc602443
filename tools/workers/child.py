"""The program that runs inside a worker: imports one source of tools and calls them, one at a time.

Standard output belongs to the protocol, so what plugins print goes to standard error. When the host goes
away, this process and all that it started end. It holds no secrets, no database and no settings but those
that came with the call at hand.
"""

import asyncio
import contextlib
import itertools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from ..context import ToolContext
from ..errors import ToolDied, ToolError
from ..loaders.python import PythonTool, describe
from ..secret import Secret
from .clock import moving_clock
from .importing import definitions_to_wire, tools_of
from .process import end_all, limit, peak_bytes, pipes_to_host
from .source import Source
from .values import from_wire, to_wire
from .wire import decode, encode, error_from_wire, error_to_wire


class Line:
    """The two pipes to the host. Writing is safe from any thread."""

    def __init__(self, reads: BinaryIO, writes: BinaryIO) -> None:
        self._reads = reads
        self._writes = writes
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, SimpleQueue[dict[str, Any]]] = {}

    def say(self, message: dict[str, Any]) -> None:
        """Send one message."""
        line = encode(message)
        with self._lock:
            self._writes.write(line)
            self._writes.flush()

    def ask(self, question: dict[str, Any]) -> Any:
        """Ask the host and wait for its answer; raises what it raised there."""
        number, box = next(self._numbers), SimpleQueue[dict[str, Any]]()
        self._waiting[number] = box
        self.say({**question, "ask": number})
        answer = box.get()
        if "error" in answer:
            raise error_from_wire(answer["error"])
        return answer.get("value")

    def listen(self, act: Callable[[dict[str, Any]], None]) -> None:
        """Read until the host goes away: answers to who waits for them, the rest to `act`."""
        for line in self._reads:
            message = decode(line)
            if (box := self._waiting.pop(message.get("answer", 0), None)) is not None:
                box.put(message)
            elif "answer" not in message:
                act(message)


class RemoteRecords:
    """`Records` whose every method is carried out by the host."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def method(*args: Any, **kwargs: Any) -> Any:
            given = {"args": to_wire(list(args)), "kwargs": to_wire(kwargs)}
            return from_wire(self._line.ask({"records": name, **given}), records=True)

        return method


class Worker:
    """The tools of one source, and the call that is going on."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._tools: dict[str, PythonTool] = {}
        self._current: asyncio.Task[None] | None = None

    def act(self, message: dict[str, Any]) -> None:
        """Begin what the host asks for."""
        match message:
            case {"load": dict(source)}:
                self._load(Source.from_wire(source))
            case {"call": str(name)}:
                self._current = asyncio.ensure_future(self._call(name, message))
            case {"cancel": True} if self._current is not None:
                self._current.cancel()

    def _load(self, source: Source) -> None:
        """Import the source; any failure of its code is told to the host as a problem."""
        try:
            tools = tools_of(source)
            self._tools = {one.name: one for one in tools}
            self._line.say(definitions_to_wire(tools))
        except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin may raise anything; the host is told
            self._line.say({"problem": describe(error)})

    async def _call(self, name: str, message: dict[str, Any]) -> None:
        try:
            done = await self._outcome(self._tools[name], message)
            self._line.say({"done": done, "peak_bytes": peak_bytes()})
        except asyncio.CancelledError:
            self._line.say({"error": error_to_wire(ToolDied(f"{name} was cancelled"))})
        except ToolError as error:
            self._line.say({"error": error_to_wire(error)})

    async def _outcome(self, tool: PythonTool, message: dict[str, Any]) -> Any:
        ctx = self._context(message["context"])
        match message["part"]:
            case "check":
                return await tool.was_done(message["args"], ctx)
            case "preview":
                return await tool.foresee(message["args"], ctx)
            case "undo":
                return await tool.take_back(message["args"], ctx)
        result = await tool.call(message["args"], ctx)
        return {"data": result.data, "text": result.text}

    def _context(self, data: dict[str, Any]) -> ToolContext:
        line = self._line
        return ToolContext(
            cwd=Path(data["cwd"]),
            roots=tuple(map(Path, data["roots"])),
            now=moving_clock(from_wire(data["now"])),
            records=RemoteRecords(line),  # type: ignore[arg-type]
            settings=data["settings"],
            progress=lambda text: line.say({"progress": str(text)}),
            output=lambda text: line.say({"output": str(text)}),
            approved=frozenset(data["approved"]),
            secret=lambda name: Secret(name, line.ask({"secret": name})),
            protected=tuple(map(Path, data["protected"])),
            call_key=data["call_key"],
        )


def main() -> None:
    """Serve the host until it closes the line."""
    reads, writes = pipes_to_host()
    limit(int(sys.argv[1]))
    asyncio.run(serve(Line(reads, writes)))


async def serve(line: Line) -> None:
    """Listen in a thread, so that a tool that holds up the loop cannot hide that the host is gone."""
    loop, worker = asyncio.get_running_loop(), Worker(line)

    def act(message: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(worker.act, message)

    def listen() -> None:
        with contextlib.suppress(ValueError, OSError):
            line.listen(act)
        end_all()

    threading.Thread(target=listen, name="homewit-host", daemon=True).start()
    line.say({"ready": True})
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
