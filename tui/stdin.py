"""Standard input without threads: all of it for a command, or line by line for the line mode.

A pipe that stays silent does not hold a command up for ever, because programs that start others often leave
one open. Knows nothing of what the text is for.
"""

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass

from . import output
from .errors import UsageProblem

SILENT_PIPE_S = 5.0
EXAMPLE = "what is 17 * 23?"
MOST_BYTES = 10 * 1024 * 1024
_STDIN = 0


def is_piped() -> bool:
    """Whether stdin is a file, a pipe or nothing, rather than a person."""
    return not sys.stdin.isatty()


@dataclass(frozen=True, slots=True)
class Given:
    """A request: what was written on the command line, and what came through a pipe with it."""

    typed: str
    piped: str

    @property
    def text(self) -> str:
        return "\n\n".join(part for part in (self.typed, self.piped) if part)


async def given(words: tuple[str, ...], command: str = "run") -> Given:
    """The words of a command line and the piped text; ``-`` at the end waits for the pipe however long it
    takes.
    """
    patient = bool(words) and words[-1] == "-"
    prompt = " ".join(words[:-1] if patient else words).strip()
    piped = ""
    if is_piped() or patient:
        piped = (await read_all(None if patient or not prompt else SILENT_PIPE_S)).strip()
    if not (prompt or piped):
        raise UsageProblem(f'nothing to do: give the request, as in homewit {command} "{EXAMPLE}"')
    request = Given(prompt, piped)
    return request if is_piped() else Given(request.text, "")  # after ``-`` on a terminal it was typed, too


async def joined_prompt(words: tuple[str, ...], command: str) -> str:
    """All of it as one text, where it makes no difference who wrote it."""
    return (await given(words, command)).text


async def read_all(first_byte_s: float | None) -> str:
    """Everything up to the end of stdin; empty, with a warning, when a pipe says nothing for
    ``first_byte_s``.
    """
    pieces: list[bytes] = []
    size = 0
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    stop = _listen(chunks.put_nowait)
    patience = first_byte_s
    try:
        while chunk := await asyncio.wait_for(chunks.get(), patience):
            patience = None
            size += len(chunk)
            if size > MOST_BYTES:
                raise UsageProblem(
                    f"stdin holds more than {MOST_BYTES // 1024 // 1024} MB; pass a smaller part of it"
                )
            pieces.append(chunk)
    except TimeoutError:
        output.say(
            f"stdin stayed silent for {first_byte_s:g} s; going on without it (end with - to wait)", "yellow"
        )
        return ""
    finally:
        stop()
    try:
        return b"".join(pieces).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageProblem(f"stdin is not UTF-8 text (byte {error.start}); convert it first") from error


class Lines:
    """Lines as they come; the end of input is None, and stays None."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._rest = b""
        self._ended = False
        self._stop = _listen(self._take)

    async def next(self) -> str | None:
        if self._ended and self._lines.empty():
            return None
        return await self._lines.get()

    def close(self) -> None:
        self._stop()

    def _take(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._lines.put_nowait(line.decode("utf-8", "replace").rstrip("\r"))
        if not chunk:
            if self._rest:
                self._lines.put_nowait(self._rest.decode("utf-8", "replace"))
            self._ended = True
            self._lines.put_nowait(None)


def _listen(take: Callable[[bytes], None]) -> Callable[[], None]:
    """Call ``take`` with every piece of stdin, and with nothing at its end; returns how to stop."""
    loop = asyncio.get_running_loop()
    if not _can_be_polled():
        while chunk := os.read(_STDIN, 65536):
            take(chunk)
        take(b"")
        return lambda: None

    def readable() -> None:
        try:
            chunk = os.read(_STDIN, 65536)
        except OSError:  # a terminal that hung up reads as an error, and means the end
            chunk = b""
        if not chunk:
            loop.remove_reader(_STDIN)
        take(chunk)

    loop.add_reader(_STDIN, readable)
    return lambda: _forget_reader(loop)


def _forget_reader(loop: asyncio.AbstractEventLoop) -> None:
    loop.remove_reader(_STDIN)


def _can_be_polled() -> bool:
    """Pipes, sockets and terminals; files and /dev/null are read at once."""
    mode = os.fstat(_STDIN).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(_STDIN)
