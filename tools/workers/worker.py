"""One worker process as the host sees it: started, told what to import, asked to call, ended.

It serves one call at a time, so that ending it ends that call and no other. Whatever it says is data from
somebody else's code: it is checked, bounded, and never obeyed beyond a fixed list of requests.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..calling.threads import run_in_thread
from ..context import ToolContext
from ..errors import InvalidTool, ToolDied, ToolError, ToolFailed, ToolTimeout
from ..processes import Process, start_python
from ..spec import ToolSpec
from .definition import Definition
from .requests import record_request
from .source import Source
from .values import from_wire, to_wire
from .wire import MAX_ANSWER_BYTES, MAX_LINE_BYTES, decode, encode, error_from_wire, error_to_wire

log = logging.getLogger(__name__)
_TAIL_BYTES = 4_000
_LAST_S = 30.0  # for a process that has closed its pipe to end, so that its exit code can be told


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What a worker may take: seconds to start and import, bytes of memory (0 for no limit), seconds for a
    tool to clean up after it was cancelled, before its process is ended.
    """

    start_s: float = 30.0
    memory_bytes: int = 2 << 30
    grace_s: float = 0.3


USUAL = WorkerLimits()


class LoadsTooLong(InvalidTool):
    """A source did not finish loading in its time."""


@dataclass(slots=True, eq=False)
class Worker:
    """A running worker. Made by `start`, then told to `load`, at last to `end`; belongs to one event loop."""

    source: Source
    process: Process
    limits: WorkerLimits = USUAL
    definitions: dict[str, Definition] = field(default_factory=dict)
    farewell: asyncio.TimerHandle | None = None
    """Ends it when it was not needed for long."""
    _tail: bytearray = field(default_factory=bytearray)
    _errors: "asyncio.Task[None] | None" = None
    _peak_bytes: int = 0
    _answered: bool = True
    """Whether it owes nobody an answer, so that what it says next is said to whoever asks next."""
    _ending: bool = False

    @classmethod
    async def start(
        cls, source: Source, limits: WorkerLimits, cwd: Path, shield: Sequence[str] = ()
    ) -> "Worker":
        """Start a process for `source`, which does not import it yet.

        Args:
            cwd: the folder that it runs in.
            shield: what shuts it in, as `sandbox.worker_shield` gives it; nothing for a plain process.
        """
        arguments = ["-m", f"{__package__}.child", str(limits.memory_bytes)]
        process = await start_python(arguments, cwd=cwd, shield=shield, longest_line=MAX_LINE_BYTES)
        worker = cls(source, process, limits)
        worker._errors = asyncio.ensure_future(worker._keep_tail())
        return worker

    async def load(self) -> None:
        """Let it import its source.

        Raises InvalidTool with the reason when that cannot be loaded, LoadsTooLong when not in time. However
        it fails, the process is of no more use, and is ended by the caller.
        """
        limit_s = self.limits.start_s
        try:
            async with asyncio.timeout(limit_s):
                await self._send({"load": self.source.to_wire()})
                while "ready" in (answer := await self._receive()):
                    pass
        except TimeoutError as error:
            raise LoadsTooLong(f"it did not finish loading within {limit_s:g} seconds") from error
        except ToolDied as error:
            self.end()
            await self._last_said()
            raise InvalidTool(f"its process ended while it was loading{self._last_words()}") from error
        self.definitions = definitions_from_wire(answer)

    async def call(self, spec: ToolSpec, part: str, args: Any, ctx: ToolContext, timeout_s: float) -> Any:
        """Let the tool (or its "check", "undo" or "preview") run, answering what it asks for meanwhile.

        Raises what it raised; ToolDied when the process ends or says what cannot be read. A caller that is
        cancelled, and a time that is up (TimeoutError), leave the process to be ended by the caller.
        """
        message = {"call": spec.name, "part": part, "args": args, "context": _context_to_wire(ctx)}
        line = encode(message, MAX_ANSWER_BYTES)
        self._answered = False
        try:
            async with asyncio.timeout(timeout_s):
                await self._write(line)
                while True:
                    said = await self._receive()
                    if "done" in said:
                        self._peak_bytes = _count(said.get("peak_bytes"))
                        self._answered = True
                        return said["done"]
                    if "error" in said:
                        error = self._error(spec.name, said["error"])
                        self._answered = not isinstance(error, (ToolDied, ToolTimeout))
                        raise error
                    await self._serve(spec, said, ctx)
        except asyncio.CancelledError:
            await self._cancel()
            raise

    def end(self) -> None:
        """End the process and everything in its group, at once; `process.wait` tells when it is gone."""
        self._ending = True
        if self.farewell is not None:
            self.farewell.cancel()
        self.process.end()

    def fit(self) -> bool:
        """Whether it may serve another call: it runs, has given its answer to the last one (of a tool that
        is over), and has not taken half of its memory.
        """
        limit = self.limits.memory_bytes
        runs = not self._ending and self.process.returncode is None
        return runs and self._answered and (not limit or self._peak_bytes < limit // 2)

    async def _cancel(self) -> None:
        try:
            async with asyncio.timeout(self.limits.grace_s):
                await self._send({"cancel": True})
                while "error" not in (said := await self._receive()) and "done" not in said:
                    pass
        except (TimeoutError, ToolDied):
            return  # it is ended anyway

    def _error(self, name: str, data: Any) -> Exception:
        if not isinstance(data, Mapping):
            return ToolDied(f"{name}: its process said something that cannot be read")
        if place := str(data.get("place") or ""):
            log.info("%s failed in its worker:\n%s", name, place[:_TAIL_BYTES])
        return error_from_wire(data)

    async def _serve(self, spec: ToolSpec, said: Mapping[str, Any], ctx: ToolContext) -> None:
        """Do one of the few things that a tool may ask the host for."""
        match said:
            case {"progress": str(text)}:
                ctx.progress(text)
                return
            case {"output": str(text)}:
                ctx.output(text)
                return
            case {"ask": int(number), "secret": str(name)}:
                answer = await _answered(lambda: ctx.secret(name).reveal())
            case {"ask": int(number), "records": str(name), "args": given, "kwargs": named}:
                answer = await _answered(
                    lambda: to_wire(
                        record_request(spec, ctx.records, name, from_wire(given), from_wire(named))
                    )
                )
            case _:
                raise ToolDied(f"{spec.name}: its process said something that cannot be read")
        await self._send({"answer": number, **answer})

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._write(encode(message, MAX_ANSWER_BYTES))

    async def _write(self, line: bytes) -> None:
        assert self.process.stdin is not None  # noqa: S101  opened as a pipe
        try:
            self.process.stdin.write(line)
            await self.process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._died() from error

    async def _receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101
        try:
            line = await self.process.stdout.readline()
            if line.endswith(b"\n"):
                return decode(line)
        except ValueError as error:  # too long, or not JSON
            raise ToolDied("its process said something that cannot be read") from error
        await asyncio.wait({self.process.ended}, timeout=_LAST_S)
        raise self._died()

    def _died(self) -> ToolDied:
        code = self.process.returncode
        how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
        return ToolDied(f"its process ended before it answered{how}")

    async def _last_said(self) -> None:
        """Wait until it can say nothing more."""
        await self.process.wait()
        if self._errors is not None:
            await asyncio.wait({self._errors})

    def _last_words(self) -> str:
        lines = bytes(self._tail).decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1][:300]}" if lines else ""

    async def _keep_tail(self) -> None:
        """Read what the plugin prints, so that it never blocks; the end of it is kept for who debugs it."""
        stream = self.process.stderr
        while stream is not None and (chunk := await stream.read(65_536)):
            self._tail = (self._tail + chunk)[-_TAIL_BYTES:]


async def _answered(act: Any) -> dict[str, Any]:
    """What `act` gives, or the error to be raised in the worker."""
    try:
        return {"value": await run_in_thread(act)}
    except ToolError as error:
        return {"error": error_to_wire(error)}
    except Exception as error:
        log.warning("a worker's request failed", exc_info=error)
        return {"error": error_to_wire(ToolFailed(f"This could not be done: {error}"))}


def definitions_from_wire(answer: Mapping[str, Any]) -> dict[str, Definition]:
    """The tools that a process tells of, by name; raises InvalidTool with the reason when there are none."""
    if "problem" in answer:
        raise InvalidTool(str(answer["problem"]))
    found: dict[str, Definition] = {}
    try:
        for told in answer["loaded"]:
            one = Definition.from_wire(told)
            found[one.spec.name] = one
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidTool("its process said something that cannot be read") from error
    if not found:
        raise InvalidTool("it defines no tools; mark functions with @tool from homewit.tools")
    return found


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _context_to_wire(ctx: ToolContext) -> dict[str, Any]:
    return {
        "cwd": str(ctx.cwd),
        "roots": [str(root) for root in ctx.roots],
        "protected": [str(folder) for folder in ctx.protected],
        "settings": dict(ctx.settings),
        "now": to_wire(ctx.now()),
        "approved": sorted(ctx.approved),
        "call_key": ctx.call_key,
    }
