"""Reads one file for a tool, of whatever kind, by lines where they are asked for, and never without bounds.

Which files may be read was decided before; here nothing is opened but a regular file at its resolved path.
"""

import io
import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import ToolFailed
from .documents import Document, reader_for
from .missing import missing
from .places import open_file, parent_of
from .texts import is_binary, read_text
from .trees import size_words

MAX_READ = 1_000_000
"""Most bytes of plain text, or characters of a document, that are given back at once."""
MAX_DOCUMENT_BYTES = 100_000_000
_SAMPLE = 65_536


@dataclass(frozen=True, slots=True)
class Content:
    """What was read: text from `first` to `last` of `lines` lines; None where they were not counted."""

    text: str
    kind: str
    encoding: str
    pages: int
    first: int
    last: int
    lines: int | None


def read_content(
    file: Path, path: str, first: int | None = None, last: int | None = None, ending: int | None = None
) -> Content:
    """A file or some of its lines, both ends included, or so many at its end.

    Raises ToolFailed or PathDenied.
    """
    if first is not None and last is not None and last < first:
        raise ToolFailed(f"The last line, {last}, is before the first, {first}.")
    stream, size = _opened(file, path)
    with stream:
        reader = reader_for(file.name)
        head = stream.read(_SAMPLE)
        if reader is not None:
            document = reader(_whole(stream, head, size, path), path)
            if ending is not None:
                first = max(1, document.text.count("\n") + 2 - ending)
            return _of_document(document, path, first, last)
        if is_binary(head):
            raise ToolFailed(f"{path} is not text, and no kind of document that can be read here.")
        if ending is not None:
            stream.seek(0)
            return _last_lines(stream, read_text(head).encoding, path, ending)
        if first is None and last is None:
            if size > MAX_READ:
                raise too_large(path, size)
            text = read_text(head + stream.read(MAX_READ))
            lines = line_count(text.content)
            return Content(text.content, "text", text.encoding, 1, 1, lines, lines)
        stream.seek(0)
        return _some_lines(stream, read_text(head).encoding, path, first or 1, last)


def read_document(file: Path, path: str) -> Document:
    """All of a document, or of a text file as a document of one page; raises ToolFailed or PathDenied."""
    data = read_bytes(file, path)
    reader = reader_for(file.name)
    if reader is not None:
        return reader(data, path)
    if is_binary(data):
        raise ToolFailed(f"{path} is not text, and no kind of document that can be read here.")
    return Document("text", (read_text(data).content,))


def read_bytes(file: Path, path: str, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
    """All bytes of a file; raises ToolFailed, also for one with more than `max_bytes`, or PathDenied."""
    stream, size = _opened(file, path)
    with stream:
        return _whole(stream, b"", size, path, max_bytes)


def too_large(path: str, size: int) -> ToolFailed:
    return ToolFailed(
        f"{path} is {size_words(size)}, more than the {size_words(MAX_READ)} that can be read at once. "
        "Read some of its lines (first_line, last_line), or find what it says about something "
        "(find_in_document)."
    )


def _opened(file: Path, path: str) -> tuple[BinaryIO, int]:
    try:
        with parent_of(file) as (folder, name):
            stream = open_file(name, folder, path)
    except FileNotFoundError as error:
        raise ToolFailed(missing(file, path) or f"There is no {path}.") from error
    except IsADirectoryError as error:
        raise ToolFailed(f"{path} is a folder; list_files shows what is in it.") from error
    except OSError as error:
        raise ToolFailed(f"{path} could not be read: {error.strerror or error}.") from error
    return stream, os.fstat(stream.fileno()).st_size


def _whole(stream: BinaryIO, head: bytes, size: int, path: str, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
    if size > max_bytes:
        raise ToolFailed(
            f"{path} is {size_words(size)}, more than the {size_words(max_bytes)} that are opened here. "
            "Split it into several files."
        )
    return head + stream.read(max_bytes)


def _of_document(document: Document, path: str, first: int | None, last: int | None) -> Content:
    text, pages = document.text, len(document.pages)
    lines = text.split("\n")
    if first is None and last is None:
        if len(text) > MAX_READ:
            raise too_large(path, len(text))
        return Content(text, document.kind, "", pages, 1, len(lines), len(lines))
    start = first or 1
    _check_start(start, len(lines), path)
    part = lines[start - 1 : last]
    return Content("\n".join(part), document.kind, "", pages, start, start + len(part) - 1, len(lines))


def _some_lines(stream: BinaryIO, encoding: str, path: str, first: int, last: int | None) -> Content:
    """Read by lines, so that a huge log can be looked into; lines before the first are only counted."""
    parts: list[str] = []
    number, room, whole = 1, MAX_READ, False
    with io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="\n") as text:
        while last is None or number <= last:
            piece = text.readline(_SAMPLE)
            if not piece:
                whole = True
                break
            if number >= first:
                room -= len(piece)
                if room < 0:
                    raise ToolFailed(
                        f"These lines of {path} are more than can be read at once; ask for fewer."
                    )
                parts.append(piece)
            number += piece.endswith("\n")
        else:
            whole = not text.readline(1)
    found = "".join(parts)
    if not found:
        _check_start(first, number - 1, path)
    ended = first + line_count(found) - 1
    return Content(found, "text", encoding, 1, first, ended, ended if whole else None)


def _last_lines(stream: BinaryIO, encoding: str, path: str, most: int) -> Content:
    """The lines at the end; of those before them only as much is kept as is read at once."""
    kept = deque[str]()
    held, number, line = 0, 0, ""
    with io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="\n") as text:
        while piece := text.readline(_SAMPLE):
            line += piece
            if len(line) > MAX_READ:
                raise ToolFailed(f"Line {number + 1} of {path} is too long to be read.")
            if not piece.endswith("\n") and len(piece) == _SAMPLE:
                continue
            kept.append(line)
            held, number, line = held + len(line), number + 1, ""
            while len(kept) > most or held > MAX_READ:
                held -= len(kept.popleft())
    if line:
        kept.append(line)
        held, number = held + len(line), number + 1
        if len(kept) > most:
            held -= len(kept.popleft())
    if held > MAX_READ or len(kept) < min(most, number):
        raise ToolFailed(f"These lines of {path} are more than can be read at once; ask for fewer.")
    first = number - len(kept) + 1 if kept else 1
    return Content("".join(kept), "text", encoding, 1, first, number, number)


def line_count(text: str) -> int:
    """How many lines a text has; one that ends with a line break has no empty line behind it."""
    return text.count("\n") + (not text.endswith("\n") and bool(text))


def _check_start(first: int, lines: int, path: str) -> None:
    if first > max(lines, 1):
        raise ToolFailed(f"{path} has {lines} lines, so there is no line {first}.")
