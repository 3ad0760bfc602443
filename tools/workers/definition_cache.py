"""Remembers on disk which tools a source has, so that a start does not import what has not changed.

A cache and nothing more: it may be deleted at any time, and what cannot be read is made anew. It grants
nothing, since a worker whose code has other tools than were remembered is not called (`pool.py`).
"""

import logging
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from .definition import Definition
from .source import Source

log = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class _File:
    program: str
    kept: tuple[Kept, ...]


_FILES: TypeAdapter[_File] = TypeAdapter(_File)


class DefinitionCache:
    """One file.

    Args:
        path: where it is.
        program: names what makes definitions of code: Homewit, Python and its libraries. Those of another one
            are not used.
    """

    def __init__(self, path: Path, program: str) -> None:
        self._path = path
        self._program = program

    def read(self) -> dict[Source, Kept]:
        """All that is there; nothing when there is no file, or one that cannot be read."""
        try:
            found = _FILES.validate_python(from_json(self._path.read_bytes()))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, ValidationError) as error:
            log.info("what is known of plugins is found out anew: %s", error)
            return {}
        return {one.source: one for one in found.kept} if found.program == self._program else {}

    def write(self, kept: Iterable[Kept]) -> None:
        """Keep exactly this; a folder that cannot be written to is no reason to stop."""
        data = to_json(_File(self._program, tuple(kept)))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            number, name = tempfile.mkstemp(dir=self._path.parent, prefix=".plugins-")  # for the user alone
            with os.fdopen(number, "wb") as file:
                file.write(data)
            Path(name).replace(self._path)
        except OSError as error:
            log.info("what is known of plugins is not kept: %s", error)
