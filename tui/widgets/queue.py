"""Messages that wait their turn, numbered, above the composer; and why they wait.

Knows nothing of when they are sent.
"""

from ..safe_text import one_line
from ..state import State
from .safe import Part, SafeText


class QueueView(SafeText):
    """Hidden while nothing waits."""

    def follow(self, state: State) -> None:
        self.display = bool(state.queue)
        if not state.queue:
            return
        parts: list[Part] = []
        for number, text in enumerate(state.queue, 1):
            parts += [(f"queued {number}  ", "$muted"), f"{one_line(text, 200)}\n"]
        self.show(*parts, (_reason(state), "$faint"))


def _reason(state: State) -> str:
    if state.host.engine in ("starting", "loading"):
        return "sent when the model is loaded · ↑ takes it back"
    if state.host.engine in ("problem", "stopped"):
        return "kept until the engine runs again · ↑ takes it back"
    if state.paused:
        return "paused · enter sends it · ↑ takes it back"
    return "sent when this is done · ↑ takes it back"
