"""What a worker may reach, by what its tools declare: the granted folders, to read or to change, and the
network where one uses it. Homewit's own readers of what strangers wrote reach less than a plugin does.

Where the system has no sandbox that starts, workers are plain processes; `doctor` says so. While that
cannot be told, there are none: SandboxUncertain is raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..isolation.confinement import Reach
from ..sandbox import worker_shield
from ..spec import Effect, ToolSpec
from .source import OF_FILES, OF_PAGES, Source

_STAYS_HERE = frozenset({Effect.READ, Effect.RECORD, Effect.WRITE})
_CHANGES_NO_FILES = frozenset({Effect.READ, Effect.RECORD, Effect.NETWORK})


@dataclass(frozen=True, slots=True)
class ByDeclaration:
    """A `Shield`: called with the sources that a process is for and their tools, none while these are found
    out.

    Attributes:
        roots: folders that tools may change.
        hidden: folders that no worker sees, but for its own plugin in them.
    """

    roots: tuple[Path, ...]
    hidden: tuple[Path, ...]

    def __call__(self, sources: Sequence[Source], specs: Sequence[ToolSpec]) -> Sequence[str]:
        apart = len(sources) == 1 and sources[0] in (OF_FILES, OF_PAGES)
        reach = Reach(
            roots=() if list(sources) == [OF_PAGES] else self.roots,
            changes=any(spec.effect not in _CHANGES_NO_FILES for spec in specs),
            network=any(spec.effect not in _STAYS_HERE for spec in specs),
            away=(Path.home(),) if apart else (),
            hidden=self.hidden,
            shown=tuple(Path(source.where) for source in sources if source.kind == "file"),
        )
        return worker_shield(reach)
