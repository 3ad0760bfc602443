"""Keeps workers: warm ones for the next call, no more than allowed, none longer than useful.

Each source has processes of its own, so that plugins do not meet. A worker serves one call at a time; a call
that is cancelled, or out of time, takes its process with it. Whoever may be cancelled holds a place for as
long as a block lasts; everything else that changes hands does so between two turns of the event loop.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..calling.threads import run_in_thread
from ..context import ToolContext
from ..errors import InvalidTool, SandboxUncertain, ToolDenied, ToolDied, ToolFailed, ToolTimeout
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
    """The workers of one source that do nothing, and places for calls; whoever has a place has a worker."""

    places: asyncio.Semaphore
    idle: list[Worker] = field(default_factory=list)
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
        self._running: set[Worker] = set()
        self._closed = False
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
        spec, crew = definition.spec, self._crew(source)
        async with crew.places:
            worker = await self._take(crew, source, definition)
            try:
                return await worker.call(spec, part, args, ctx, spec.timeout_s + _OVERTIME_S)
            except TimeoutError as error:
                raise ToolTimeout(f"{spec.name} did not finish within {spec.timeout_s:g} seconds") from error
            except ToolDied as error:
                raise ToolDied(f"{spec.name} failed: {error}") from error
            finally:
                await self._give_back(crew, worker)

    async def forget(self, source: Source) -> None:
        """End the workers of a source whose code has changed or is gone; calls under way end first."""
        self._specs.pop(source, None)
        if (crew := self._crews.pop(source, None)) is None:
            return
        crew.outdated = True
        await self._ended(*crew.idle)

    async def close(self) -> None:
        """End all of them, at once; calls under way fail, and so do later ones."""
        self._closed = True
        await self._ended(*self._running)

    def _crew(self, source: Source) -> _Crew:
        if source not in self._crews:
            self._crews[source] = _Crew(asyncio.Semaphore(self._per_source))
        return self._crews[source]

    def _check_open(self, spec: ToolSpec) -> None:
        if self._closed:
            raise ToolFailed(f"{spec.name} was not called, since Homewit is ending")

    async def _take(self, crew: _Crew, source: Source, pinned: Definition) -> Worker:
        self._check_open(pinned.spec)
        while crew.idle:
            worker = crew.idle.pop()
            if worker.farewell is not None:
                worker.farewell.cancel()
            if worker.fit():
                return worker
            await self._ended(worker)
        return await self._start(source, pinned)

    async def _start(self, source: Source, pinned: Definition) -> Worker:
        spec = pinned.spec
        try:
            shield = await run_in_thread(self._shield, [source], self._specs.get(source, [spec]))
        except SandboxUncertain as error:
            raise SandboxUncertain(f"{spec.name} was not called. {error}") from error
        worker = await Worker.start(source, self._limits, self._cwd, shield)
        self._running.add(worker)
        worker.process.ended.add_done_callback(lambda ended: self._over(worker))
        try:
            self._check_open(spec)
            await worker.load()
            found = worker.definitions.get(spec.name)
            if found is None or not found.agrees(pinned):
                self.outdated.add(source)
                raise ToolDenied(
                    f"{spec.name} was not called: {source.label} has changed since it was loaded. "
                    "`homewit tools show` tells what it is now."
                )
        except InvalidTool as error:
            self.outdated.add(source)
            await self._ended(worker)
            raise ToolFailed(f"{spec.name} cannot be called: {source.label}: {error}") from error
        except BaseException:
            await self._ended(worker)
            raise
        return worker

    async def _give_back(self, crew: _Crew, worker: Worker) -> None:
        """Keep it for the next call where that may have it."""
        if crew.outdated or self._closed or not worker.fit():
            await self._ended(worker)
            return
        crew.idle.append(worker)
        worker.farewell = asyncio.get_running_loop().call_later(self._idle_s, self._retire, crew, worker)

    def _retire(self, crew: _Crew, worker: Worker) -> None:
        crew.idle.remove(worker)
        worker.end()

    async def _ended(self, *workers: Worker) -> None:
        """End them, at once; whoever is cancelled does not wait for that, and `close` still does."""
        for worker in workers:
            worker.end()
        if workers:
            await asyncio.wait([worker.process.ended for worker in workers])

    def _over(self, worker: Worker) -> None:
        worker.end()  # which lets go of its pipes, also where it has ended by itself
        self._running.discard(worker)
