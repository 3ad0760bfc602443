"""Walks and searches granted folders, bounded in time spent on any one file and in what comes back.

Links are not followed, binary and huge files are skipped, hidden folders are left alone.
"""

import fnmatch
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_FILES_WALKED = 50_000
MAX_SEARCHED_BYTES = 2_000_000
_SNIFFED_BYTES = 4096
_EXCERPT = 160
_SKIPPED_FOLDERS = {"node_modules", "__pycache__", "venv", "site-packages"}


@dataclass(frozen=True, slots=True)
class Hit:
    """One line that holds the text searched for."""

    path: Path
    line: int
    excerpt: str


def walk(folder: Path, leave_out: Iterable[Path] = ()) -> Iterator[Path]:
    """Yield the files below a folder in a stable order, at most MAX_FILES_WALKED of them.

    Hidden files and folders are left alone, and so are the folders in `leave_out`.
    """
    shut = {os.path.realpath(path) for path in leave_out}
    seen = 0
    for place, folders, files in os.walk(folder):
        visible = (name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS)
        folders[:] = sorted(name for name in visible if os.path.realpath(Path(place, name)) not in shut)
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(place, name)
                seen += 1
                if seen >= MAX_FILES_WALKED:
                    return


def matches(path: Path, folder: Path, pattern: str) -> bool:
    """Whether a file fits a pattern, by its name or, when the pattern has a slash, its path. Any case."""
    relative = path.relative_to(folder).as_posix().lower()
    pattern = pattern.lower()
    if "/" not in pattern:
        return fnmatch.fnmatchcase(path.name.lower(), pattern)
    pattern = pattern.removeprefix("./")
    return fnmatch.fnmatchcase(relative, pattern) or fnmatch.fnmatchcase(relative, pattern.replace("**/", ""))


def search_file(path: Path, query: str) -> Iterator[Hit]:
    """Yield the lines of a text file that hold `query`, in any case; nothing for what is no text."""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_SEARCHED_BYTES:
            return
        data = path.read_bytes()
    except OSError:  # gone or unreadable meanwhile; the search goes on with the others
        return
    if b"\0" in data[:_SNIFFED_BYTES]:
        return
    wanted = query.casefold()
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        at = line.casefold().find(wanted)
        if at >= 0:
            yield Hit(path, number, _excerpt(line, at))


def _excerpt(line: str, at: int) -> str:
    if len(line) <= _EXCERPT:
        return line.strip()
    start = max(0, at - _EXCERPT // 3)
    cut = line[start : start + _EXCERPT].strip()
    return f"{'…' if start else ''}{cut}{'…' if start + _EXCERPT < len(line) else ''}"
