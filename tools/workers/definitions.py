"""Knows which tools each source has: from the last time where its code is the same, else by importing it.

A source that did not finish loading, or could not be tried, is told as it was, and tried again by `retry`,
which a start need not wait for. Every other failure is found out anew each time, since its reason may lie
outside of the source.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from .code_state import code_state
from .defining import Defined, define_all
from .definition_cache import DefinitionCache, Kept
from .pool import Shield, no_shield
from .source import Source
from .worker import USUAL, WorkerLimits


class Definitions:
    """The definitions of the sources of one home; calls of its methods must not overlap.

    Args:
        cache: where they are remembered.
        cwd, limits, shield: as `define` takes them.
    """

    def __init__(
        self, cache: DefinitionCache, cwd: Path, limits: WorkerLimits = USUAL, shield: Shield = no_shield
    ) -> None:
        self._cache = cache
        self._cwd = cwd
        self._limits = limits
        self._shield = shield
        self._kept: dict[Source, Kept] | None = None
        self.untried: list[Source] = []
        """Those that did not finish loading the last time, or could not be tried: the next try may tell."""

    async def of(self, sources: Iterable[Source]) -> Sequence[Defined]:
        """What each of these has, in their order."""
        listed = list(sources)
        remembered = self._remembered()
        known = {
            source: Defined(source, kept.definitions, kept.problem)
            for source in listed
            if (kept := remembered.get(source)) is not None and kept.state == code_state(source)
        }
        self.untried += [source for source, defined in known.items() if defined.problem]
        found = await self._import([source for source in listed if source not in known])
        both = known | {one.source: one for one in found}
        return [both[source] for source in listed]

    async def retry(self, sources: Iterable[Source]) -> Sequence[Defined]:
        """Import these, whatever is remembered of them."""
        return await self._import(list(sources))

    def keep_only(self, sources: Iterable[Source]) -> None:
        """Forget what is remembered of any other source."""
        kept, wanted = self._remembered(), set(sources)
        if kept.keys() - wanted:
            self._kept = {source: one for source, one in kept.items() if source in wanted}
            self._cache.write(self._kept.values())

    async def _import(self, sources: Sequence[Source]) -> Sequence[Defined]:
        before = {source: code_state(source) for source in sources}
        found = await define_all(sources, self._cwd, self._limits, self._shield)
        kept = self._remembered()
        known = dict(kept)
        for one in found:
            state = before[one.source]
            if one.untried:
                self.untried.append(one.source)
            elif state is not None and state == code_state(one.source) and (one.definitions or one.late):
                known[one.source] = Kept(one.source, state, one.definitions, one.problem)
            else:
                known.pop(one.source, None)
        if known != kept:
            self._kept = known
            self._cache.write(known.values())
        return found

    def _remembered(self) -> dict[Source, Kept]:
        if self._kept is None:
            self._kept = {one.source: one for one in self._cache.read()}
        return self._kept
