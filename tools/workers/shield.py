"""What a worker may reach, by what its tools declare: the granted folders, and the network where one uses it.

Where the system has no sandbox that starts, workers are plain processes; `doctor` says which it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..sandbox import worker_shield
from ..spec import Effect, ToolSpec
from .source import Source

_STAYS_HERE = frozenset({Effect.READ, Effect.RECORD, Effect.WRITE})


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
        network = any(spec.effect not in _STAYS_HERE for spec in specs)
        shown = [Path(source.where) for source in sources if source.kind == "file"]
        return worker_shield(self.roots, self.hidden, shown, network)
