"""What a running call shows meanwhile, from whichever thread: up to a length, and in so many pieces.

A tool that shows something for ever would otherwise fill the memory, the log and the screen until its time is
up. Knows nothing of what is shown.
"""

import asyncio
from contextlib import suppress
from typing import Literal

from ..events import StepOutput

MOST_CHARS = 1_000_000
EACH_CHARS = 50
"""What a piece counts for beside its text, since an empty one is an event, too."""
REST = "… (the rest is not shown)"


class Showing:
    """Of one call; belongs to the loop that it is made in."""

    def __init__(self, step: str) -> None:
        self.queue: asyncio.Queue[StepOutput] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._step = step
        self._left = MOST_CHARS

    def progress(self, text: str) -> None:
        """A line about how far it is."""
        self._show(text, "progress")

    def output(self, text: str) -> None:
        """A piece of its result."""
        self._show(text, "output")

    def _show(self, text: str, kind: Literal["progress", "output"]) -> None:
        if self._left <= 0:
            return
        self._left -= len(text) + EACH_CHARS
        said = text if self._left > 0 else REST
        with suppress(RuntimeError):  # a thread that was left behind may outlive the loop
            self._loop.call_soon_threadsafe(
                self.queue.put_nowait, StepOutput(id=self._step, text=said, kind=kind)
            )
