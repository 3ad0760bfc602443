"""Keeps workers: warm ones for the next call, no more than allowed, none longer than useful.

Each source has processes of its own, so that plugins do not meet. A worker serves one call at a time; a call
that is cancelled, or out of time, takes its process with it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..calling.threads import run_in_thread
from ..context import ToolContext
from ..errors import InvalidTool, ToolDenied, ToolDied, ToolFailed, ToolTimeout
from ..spec import AnyTool, ToolSpec
from .definition import Definition
from .remote import RemoteTool
from .source import Source
from .worker import USUAL, Worker, WorkerLimits

_OVERTIME_S = 2.0  # for a tool that keeps its own time, to say so itself

Shield = Callable[[Sequence[Source], Sequence[ToolSpec]], Sequence[str]]


def no_shield(sources: Sequence[Source], specs: Sequence[ToolSpec]) -> Sequence[str]:
    """Workers as plain processes."""
    return ()


@dataclass(slots=True)
class _Crew:
    """The workers of one source."""

    idle: list[Worker] = field(default_factory=list)
    busy: set[Worker] = field(default_factory=set)
    starting: int = 0
    free: asyncio.Condition = field(default_factory=asyncio.Condition)
    outdated: bool = False


class Workers:
    """The workers of one agent; belongs to one event loop once it is used.

    Args:
        cwd: the folder that they run in.
        limits: what each may take.
        shield: how a source is shut in, given its tools.
        per_source: most processes of one source.
        idle_s: seconds after which one that nobody needs is ended.
    """

    def __init__(
        self,
        cwd: Path,
        limits: WorkerLimits = USUAL,
        *,
        shield: Shield = no_shield,
        per_source: int = 4,
        idle_s: float = 300.0,
    ) -> None:
        self._cwd = cwd
        self._limits = limits
        self._shield = shield
        self._per_source = per_source
        self._idle_s = idle_s
        self._crews: dict[Source, _Crew] = {}
        self._specs: dict[Source, list[ToolSpec]] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self.outdated: set[Source] = set()
        """Sources whose code was found not to be what was loaded; whoever loads them again takes them out."""

    def tool(self, source: Source, definition: Definition) -> RemoteTool:
        """A tool of a source, to be run by these workers; it says where it comes from."""
        spec = replace(definition.spec, source=source.label)
        self._specs.setdefault(source, []).append(spec)
        return RemoteTool(spec, source, self, definition.parts)

    def builtin(self, source: Source, tool: AnyTool, parts: frozenset[str]) -> RemoteTool:
        """One of Homewit's own tools with these parts, to be run by these workers."""
        self._specs.setdefault(source, []).append(tool.spec)
        return RemoteTool(tool.spec, source, self, parts, tool.validate)

    async def call(
        self, source: Source, definition: Definition, part: str, args: Any, ctx: ToolContext
    ) -> Any:
        """Call a tool of a source in a worker; see `Worker.call`. Raises ToolTimeout when its time is up."""
        spec, crew = definition.spec, self._crews.setdefault(source, _Crew())
        worker = await self._take(crew, source, definition)
        healthy = False
        try:
            answer = await worker.call(spec, part, args, ctx, spec.timeout_s + _OVERTIME_S)
            healthy = True
            return answer
        except TimeoutError as error:
            raise ToolTimeout(f"{spec.name} did not finish within {spec.timeout_s:g} seconds") from error
        except ToolDied as error:
            raise ToolDied(f"{spec.name} failed: {error}") from error
        except ToolTimeout:
            raise
        except Exception:
            healthy = True  # the tool's own failure, told in good order
            raise
        finally:
            await self._give_back(crew, worker, healthy)

    async def forget(self, source: Source) -> None:
        """End the workers of a source whose code has changed or is gone; calls under way end first."""
        self._specs.pop(source, None)
        if (crew := self._crews.pop(source, None)) is None:
            return
        crew.outdated = True
        idle, crew.idle = crew.idle, []
        for worker in idle:
            if worker.farewell is not None:
                worker.farewell.cancel()
            await worker.end()

    async def close(self) -> None:
        """End all of them, at once."""
        crews, self._crews = list(self._crews.values()), {}
        for crew in crews:
            crew.outdated = True
            for worker in (*crew.idle, *crew.busy):
                if worker.farewell is not None:
                    worker.farewell.cancel()
                await worker.end()
        if self._farewells:  # each is ending a process, which has to be waited for
            await asyncio.wait(self._farewells)

    async def _take(self, crew: _Crew, source: Source, pinned: Definition) -> Worker:
        async with crew.free:
            while True:
                while crew.idle:
                    worker = crew.idle.pop()
                    if worker.farewell is not None:
                        worker.farewell.cancel()
                    if worker.fit(self._limits):
                        crew.busy.add(worker)
                        return worker
                    await worker.end()
                if len(crew.busy) + crew.starting < self._per_source:
                    crew.starting += 1
                    break
                await crew.free.wait()
        try:
            worker = await self._start(source, pinned)
            crew.busy.add(worker)
            return worker
        finally:
            crew.starting -= 1
            async with crew.free:
                crew.free.notify()

    async def _start(self, source: Source, pinned: Definition) -> Worker:
        spec = pinned.spec
        try:
            shield = await run_in_thread(self._shield, [source], self._specs.get(source, [spec]))
            worker = await Worker.start(source, self._limits, self._cwd, shield)
        except InvalidTool as error:
            self.outdated.add(source)
            raise ToolFailed(f"{spec.name} cannot be called: {source.label}: {error}") from error
        found = worker.definitions.get(spec.name)
        if found is None or not found.agrees(pinned):
            self.outdated.add(source)
            await worker.end()
            raise ToolDenied(
                f"{spec.name} was not called: {source.label} has changed since it was loaded. "
                "`homewit tools show` tells what it is now."
            )
        return worker

    async def _give_back(self, crew: _Crew, worker: Worker, healthy: bool) -> None:
        crew.busy.discard(worker)
        if healthy and not crew.outdated and worker.fit(self._limits):
            crew.idle.append(worker)
            worker.farewell = asyncio.get_running_loop().call_later(
                self._idle_s, lambda: self._later(self._retire(crew, worker))
            )
        else:
            await worker.end()
        async with crew.free:
            crew.free.notify()

    async def _retire(self, crew: _Crew, worker: Worker) -> None:
        """End the worker unless it was taken in this moment."""
        if worker in crew.idle:
            crew.idle.remove(worker)
            await worker.end()

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)
