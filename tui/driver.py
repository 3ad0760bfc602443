"""Reads the terminal for Textual, through ``PasteGuard``: the one place where its bytes become keys.

Replaces only the loop that reads, and the file that is written to; everything else is Textual's own driver.
Bytes that are no UTF-8 become U+FFFD instead of ending the program, and what is written to a terminal that is
gone is dropped.
"""

import os
import re
import selectors
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, cast

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from .paste import PasteGuard, typed_before
from .typed_ahead import ALT

WAIT_S = 0.1
SOON_S = 0.05
"""A read that has to wait less than this belongs to the one before it."""
_PIECE = 65_536
_LONGEST_BURST = 16 * _PIECE
ESCAPE = "\x1b"
_AND_LETTER = re.compile(r"\x1b([^\x00-\x1f\x7f\x1b\[\]\\^_NOPX])")
"""What no sequence begins with: escape and a letter, pressed together or one right behind the other."""


class TerminalOutput:
    """The terminal as a file to write to, also once it is gone.

    Textual writes in a thread behind a short queue. An error would end that thread, and then nobody could put
    anything into the queue, not even the end: the program would wait for ever, and what it runs with it.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._gone = False

    def write(self, text: str) -> int:
        self._attempt(lambda: self._file.write(text))
        return len(text)

    def flush(self) -> None:
        self._attempt(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def _attempt(self, act: Callable[[], object]) -> None:
        if self._gone:
            return
        try:
            act()
        except (OSError, ValueError):  # closed, or hung up
            self._gone = True


class Keyboard:
    """What the terminal sends, as messages."""

    def __init__(self, debug: bool = False) -> None:
        self._parser = XTermParser(debug)
        self._guard = PasteGuard()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._first = True
        self._escape = ""

    def came(self, burst: bytes, follows: bool = False) -> Iterator[Message]:
        """``burst`` is all that had come when the terminal was read; ``follows``: right after another."""
        text = typed_before(self._decode(burst)) if self._first else self._decode(burst)
        self._first = False
        keys = self._escape + self._guard.take(text, follows)
        self._escape = ESCAPE if keys.endswith(ESCAPE) else ""  # what it belongs to may come yet
        yield from _messages(self._parser, keys.removesuffix(ESCAPE))

    def nothing_came(self) -> Iterator[Message]:
        """For a while: what has begun has no end. Only now: to a program that stood still, a sequence seems
        to have stopped in its middle when the rest of it waits to be read.
        """
        if self._escape:
            self._escape = ""
            yield Key("escape", ESCAPE)
        yield from self._parser.tick()

    def close(self) -> None:
        with suppress(EOFError, ParseError):
            list(self._parser.feed(""))  # its end: a log that it may keep is closed


class GuardedDriver(LinuxDriver):
    """Textual's driver for Linux and macOS."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file = cast(IO[str], TerminalOutput(self._file))

    def run_input_thread(self) -> None:
        """Pass on keys, pastes and reports until the program ends or the terminal is gone."""
        keyboard = Keyboard(self._debug)
        with selectors.SelectSelector() as selector:  # kqueue cannot watch a terminal
            selector.register(self.fileno, selectors.EVENT_READ)
            follows = False
            while not self.exit_event.is_set():
                came = bool(selector.select(SOON_S if follows else WAIT_S))
                burst = self._burst(selector) if came else b""
                if came and not burst:
                    break
                for message in keyboard.came(burst, follows) if came else keyboard.nothing_came():
                    self.process_message(message)
                follows = came
        keyboard.close()

    def _burst(self, selector: selectors.BaseSelector) -> bytes:
        """All that has come by now; nothing when the terminal is gone."""
        read = b""
        with suppress(OSError):
            while piece := os.read(self.fileno, _PIECE):
                read += piece
                if len(read) >= _LONGEST_BURST or not selector.select(0):
                    break
        return read


def _messages(parser: XTermParser, keys: str) -> Iterator[Message]:
    """What ``keys`` mean; of escape and a letter neither is lost."""
    for number, piece in enumerate(_AND_LETTER.split(keys)):
        if number % 2:
            yield Key(f"{ALT}{piece}", piece)
        else:
            yield from parser.feed(piece) if piece else ()
