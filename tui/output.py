"""The one place that writes to the terminal outside the full-screen program: data to stdout, narration to
stderr.

Everything passes ``safe_text`` on its way. ``NO_COLOR``, ``TERM=dumb`` and redirection turn colour off.
Knows nothing of what it prints.
"""

import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn, TextIO

from .errors import ReaderGone
from .safe_text import StreamSanitizer, clean, json_line, one_line

PIPE_CLOSED = 141  # 128 + SIGPIPE, what a shell reports for any program whose reader went away

_GAP = re.compile(r" {2,}(?:→ )?")
"""What stands between two columns."""
_STYLES = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def write(text: str) -> None:
    """Data for stdout, as it is but for unsafe characters; one newline at its end."""
    _emit(sys.stdout, clean(text).rstrip("\n") + "\n")


def line(text: str) -> None:
    """A line of a list. Where it is too long for the terminal, it goes on below its last column; in a pipe it
    stays whole.
    """
    width = _terminal_width()
    if width is None or cell_width(text) <= width:
        write(text)
        return
    from textwrap import wrap

    starts = [gap.end() for gap in _GAP.finditer(text) if gap.end() <= width // 2]
    indent = " " * (starts[-1] if starts else 2)
    lines = wrap(
        clean(text), width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )  # paths and addresses stay whole
    write("\n".join(lines))


def record(value: Any) -> None:
    """One JSON object on one line of stdout."""
    _emit(sys.stdout, json_line(value) + "\n")


def say(text: str = "", style: str = "") -> None:
    """Narration for people, on stderr."""
    _emit(sys.stderr, paint(clean(text), style, sys.stderr) + "\n")


def prompt(text: str) -> None:
    """What stands before the line that the user is to write, on stderr."""
    _emit(sys.stderr, clean(text))


def passing(text: str) -> None:
    """A line of narration that the next one replaces, on a terminal; an empty one takes it away."""
    _emit(sys.stderr, f"\r\x1b[K{paint(one_line(text, 60), 'dim', sys.stderr)}")


def ring(text: str) -> None:
    """The terminal's bell, and a notification in terminals that know them (OSC 9); nothing anywhere else."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        _emit(sys.stderr, f"\x1b]9;{one_line(text, 200)}\x1b\\\a")


def fail(message: str) -> None:
    """The one line that explains why the command did not do what was asked."""
    say(f"homewit: {message}", "red")


def paint(text: str, style: str, stream: TextIO) -> str:
    """``text`` in a style when ``stream`` shows colour."""
    if not style or not has_colour(stream):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def has_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Stream:
    """Text that is printed while it is generated; safe across chunks."""

    def __init__(self) -> None:
        self._sanitizer = StreamSanitizer()
        self._ends_line = True

    def push(self, chunk: str) -> None:
        self._put(self._sanitizer.push(chunk))

    def finish(self) -> None:
        """End the last line."""
        self._put(self._sanitizer.finish())
        if not self._ends_line:
            self._put("\n")

    def _put(self, text: str) -> None:
        if text:
            self._ends_line = text.endswith("\n")
            _emit(sys.stdout, text)


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows in aligned columns on stdout; the last column is cut to the width of a terminal, never in a
    pipe.
    """
    lines = [[one_line(_cell(row.get(column)), 400) for column in columns] for row in rows]
    if not lines:
        return
    widths = [max(cell_width(line[index]) for line in lines) for index in range(len(columns))]
    available = _terminal_width()
    for line in lines:
        padded = [cell + " " * (width - cell_width(cell)) for cell, width in zip(line, widths, strict=True)]
        _emit(sys.stdout, _cut("  ".join(padded).rstrip(), available) + "\n")


def fields(value: Mapping[str, Any]) -> None:
    """One object as ``name  value`` lines on stdout; empty values are left out."""
    shown = {key: _cell(item) for key, item in value.items() if item not in (None, "", [], {})}
    width = max((len(key) for key in shown), default=0)
    for key, text in shown.items():
        lines = clean(text).splitlines() or [""]
        body = ("\n" + " " * (width + 2)).join(lines)
        _emit(sys.stdout, f"{key:<{width}}  {body}\n")


def cell_width(text: str) -> int:
    """Columns that ``text`` takes in a terminal."""
    return sum(_character_width(character) for character in text)


def close_quietly() -> NoReturn:
    """The reader of stdout went away: say nothing and leave, without Python's own complaint at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(null, stream.fileno())
        except (OSError, ValueError):  # a stream without a descriptor cannot complain at exit either
            continue
    os._exit(PIPE_CLOSED)


def _emit(stream: TextIO, text: str) -> None:
    try:
        _put(stream, text)
        stream.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error


def _put(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json_line(value) if isinstance(value, dict | list) else str(value)


def _terminal_width() -> int | None:
    if not sys.stdout.isatty():
        return None
    return os.get_terminal_size(sys.stdout.fileno()).columns or None


def _cut(text: str, width: int | None) -> str:
    if width is None or cell_width(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _character_width(character)
        if used >= width:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
