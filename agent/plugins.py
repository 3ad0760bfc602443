"""The plugins of a home in the running program: loaded at the start, and again when their files change.

A file that was edited is imported anew in a process of its own before the next request, so that nobody has to
restart anything. Knows nothing of what the tools do.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..tools import PluginProblem, Registry
from ..tools.loaders.added import AddedTools
from ..tools.loaders.kinds import all_loaders
from ..tools.loaders.mcp import Logins
from ..tools.workers import (
    Defined,
    Shield,
    Source,
    WorkerLimits,
    Workers,
    define_all,
    in_folder,
    installed,
    no_shield,
)

Stamp = tuple[int, int, int]


class Plugins:
    """What entry points, drop-in files and added sources have brought into a registry."""

    def __init__(
        self,
        registry: Registry,
        workers: Workers,
        folder: Path,
        cwd: Path,
        limits: WorkerLimits,
        shield: Shield = no_shield,
        logins: Logins | None = None,
    ) -> None:
        self._registry = registry
        self._workers = workers
        self._folder = folder
        self._cwd = cwd
        self._limits = limits
        self._shield = shield
        self._files: dict[Source, Stamp] = {}
        self._problems: dict[str, list[PluginProblem]] = {}
        self._turn = asyncio.Lock()
        self.added = AddedTools(folder, registry, partial(all_loaders, logins=logins))

    def problems(self) -> tuple[PluginProblem, ...]:
        """Plugins and tools that were left out, and why."""
        own = [problem for problems in self._problems.values() for problem in problems]
        return (*own, *self.added.problems())

    def load(self) -> None:
        """Load everything, without running any of it in this process; blocks."""
        asyncio.run(self._load())

    async def refresh(self) -> None:
        """Take over what has changed in the home since the last time."""
        async with self._turn:
            files, _ = await asyncio.to_thread(self._look)
            if files != self._files:
                await self._take(files)
            await asyncio.to_thread(self.added.refresh)

    async def close(self) -> None:
        """End the programs and connections of added sources."""
        await self.added.close()

    async def _load(self) -> None:
        for defined in await define_all(installed(), self._cwd, self._limits, self._shield):
            self._exchange(defined)
        files, unread = self._look()
        for problem in unread:
            self._exchange(problem)
        await self._take(files)
        self.added.refresh()

    async def _take(self, files: Mapping[Source, Stamp]) -> None:
        gone = [source for source in self._files if source not in files]
        changed = [source for source, state in files.items() if self._files.get(source) != state]
        defined = await define_all(changed, self._cwd, self._limits, self._shield)
        for source in gone:
            self._exchange(Defined(source))
        for one in defined:
            self._exchange(one)
        for source in (*gone, *changed):
            await self._workers.forget(source)
        self._files = dict(files)

    def _exchange(self, defined: Defined) -> None:
        label = defined.source.label
        tools = [self._workers.tool(defined.source, one) for one in defined.definitions]
        problems = [PluginProblem(label, defined.problem)] if defined.problem else []
        self._problems[label] = [*problems, *self._registry.exchange(label, tools)]

    def _look(self) -> tuple[dict[Source, Stamp], list[Defined]]:
        sources, unread = in_folder(self._folder)
        return {source: state for source in sources if (state := _stamp(Path(source.where)))}, unread


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None  # it went away in this moment
    return found.st_mtime_ns, found.st_size, found.st_ino
