"""Stop strings over streamed text: what may become a stop string is held back, so none is ever half shown.

Works on text, not on tokens, because one string can be tokenized in many ways. It knows nothing of models.
"""

from collections.abc import Sequence


class StopMatcher:
    """Feed text in pieces; get back what is safe to show. After a match nothing more comes out."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.stopped = False
        self.rest = ""
        """What stood behind the stop string in the piece that completed it."""

    def push(self, text: str) -> str:
        """Text that can no longer be part of a stop string; sets `stopped` at the first match."""
        if self.stopped:
            return ""
        if not self._stops:
            return text
        pending = self._held + text
        found = [(at, len(stop)) for stop in self._stops if (at := pending.find(stop)) >= 0]
        if found:
            at, length = min(found)
            self.stopped, self._held, self.rest = True, "", pending[at + length :]
            return pending[:at]
        keep = max(_overlap(pending, stop) for stop in self._stops)
        self._held = pending[len(pending) - keep :]
        return pending[: len(pending) - keep]

    def finish(self) -> str:
        """What was held back and turned out not to be a stop string."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that is a beginning of `stop`."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
