"""A tool that a source has, as data: all that the host ever holds of somebody else's code.

What was loaded, shown or remembered is compared with what a worker has before that worker is called.
"""

from dataclasses import dataclass, replace

from ..spec import ToolSpec
from .wire import SPECS


@dataclass(frozen=True, slots=True)
class Definition:
    """Its spec, and what its code has beside the call itself: "check", "undo", "preview"."""

    spec: ToolSpec
    parts: frozenset[str] = frozenset()

    def agrees(self, other: "Definition") -> bool:
        """Whether both are the same in everything; where a source is, it is not asked itself."""
        return self.parts == other.parts and _plain(self.spec) == _plain(other.spec)


def _plain(spec: ToolSpec) -> dict[str, object]:
    """As it comes out of a worker, where tuples are lists."""
    return SPECS.dump_python(replace(spec, source=""), mode="json")
