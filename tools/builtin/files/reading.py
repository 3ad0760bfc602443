"""Files inside the granted folders: list, read, search. Nothing is changed, and nothing is cut in silence."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed
from ...files.missing import missing
from ...files.reading import read_content
from ...files.search import MAX_SEARCHED_BYTES, matches, search_below, search_file, walk
from ...isolation.paths import readable_path, shown_path
from ...text.wording import counted
from ..arguments import path_field

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
    """The text of a file, or its lines from `first_line` to `last_line` of `lines`; None: not counted."""

    text: str
    content: str = field(repr=False)
    path: str
    kind: str
    encoding: str
    pages: int
    first_line: int
    last_line: int
    lines: int | None


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


@tool(
    untrusted_output=True,
    phrases=(
        "what is (in|inside) [the|my] (folder|directory) {path}",
        "what is (in|inside) [the|my] {path} (folder|directory)",
    ),
)
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
        raise ToolFailed(missing(folder, path) or f"{path} is a file, not a folder.")
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


@tool(
    untrusted_output=True,
    phrases=(
        "(read|open) {path:it} [back|aloud] [to me]",
        "(read|open) [me] [the] [file] {path} [to me]",
    ),
)
def read_file(
    path: Annotated[str, path_field("notes.txt", "report.pdf")],
    first_line: Annotated[int | None, Field(ge=1)] = None,
    last_line: Annotated[int | None, Field(ge=1)] = None,
    *,
    ctx: ToolContext,
) -> FileText:
    """Read a text file, a PDF or Word document, or what an image tells of itself.

    Args:
        path: The file.
        first_line: The line to begin with; needed for files that are too large to read at once.
        last_line: The last line to read.
    """
    file = readable_path(path, ctx)
    read = read_content(file, path, first_line, last_line)
    shown = shown_path(file, ctx)
    text = read.text if read.text.strip() else f"{shown} is empty."
    if first_line is not None or last_line is not None:
        of = f" of {read.lines:,}" if read.lines is not None else ""
        text = f"[lines {read.first}-{read.last}{of}]\n{text}"
    return FileText(
        text, read.text, shown, read.kind, read.encoding, read.pages, read.first, read.last, read.lines
    )


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
    if problem := missing(start, path):
        raise ToolFailed(problem)
    found_lines = (
        search_below(start, query, ctx.protected, changeable=ctx.roots)
        if start.is_dir()
        else search_file(start, query)
    )
    hits = list(islice(found_lines, MAX_MATCHES + 1))
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
