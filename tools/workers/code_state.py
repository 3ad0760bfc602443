"""Tells whether the code of a source is still what it was, without importing any of it.

A drop-in file is its bytes. An entry point is the Python files of the package that it names, also where that
is being worked on (`pip install -e`). What such code reads or imports elsewhere is not seen here.
"""

import hashlib
import importlib.util
import os
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

from .source import Source

_CODE = (".py", ".so", ".pyd")


def code_state(source: Source) -> str | None:
    """A digest that changes whenever the code does; None where that cannot be told."""
    try:
        if source.kind == "file":
            return hashlib.sha256(Path(source.where).read_bytes()).hexdigest()
        return _package_state(source.where.partition(":")[0].partition(".")[0])
    except OSError:
        return None


def _package_state(name: str) -> str | None:
    try:
        found = importlib.util.find_spec(name)  # imports nothing, since there is no dot in the name
    except (ImportError, ValueError):
        return None
    files = sorted(map(_stamp, _files(found))) if found is not None else []
    return hashlib.sha256("\n".join(files).encode("utf-8", "surrogateescape")).hexdigest() if files else None


def _files(found: ModuleSpec) -> Iterator[Path]:
    """The file of a module, or all that hold code of a package."""
    if found.submodule_search_locations is None:
        if found.origin is not None and found.has_location:
            yield Path(found.origin)
        return
    for location in found.submodule_search_locations:
        for folder, _, names in os.walk(location):
            yield from (Path(folder, name) for name in names if name.endswith(_CODE))


def _stamp(path: Path) -> str:
    seen = path.stat()
    return f"{path} {seen.st_size} {seen.st_mtime_ns}"
