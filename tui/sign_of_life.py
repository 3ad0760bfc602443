"""A line on the terminal while a command waits for its host: a slow start must not look like a dead one.

It comes only where a person looks and the wait is felt, and is gone when the wait is over. It has a thread of
its own, because imports hold the event loop. Knows nothing of what is waited for.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from . import output

FELT_S = 1.0
"""A wait that is shorter needs no words."""


@contextmanager
def sign_of_life(text: str, after_s: float = FELT_S) -> Iterator[None]:
    """Show ``text`` on stderr while the block takes longer than ``after_s``."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    line = _Line(text)
    timer = threading.Timer(after_s, line.show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        line.clear()


class _Line:
    def __init__(self, text: str) -> None:
        self._text = text
        self._over = self._shown = False
        self._lock = threading.Lock()

    def show(self) -> None:
        with self._lock:
            if not self._over:
                self._shown = True
                output.passing(self._text)

    def clear(self) -> None:
        with self._lock:
            self._over = True
            if self._shown:
                output.passing("")
