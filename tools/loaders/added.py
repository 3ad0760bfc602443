"""The foreign sources of one home in a registry: seen, approved, suspended, removed.

What is approved is exactly what was seen: a yes names the digest of the definitions that were shown. It does
not ask anybody, and it does not know how a kind of source works.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..context import ToolContext
from ..errors import ToolFailed
from ..registry import Registry
from .definition import Definition, digest_of, what_changed
from .foreign import ForeignTool
from .python import PluginProblem
from .sources import Place, Source, Sources, read_sources, stamp, write_sources

log = logging.getLogger(__name__)

Tell = Callable[[str, Mapping[str, list[str]]], None]
"""Hears that tools of a source differ from what was approved, and how."""


class Loader(Protocol):
    """What one kind of source has to offer."""

    def tools(self, source: Source) -> list[ForeignTool]:
        """Its approved tools; nothing is contacted."""
        ...

    async def definitions(self, source: Source, ctx: ToolContext) -> dict[str, Definition]:
        """What it has now; raises ToolFailed."""
        ...

    async def forget(self, name: str) -> None:
        """Let go of what is kept for a source."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a source has now, beside what was approved of it."""

    source: Source
    definitions: dict[str, Definition]
    changes: dict[str, list[str]]
    """How tools differ from the approved ones; those that were not approved before have no entry."""

    @property
    def digest(self) -> str:
        return digest_of(self.definitions)


class AddedTools:
    """Belongs to one event loop; `loaders` has one for each kind of place."""

    def __init__(
        self, folder: Path, registry: Registry, make: Callable[[Tell], Mapping[str, Loader]]
    ) -> None:
        self._folder = folder
        self._registry = registry
        self._loaders = make(self._suspend)
        self._sources = Sources()
        self._read: object = None
        """The state of the file when it was last read."""
        self._problems: dict[str, list[PluginProblem]] = {}
        self._seen: dict[str, Seen] = {}

    @property
    def sources(self) -> Mapping[str, Source]:
        """All that were added, by name."""
        return self._sources.sources

    def refresh(self) -> None:
        """Take over what the file says, when it has changed; one that cannot be used is a problem like any
        other, and leaves everything as it was.
        """
        state = stamp(self._folder)
        if state == self._read:
            return
        self._read = state
        self._problems.pop("sources", None)
        try:
            found = read_sources(self._folder)
        except ToolFailed as error:
            self._problems["sources"] = [PluginProblem("sources", str(error))]
            return
        before, self._sources = self._sources.sources, found
        for name in before.keys() - found.sources.keys():
            self._problems.pop(name, None)
            self._registry.exchange(_label(before[name]), ())
        for name, source in found.sources.items():
            if source != before.get(name):
                self._register(source)

    def problems(self) -> list[PluginProblem]:
        """Tools that are not offered, and why."""
        return [problem for problems in self._problems.values() for problem in problems]

    async def see(self, source: Source, ctx: ToolContext, only: Iterable[str] = ()) -> Seen:
        """Contact a source; raises ToolFailed for one that gives nothing, or not what `only` names."""
        found = await self._loader(source.place).definitions(source, ctx)
        wanted = list(only) or list(found)
        if missing := [name for name in wanted if name not in found]:
            raise ToolFailed(
                f"{source.name} has no {', '.join(missing)}. It has: {', '.join(found) or 'nothing'}."
            )
        if not found:
            raise ToolFailed(f"{source.name} has no tools.")
        if unknown := [name for name in source.effects if name not in found]:
            raise ToolFailed(f"{source.name} has no {', '.join(unknown)}, for which an effect was given.")
        definitions = {name: found[name] for name in wanted}
        before = self._sources.sources[source.name].approved if source.name in self._sources.sources else {}
        changes = {
            name: what_changed(before[name], one) for name, one in definitions.items() if name in before
        }
        seen = Seen(source, definitions, {name: said for name, said in changes.items() if said})
        self._seen[source.name] = seen
        return seen

    async def approve(self, name: str, digest: str) -> Source:
        """Keep and register what was last seen of a source; raises ToolFailed when that is not `digest`."""
        seen = self._seen.pop(name, None)
        if seen is None or seen.digest != digest:
            raise ToolFailed(
                f"What {name} has is not what was shown. Look at it again with `homewit tools add`."
            )
        source = seen.source.model_copy(update={"approved": seen.definitions, "suspended": {}})
        await self._loader(source.place).forget(name)
        self._keep(self._sources.with_source(source))
        self._register(source)
        return source

    async def remove(self, name: str) -> Source:
        """Forget a source and its tools; raises ToolFailed when there is none of this name."""
        remaining = self._sources.without(name)
        source = self._sources.sources[name]
        self._keep(remaining)
        self._problems.pop(name, None)
        self._registry.exchange(_label(source), ())
        await self._loader(source.place).forget(name)
        return source

    async def close(self) -> None:
        """Let go of programs and connections."""
        for loader in dict.fromkeys(self._loaders.values()):
            await loader.close()

    def _loader(self, place: Place) -> Loader:
        return self._loaders[place.kind]

    def _keep(self, sources: Sources) -> None:
        write_sources(self._folder, sources)
        self._sources, self._read = sources, stamp(self._folder)

    def _register(self, source: Source) -> None:
        suspended = [
            PluginProblem(
                _label(source),
                f"{name} is not what you approved: {'; '.join(changes)}. "
                f"`homewit tools add {source.name}` shows it and asks you again",
            )
            for name, changes in source.suspended.items()
        ]
        tools = self._loader(source.place).tools(source)
        self._problems[source.name] = [*suspended, *self._registry.exchange(_label(source), tools)]

    def _suspend(self, name: str, changes: Mapping[str, list[str]]) -> None:
        source = self._sources.sources.get(name)
        if source is None or dict(changes) == source.suspended:
            return
        suspended = source.model_copy(update={"suspended": dict(changes)})
        self._keep(self._sources.with_source(suspended))
        self._register(suspended)
        log.warning("tools of %s are not offered any more, since they changed: %s", name, ", ".join(changes))


def _label(source: Source) -> str:
    """As `ToolSpec.source` has it."""
    return f"{source.place.kind.partition('-')[0]}:{source.name}"
