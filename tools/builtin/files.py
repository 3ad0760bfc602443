"""Files inside the granted folders: list, read, write, search. Text only, and never silently cut."""

import os
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolFailed
from ..files.search import MAX_SEARCHED_BYTES, Hit, matches, search_file, walk
from ..paths import readable_path, shown_path, writable_path
from ..spec import Effect
from ..wording import counted

MAX_READ_BYTES = 1_000_000
MAX_WRITE_BYTES = 10_000_000
MAX_LISTED = 500
MAX_MATCHES = 100


@dataclass(frozen=True, slots=True)
class FileList:
    """Paths relative to the working folder; `count` is all that fit, also beyond those listed."""

    text: str
    files: list[str]
    count: int


@dataclass(frozen=True, slots=True)
class FileText:
    """The whole content of a text file."""

    text: str
    content: str = field(repr=False)
    path: str


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and its size."""

    text: str
    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Match:
    """A line that was found."""

    path: str
    line: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Matches:
    """Lines that were found; `count` is how many are given here."""

    text: str
    matches: list[Match]
    count: int


@tool(untrusted_output=True)
def list_files(
    path: Annotated[str, Field(examples=[".", "docs"])] = ".",
    pattern: Annotated[str, Field(examples=["*", "*.pdf", "**/*.md"])] = "*",
    *,
    ctx: ToolContext,
) -> FileList:
    """List the files in a folder.

    Args:
        path: The folder.
        pattern: Which names to list; with ** also in the folders below.
    """
    folder = readable_path(path, ctx)
    if not folder.is_dir():
        raise ToolFailed(_missing(folder, path) or f"{path} is a file, not a folder.")
    pattern = _pattern(pattern)
    if "/" in pattern or "**" in pattern:
        found = [file for file in walk(folder, ctx.protected) if matches(file, folder, pattern)]
        folders: list[Path] = []
    else:
        entries = sorted(_entries(folder), key=lambda entry: entry.name.lower())
        fitting = [entry for entry in entries if matches(entry, folder, pattern)]
        if not pattern.startswith("."):
            fitting = [entry for entry in fitting if not entry.name.startswith(".")]
        found = [entry for entry in fitting if not entry.is_dir()]
        folders = [entry for entry in fitting if entry.is_dir()] if pattern == "*" else []
    files = [shown_path(file, ctx) for file in found]
    return FileList(_listing(files, folders, path, pattern, ctx), files[:MAX_LISTED], len(files))


@tool(untrusted_output=True)
def read_file(
    path: Annotated[str, Field(min_length=1, examples=["notes.txt"])], *, ctx: ToolContext
) -> FileText:
    """Read a text file.

    Args:
        path: The file.
    """
    file = readable_path(path, ctx)
    if problem := _missing(file, path):
        raise ToolFailed(problem)
    data = _read_bytes(file, path)
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ToolFailed(f"{path} is not a text file, and only text can be read here.")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    content = data.decode(encoding, "replace")
    shown = shown_path(file, ctx)
    return FileText(content if content.strip() else f"{shown} is empty.", content, shown)


async def _same_content(path: str, content: str, *, ctx: ToolContext) -> bool:
    """After a crash: whether the file now holds what was to be written."""
    file = writable_path(path, ctx)
    return file.is_file() and file.stat().st_size < MAX_WRITE_BYTES and file.read_bytes() == content.encode()


@tool(effect=Effect.WRITE, sinks=("path",), check=_same_content)
def write_file(
    path: Annotated[str, Field(min_length=1, examples=["list.txt"])], content: str, *, ctx: ToolContext
) -> Written:
    """Write text to a file, replacing the file if there is one.

    Args:
        path: The file to write.
        content: The text.
    """
    file = writable_path(path, ctx)
    if file.is_dir():
        raise ToolFailed(f"{path} is a folder; name a file in it.")
    data = content.encode("utf-8", "replace")
    if len(data) > MAX_WRITE_BYTES:
        raise ToolFailed(f"The text for {path} is larger than {MAX_WRITE_BYTES // 10**6} MB.")
    existed = file.exists()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file, data)
    except OSError as error:
        raise ToolFailed(f"{path} could not be written: {error.strerror or error}.") from error
    shown = shown_path(file, ctx)
    verb = "Replaced" if existed else "Wrote"
    return Written(f"{verb} {shown} ({counted(len(data), 'byte')}).", shown, len(data))


@tool(untrusted_output=True)
def search_files(
    query: Annotated[str, Field(min_length=1, max_length=200)],
    path: Annotated[str, Field(examples=[".", "docs"])] = ".",
    *,
    ctx: ToolContext,
) -> Matches:
    """Find lines in text files that contain some words.

    Args:
        query: The words to find, in any case.
        path: The folder or file to search.
    """
    start = readable_path(path, ctx)
    if problem := _missing(start, path):
        raise ToolFailed(problem)
    hits: list[Hit] = []
    for file in [start] if start.is_file() else walk(start, ctx.protected):
        hits.extend(search_file(file, query))
        if len(hits) > MAX_MATCHES:
            break
    found = [Match(shown_path(hit.path, ctx), hit.line, hit.excerpt) for hit in hits[:MAX_MATCHES]]
    if not found:
        limit = MAX_SEARCHED_BYTES // 10**6
        return Matches(f"No text file under {path} contains {query!r} (up to {limit} MB each).", [], 0)
    more = f"Only the first {MAX_MATCHES} matches are shown.\n" if len(hits) > MAX_MATCHES else ""
    lines = [f"{match.path}:{match.line}: {match.excerpt}" for match in found]
    return Matches(more + "\n".join(lines), found, len(found))


def _pattern(pattern: str) -> str:
    """A pattern as people give it: "pdf" or ".pdf" for an ending, a word for part of a name."""
    pattern = pattern.strip() or "*"
    if pattern in ("*.*", "all", "**"):
        return "*" if pattern != "**" else "**/*"
    if any(char in pattern for char in "*?["):
        return pattern
    return f"*{pattern}" if pattern.startswith(".") and len(pattern) <= 6 else f"*{pattern}*"


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise ToolFailed(f"{folder} cannot be listed: {error.strerror or error}.") from error


def _listing(files: list[str], folders: list[Path], path: str, pattern: str, ctx: ToolContext) -> str:
    names = [*files, *(f"{shown_path(folder, ctx)}/" for folder in folders)]
    where = "this folder" if path.strip() in ("", ".", "./") else path
    if not names:
        return f"No files in {where}." if pattern == "*" else f"No files in {where} match {pattern}."
    what = counted(len(files), "file")
    if folders:
        what += f" and {counted(len(folders), 'folder')}"
    more = f"\n… and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return f"{what} in {where}:\n" + "\n".join(names[:MAX_LISTED]) + more


def _missing(file: Path, path: str) -> str:
    """What to say when there is nothing at a path, with the nearest name there; "" when there is."""
    if file.exists():
        return ""
    import difflib

    names = [entry.name for entry in file.parent.iterdir()] if file.parent.is_dir() else []
    near = difflib.get_close_matches(file.name, names, n=1)
    return f"There is no {path}." + (f" Did you mean {near[0]}?" if near else "")


def _read_bytes(file: Path, path: str) -> bytes:
    """Read a regular file of bounded size; devices and pipes are refused, since they may never end."""
    try:
        with open(file, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ToolFailed(f"{path} is not a regular file.")
            if status.st_size > MAX_READ_BYTES:
                size = f"{status.st_size / 1e6:.1f} MB"
                raise ToolFailed(
                    f"{path} is {size}, more than the {MAX_READ_BYTES / 1e6:g} MB that can be read at once; "
                    "search_files finds lines in it."
                )
            return stream.read(MAX_READ_BYTES)
    except IsADirectoryError as error:
        raise ToolFailed(f"{path} is a folder; list_files shows what is in it.") from error
    except OSError as error:
        raise ToolFailed(f"{path} could not be read: {error.strerror or error}.") from error


def _replace(file: Path, data: bytes) -> None:
    """Write beside the file and rename, so that a crash leaves the old content or the new, never half."""
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(prefix=f".{file.name[:100]}.", suffix=".tmp", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink()
        raise


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    current = os.umask(0o077)
    os.umask(current)
    return current
