"""A fingerprint of the program: a resident host that was started from other files is not talked to.

Covers Homewit's own modules, the interpreter, and which distributions are installed beside them (plugins come
as such). Imports nothing heavy; clients compute it at every start.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("agent", "llm", "memory", "tools")
_CODE = (".py", ".so")
_NO_CODE = frozenset({"__pycache__", "bundled", "material", "runs", "native"})


class Watched:
    """What the program was when this process read it, and whether the files have changed since."""

    def __init__(self) -> None:
        self.fingerprint = fingerprint()

    def is_outdated(self) -> bool:
        """Whether a process that starts now would be another program; blocks for some milliseconds."""
        try:
            return fingerprint() != self.fingerprint
        except OSError:  # taken away, or about to be replaced
            return True


def fingerprint() -> str:
    """The same for two processes exactly when they would load the same program."""
    parts = [sys.executable, str(_ROOT)]
    parts += [f"{name} {time}" for package in _PACKAGES for name, time in _modules(str(_ROOT / package))]
    parts += [f"{folder} {_changed(folder)}" for folder in sys.path if folder.endswith("-packages")]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _modules(folder: str) -> Iterator[tuple[str, int]]:
    """Name and time of change of each module, in a fixed order."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.endswith(_CODE):
            yield entry.path, entry.stat().st_mtime_ns
        elif "." not in entry.name and entry.name not in _NO_CODE and entry.is_dir():
            yield from _modules(entry.path)


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0
