"""Messages that wait their turn, numbered, above the composer; and why they wait.

Knows nothing of when they are sent.
"""

from ..safe_text import one_line
from ..state import State
from .safe import Part, SafeText

MOST_SHOWN = 3


class QueueView(SafeText):
    """Hidden while nothing waits; the reason stays in view however much does."""

    def follow(self, state: State) -> None:
        self.display = bool(state.queue)
        if not state.queue:
            return
        parts: list[Part] = []
        shown = len(state.queue) if len(state.queue) <= MOST_SHOWN else MOST_SHOWN - 1
        for number, text in enumerate(state.queue[:shown], 1):
            parts += [(f"queued {number}  ", "$muted"), f"{one_line(text, 200)}\n"]
        if more := len(state.queue) - shown:
            parts.append((f"and {more} more\n", "$muted"))
        self.show(*parts, (_reason(state), "$faint"))


def _reason(state: State) -> str:
    if state.host.engine in ("starting", "loading"):
        return "sent when the model is loaded · ↑ takes it back"
    if state.host.engine in ("problem", "stopped"):
        return "kept until the engine runs again · ↑ takes it back"
    if state.paused:
        return "paused · enter sends it · ↑ takes it back"
    return "sent when this is done · ↑ takes it back"
