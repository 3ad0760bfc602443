"""What a worker is told to import: a drop-in file, an entry point, or a module of Homewit's own.

Plain data, which travels to the worker as JSON. Imports nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Source:
    """Where the code of some tools is.

    Attributes:
        kind: how `where` is read.
        label: what people see, such as "file:weather.py" or "entry-point:my-mail".
        where: an absolute path; or "module" or "module:attribute", as in an entry point.
    """

    kind: Literal["file", "object"]
    label: str
    where: str

    def to_wire(self) -> dict[str, Any]:
        """The source as JSON says it."""
        return asdict(self)

    @classmethod
    def from_wire(cls, data: dict[str, Any]) -> "Source":
        """Read what `to_wire` has written."""
        return cls(**data)


OF_FILES = Source("object", "builtin", "homewit.tools.builtin.apart:TAKES_FILES_APART")
OF_PAGES = Source("object", "builtin", "homewit.tools.builtin.apart:TAKES_PAGES_APART")
OF_MAIL = Source("object", "builtin", "homewit.tools.builtin.apart:TAKES_MAIL_APART")
"""Homewit's own tools that read what strangers wrote: three sources, so that what parses a file has no
network, and what parses a page no files.
"""
