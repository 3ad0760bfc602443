"""Files inside the granted folders: list, read, search. Nothing is changed, and nothing is cut in silence."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed, ToolRetry
from ...files.missing import missing
from ...files.reading import read_content
from ...files.search import MAX_SEARCHED_BYTES, matches, search_below, search_file, walk
from ...files.trees import size_words
from ...isolation.paths import readable_path, shown_path
from ...text.wording import counted
from ...when.periods import parse_period
from ..arguments import path_field

Order = Literal["name", "largest", "smallest", "newest", "oldest"]

MAX_LISTED = 500
MAX_MATCHES = 100
_LINES = "[(read|show|view|display|print|give|get|what is)] [me] [the]"
_SHOW = "[(show|list|display|find|get)] [me]"
_ALL = "[(the|my|all|all the|all my)]"
_WHICH = "[(show|list|find|get|what is|which is|what are|which are)] [me] [the]"
_IN_FOLDER = "(in|inside) [the|my] [(folder|directory)] {path:path} [(folder|directory)]"
_KINDS = tuple(
    (f"*.{ending}", f"({name} (files|documents)|{ending}s)")
    for ending, name in (
        ("pdf", "pdf"), ("csv", "csv"), ("md", "markdown"), ("docx", "word"), ("jpg", "jpg"), ("png", "png"),
        ("txt", "(text|txt)"),
    )
)  # fmt: skip
_ENDINGS = ("pdf", "txt", "md", "docx", "csv", "xlsx", "jpg", "png", "zip")
_ORDERS = (
    ("largest", "(largest|biggest)"),
    ("smallest", "smallest"),
    ("newest", "(newest|latest|most recent|recent|last changed)"),
    ("oldest", "(oldest|old)"),
)
_FILES = "[(a|the|my|all|all the|all my)] (files|documents)"


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
        "what is in (this|the current) folder",
        "ls",
        f"{_SHOW} {_FILES} [(here|in here|in this folder)]",
        "(what|which) files (are|do i have) [there] [(here|in here|in this folder)]",
        f"{_SHOW} {_FILES} {_IN_FOLDER}",
        f"[(how many|what|which)] files [are] [there] {_IN_FOLDER}",
        f"{_SHOW} [the] contents of [the] (folder|directory) {{path:path}}",
        f"{_SHOW} [the] contents of [the] {{path:path}} (folder|directory)",
        f"{_SHOW} {_FILES} [that i] [(changed|modified|edited|saved)] [from|of] {{period:when}} "
        "{order=newest}",
        "[(show|open|list)] [me] (the|my) {path:path} (folder|directory)",
        *(f"which file is [the] {words} {{order={order}}}" for order, words in _ORDERS),
        "how (big|large) is [the] [file] {pattern:path} {order=largest}",
        "[(what is|whats)] [the] size of [the] [file] {pattern:path} {order=largest}",
        "when was [the] [file] {pattern:path} [last] (changed|modified|edited|saved) {order=newest}",
        *(f"(find|where is|locate) [the|my] [file] {{pattern:*.{one}}}" for one in _ENDINGS),
        *(f"{_SHOW} {_ALL} {names} [(here|in this folder)] {{pattern={one}}}" for one, names in _KINDS),
        *(f"{_SHOW} {_ALL} {names} {_IN_FOLDER} {{pattern={one}}}" for one, names in _KINDS),
        *(
            f"{_WHICH} {words} (file|files) [here|there|in here|in this folder] {{order={order}}}"
            for order, words in _ORDERS
        ),
        *(f"{_WHICH} {words} (file|files) {_IN_FOLDER} {{order={order}}}" for order, words in _ORDERS),
    ),
)
def list_files(
    path: Annotated[str, Field(examples=[".", "docs"])] = ".",
    pattern: Annotated[str, Field(examples=["*", "*.pdf", "**/*.md"])] = "*",
    order: Order = "name",
    period: Annotated[str | None, Field(max_length=100, examples=["today", "last week"])] = None,
    *,
    ctx: ToolContext,
) -> FileList:
    """List the files in a folder.

    Args:
        path: The folder.
        pattern: Which names to list; with ** also in the folders below, as is a file that is not here.
        order: Which to list first; all but names list files alone, with their sizes or when they changed.
        period: Only files that were changed then.
    """
    folder = readable_path(path, ctx)
    if not folder.is_dir():
        raise ToolFailed(missing(folder, path) or f"{path} is a file, not a folder.")
    is_name = "." in pattern.strip(".") and not any(char in pattern for char in "*?[/")
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
        if is_name and not found:
            found = [file for file in walk(folder, ctx.protected) if matches(file, folder, pattern)]
    if order != "name" or period is not None:
        return _ordered(found, path, pattern, order, period, ctx)
    files = [shown_path(file, ctx) for file in found]
    return FileList(_listing(files, folders, path, pattern, ctx), files[:MAX_LISTED], len(files))


@tool(
    untrusted_output=True,
    phrases=(
        "(read|open) {path:it} [back|aloud] [to me]",
        "(read|open|show|view|display|print|cat) [me] [the] [file] {path} [to me]",
        "[(read|show|view|display|print|give|get)] [me] [the] (text|content|contents) of [the] [file] {path}",
        "what is in [the|my] file {path}",
        f"{_LINES} line [number] {{first_line}} (of|in|from) [the] [file] {{path}} {{last_line=@first_line}}",
        f"{_LINES} last line (of|in|from) [the] [file] {{path}} {{last_lines=1}}",
        f"{_LINES} last {{last_lines}} lines (of|in|from) [the] [file] {{path}}",
        f"{_LINES} first line (of|in|from) [the] [file] {{path}} {{first_line=1}} {{last_line=1}}",
        f"{_LINES} first {{last_line}} lines (of|in|from) [the] [file] {{path}} {{first_line=1}}",
        f"{_LINES} lines [from] {{first_line}} (to|until|through|and) {{last_line}} (of|in|from) [the] "
        "[file] {path}",
        f"{_LINES} lines {{first_line}}(-|–){{last_line}} (of|in|from) [the] [file] {{path}}",
    ),
)
def read_file(
    path: Annotated[str, path_field("notes.txt", "report.pdf")],
    first_line: Annotated[int | None, Field(ge=1)] = None,
    last_line: Annotated[int | None, Field(ge=1)] = None,
    last_lines: Annotated[int | None, Field(ge=1)] = None,
    *,
    ctx: ToolContext,
) -> FileText:
    """Read a text file, a PDF or Word document, or what an image tells of itself.

    Args:
        path: The file.
        first_line: The line to begin with; needed for files that are too large to read at once.
        last_line: The last line to read.
        last_lines: Only so many lines at the end.
    """
    if last_lines is not None and (first_line is not None or last_line is not None):
        raise ToolRetry("The lines at the end are counted from there.", "Give last_lines alone.")
    file = readable_path(path, ctx)
    read = read_content(file, path, first_line, last_line, last_lines)
    shown = shown_path(file, ctx)
    text = read.text if read.text.strip() else f"{shown} is empty."
    if first_line is not None or last_line is not None or last_lines is not None:
        of = f" of {read.lines:,}" if read.lines is not None else ""
        text = f"[lines {read.first}-{read.last}{of}]\n{text}"
    return FileText(
        text, read.text, shown, read.kind, read.encoding, read.pages, read.first, read.last, read.lines
    )


@tool(
    untrusted_output=True,
    phrases=(
        f"[(find|show|list|search)] [me] {_FILES} (containing|mentioning|that (contain|mention)|about) "
        "{query:words}",
        f"[(find|show|list)] [me] {_FILES} (with|that have) the (word|words|text) {{query:words}}",
        f"which {_FILES} (contain|mention|have the (word|words)) {{query:words}}",
        f"(search|look through|grep) [in] {_FILES} for {{query:words}}",
        f"(find|search for|look for) [the (word|words|text)] {{query:words}} in {_FILES}",
    ),
)
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


def _ordered(
    found: list[Path], path: str, pattern: str, order: Order, period: str | None, ctx: ToolContext
) -> FileList:
    """Files by their sizes or by when they were changed, each with that."""
    zone, span = ctx.now().tzinfo, period and parse_period(period, ctx.now().date())
    seen: list[tuple[Path, int, datetime]] = []
    for file in found:
        with suppress(OSError):  # gone in the meantime, or a link that leads nowhere
            status = file.stat()
            changed = datetime.fromtimestamp(status.st_mtime, zone)
            if not span or span.start <= changed.date() <= span.end:
                seen.append((file, status.st_size, changed))
    by_size = order in ("largest", "smallest")
    if order != "name":
        seen.sort(key=lambda one: one[1] if by_size else one[2], reverse=order in ("largest", "newest"))
    files = [shown_path(file, ctx) for file, _, _ in seen]
    said = {
        shown: size_words(size) if by_size else f"{changed:%Y-%m-%d %H:%M}"
        for shown, (_, size, changed) in zip(files, seen, strict=True)
    }
    where = _place(path)
    if not files:
        fitting = "" if pattern == "*" else f" that match {pattern}"
        return FileList(f"No files in {where}{fitting}{f' changed {span.phrase}' if span else ''}.", [], 0)
    head = counted(len(files), "file") + f" in {where}"
    head += f" changed {span.phrase}" if span else ""
    head += f", the {order} first" if order != "name" and len(files) > 1 else ""
    lines = [f"{shown}  ({said[shown]})" for shown in files[:MAX_LISTED]]
    more = f"\n… and {len(files) - MAX_LISTED} more" if len(files) > MAX_LISTED else ""
    return FileList(f"{head}:\n" + "\n".join(lines) + more, files[:MAX_LISTED], len(files))


def _place(path: str) -> str:
    return "this folder" if path.strip() in ("", ".", "./") else path


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
    where = _place(path)
    if not names:
        return f"No files in {where}." if pattern == "*" else f"No files in {where} match {pattern}."
    what = counted(len(files), "file")
    if folders:
        what += f" and {counted(len(folders), 'folder')}"
    more = f"\n… and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return f"{what} in {where}:\n" + "\n".join(names[:MAX_LISTED]) + more
