"""A file with what a program found out the hard way, so that it need not do so at the next start.

A cache and nothing more: it may be deleted at any time, and what cannot be read, or was kept by another
program, is found out anew. Holds JSON, so reading it runs nothing.
"""

import logging
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

log = logging.getLogger(__name__)

Entry = TypeVar("Entry")


class KeptFile(Generic[Entry]):
    """A list of entries in one file.

    Args:
        path: where it is.
        program: names what found the entries out: Homewit, Python and its libraries. Those of another one are
            not used.
        entries: what reads them.
    """

    def __init__(self, path: Path, program: str, entries: TypeAdapter[tuple[Entry, ...]]) -> None:
        self._path = path
        self._program = program
        self._entries = entries

    def read(self) -> tuple[Entry, ...]:
        """All that is there; nothing when there is no file, or one that cannot be used."""
        try:
            found = from_json(self._path.read_bytes())
            if not isinstance(found, dict) or found.get("program") != self._program:
                return ()
            return self._entries.validate_python(found.get("kept"))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, ValidationError) as error:
            log.info("what is known of tools is found out anew: %s", error)
            return ()

    def write(self, kept: Iterable[Entry]) -> None:
        """Keep exactly this; a folder that cannot be written to is no reason to stop."""
        data = to_json({"program": self._program, "kept": list(kept)})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            number, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.stem}-")  # 0600
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(data)
                Path(name).replace(self._path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            log.info("what is known of tools is not kept: %s", error)

    def forget(self) -> None:
        """Let the next start find everything out anew."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
