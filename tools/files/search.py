"""Walks and searches granted folders, bounded in time spent on any one file and in what comes back.

A small folder is read file by file; of a large one, ripgrep names the files that may hold the words, where it
is installed, and these alone are read. Folders are walked by their descriptors, so a link that appears
meanwhile leads nowhere. Links are not followed, binary and huge files are skipped, hidden folders left alone.
"""

import fnmatch
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import PathDenied, ToolFailed
from .candidates import candidates
from .places import open_file, open_folder, parent_of
from .texts import is_binary, read_text

MAX_FILES_WALKED = 50_000
MAX_SEARCHED_BYTES = 2_000_000
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
READ_BEFORE_ASKING = 300
"""Files that are read before ripgrep is asked about the others."""
_EXCERPT = 160


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
    return (path for path, _, _ in _visited(folder, _real(leave_out)))


def search_below(
    folder: Path,
    query: str,
    leave_out: Iterable[Path] = (),
    read_first: int = READ_BEFORE_ASKING,
    changeable: Collection[Path] = (),
) -> Iterator[Hit]:
    """Yield the lines that hold `query`, in any case, in the text files below a folder, in a stable order.

    Without ripgrep, the first MAX_FILES_WALKED files are searched; one in the folders that are `changeable`
    by tools is not used.
    """
    shut = _real(leave_out)
    for number, (path, name, place) in enumerate(_visited(folder, shut), 1):
        yield from _hits(path, name, place, query)
        if number == read_first:
            found = candidates(folder, query, MAX_SEARCHED_BYTES, SKIPPED_FOLDERS, changeable)
            if found is not None:
                yield from _among(found, folder, query, shut, after=_rank(path, folder))
                return


def _among(
    paths: Iterable[Path], folder: Path, query: str, shut: set[str], after: tuple[tuple[int, str], ...]
) -> Iterator[Hit]:
    """Yield the lines of those of these files that a walk comes to later than `after`."""
    ranked = sorted((rank, path) for path in paths if (rank := _rank(path, folder)) > after)
    for _, path in ranked:
        if any(str(parent) in shut for parent in path.parents):
            continue
        with suppress(OSError, PathDenied):  # gone, or a link by now
            yield from search_file(path, query)


def _rank(path: Path, folder: Path) -> tuple[tuple[int, str], ...]:
    """Where a file stands in a walk: in each folder files come first, by name."""
    *folders, name = path.relative_to(folder).parts
    return (*((1, part) for part in folders), (0, name))


def search_file(path: Path, query: str) -> Iterator[Hit]:
    """Yield the lines of a text file that hold `query`, in any case; nothing for what is no text."""
    with parent_of(path) as (folder, name):
        yield from _hits(path, name, folder, query)


def matches(path: Path, folder: Path, pattern: str) -> bool:
    """Whether a file fits a pattern, by its name or, when the pattern has a slash, its path. Any case."""
    relative = path.relative_to(folder).as_posix().lower()
    pattern = pattern.lower()
    if "/" not in pattern:
        return fnmatch.fnmatchcase(path.name.lower(), pattern)
    pattern = pattern.removeprefix("./")
    return fnmatch.fnmatchcase(relative, pattern) or fnmatch.fnmatchcase(relative, pattern.replace("**/", ""))


def excerpt(line: str, at: int) -> str:
    """A line that is short enough to show, cut around the place `at` where it is long."""
    if len(line) <= _EXCERPT:
        return line.strip()
    start = max(0, at - _EXCERPT // 3)
    cut = line[start : start + _EXCERPT].strip()
    return f"{'…' if start else ''}{cut}{'…' if start + _EXCERPT < len(line) else ''}"


def _real(paths: Iterable[Path]) -> set[str]:
    return {os.path.realpath(path) for path in paths}


def _visited(folder: Path, shut: set[str]) -> Iterator[tuple[Path, str, int]]:
    """Files with their names and the open folders that hold them; `shut` are folders that are not entered."""
    seen = 0
    with open_folder(folder) as start:
        for place, folders, files, inside in os.fwalk(".", dir_fd=start):
            here = folder / place
            visible = (name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
            folders[:] = sorted(name for name in visible if str(here / name) not in shut)
            for name in sorted(files):
                if name.startswith("."):
                    continue
                yield here / name, name, inside
                seen += 1
                if seen >= MAX_FILES_WALKED:
                    return


def _hits(path: Path, name: str, folder: int, query: str) -> Iterator[Hit]:
    try:
        with open_file(name, folder, name) as stream:
            if os.fstat(stream.fileno()).st_size > MAX_SEARCHED_BYTES:
                return
            data = stream.read(MAX_SEARCHED_BYTES)
    except (
        OSError,
        PathDenied,
        ToolFailed,
    ):  # gone, unreadable or no file; the search goes on with the others
        return
    if is_binary(data):
        return
    wanted = query.casefold()
    for number, line in enumerate(read_text(data, guess=False).content.splitlines(), 1):
        at = line.casefold().find(wanted)
        if at >= 0:
            yield Hit(path, number, excerpt(line, at))
