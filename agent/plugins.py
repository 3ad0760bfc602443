"""The plugins of a home in the running program: loaded at the start, and again when their files change.

A file that was edited is imported anew in a process of its own before the next request, so that nobody has to
restart anything. Knows nothing of what the tools do.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from ..tools import PluginProblem, Registry
from ..tools.loaders.added import AddedTools
from ..tools.loaders.kinds import all_loaders
from ..tools.loaders.mcp import Logins
from ..tools.workers.defining import Defined
from ..tools.workers.definitions import Definitions
from ..tools.workers.pool import Workers
from ..tools.workers.source import Source
from ..tools.workers.sources import in_folder, installed

Stamp = tuple[int, int, int]


class Plugins:
    """What entry points, drop-in files and added sources have brought into a registry."""

    def __init__(
        self,
        registry: Registry,
        workers: Workers,
        definitions: Definitions,
        folder: Path,
        logins: Logins | None = None,
    ) -> None:
        self._registry = registry
        self._workers = workers
        self._definitions = definitions
        self._folder = folder
        self._files: dict[Source, Stamp] = {}
        self._defined: dict[str, dict[Source, Defined]] = {}
        """By label, since a distribution may have several entry points."""
        self._problems: dict[str, list[PluginProblem]] = {}
        self._turn = asyncio.Lock()
        self._retrying: asyncio.Task[None] | None = None
        self.added = AddedTools(folder, registry, partial(all_loaders, logins=logins))

    def problems(self) -> tuple[PluginProblem, ...]:
        """Plugins and tools that were left out, and why."""
        own = [problem for problems in self._problems.values() for problem in problems]
        return (*own, *self.added.problems())

    def load(self) -> None:
        """Load everything, without running any of it in this process; blocks."""
        asyncio.run(self._load())

    async def refresh(self) -> list[PluginProblem]:
        """Take over what has changed in the home since the last time; answers what is left out since then."""
        before = self.problems()
        if self._definitions.untried and (self._retrying is None or self._retrying.done()):
            late, self._definitions.untried = self._definitions.untried, []
            self._retrying = asyncio.create_task(self._retry(late))
        async with self._turn:
            files, _ = await asyncio.to_thread(self._look)
            if files != self._files or self._workers.outdated:
                await self._take(files)
            await asyncio.to_thread(self.added.refresh)
        return [problem for problem in self.problems() if problem not in before]

    async def settled(self) -> None:
        """Wait until nothing is being tried again."""
        if self._retrying is not None:
            await asyncio.wait({self._retrying})

    async def close(self) -> None:
        """End the programs and connections of added sources."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.wait({self._retrying})
        await self.added.close()

    async def _load(self) -> None:
        self._files, unread = self._look()
        sources = [*installed(), *self._files]
        self._definitions.keep_only(sources)
        self._show([*unread, *await self._definitions.of(sources)])
        self.added.refresh()

    async def _take(self, files: Mapping[Source, Stamp]) -> None:
        outdated = self._outdated()
        gone = [source for source in self._files if source not in files]
        changed = [source for source, state in files.items() if self._files.get(source) != state]
        again = outdated.difference(gone, changed)
        found = [*await self._definitions.of(changed), *await self._definitions.retry(again)]
        for source in (*gone, *changed, *again):
            await self._workers.forget(source)
        self._files = dict(files)
        self._show([*(Defined(source) for source in gone), *found])

    def _outdated(self) -> set[Source]:
        """Plugins whose workers have other tools than were loaded, although their files look the same."""
        known = {source for sources in self._defined.values() for source in sources}
        found = self._workers.outdated & known
        self._workers.outdated.clear()
        return found

    async def _retry(self, late: Sequence[Source]) -> None:
        """Try again what did not finish loading the last time; meanwhile it is a problem like any other."""
        before = {source: self._files.get(source) for source in late}
        found = await self._definitions.retry(late)
        async with self._turn:
            self._show([one for one in found if self._files.get(one.source) == before[one.source]])

    def _show(self, found: Sequence[Defined]) -> None:
        """Let the registry have what these sources have now."""
        for one in found:
            self._defined.setdefault(one.source.label, {})[one.source] = one
        for label in dict.fromkeys(one.source.label for one in found):
            self._exchange(label, self._defined[label].values())

    def _exchange(self, label: str, found: Iterable[Defined]) -> None:
        tools = [
            self._workers.tool(one.source, definition) for one in found for definition in one.definitions
        ]
        problems = [PluginProblem(label, one.problem) for one in found if one.problem]
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
