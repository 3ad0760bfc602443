"""Remembers on disk which tools a source has, so that a start does not import what has not changed.

It grants nothing, since a worker whose code has other tools than were remembered is not called (`pool.py`).
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from .definition import Definition
from .kept_file import KeptFile
from .source import Source


@dataclass(frozen=True, slots=True)
class Kept:
    """What a source had while its code was in this state.

    Attributes:
        problem: why it gave nothing, where finding that out again would take long.
    """

    source: Source
    state: str
    definitions: tuple[Definition, ...] = ()
    problem: str = ""


_ENTRIES: TypeAdapter[tuple[Kept, ...]] = TypeAdapter(tuple[Kept, ...])


class DefinitionCache(KeptFile[Kept]):
    """What is known of plugins; `path` and `program` as `KeptFile` takes them."""

    def __init__(self, path: Path, program: str) -> None:
        super().__init__(path, program, _ENTRIES)
