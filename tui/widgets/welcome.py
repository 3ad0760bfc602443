"""The first screen: what is there, what is still loading, and three things to try.

Not a dialog: it stands where the conversation will, and scrolls away with it.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ..safe_text import one_line
from ..state import State
from .safe import Part, SafeText, trimmed

EXAMPLES = (
    "what is 17 * 23?",
    "add milk to my tasks and show me my open tasks",
    "remember that I cook vegetarian",
)
_MARKS = {"ready": ("✓", "$success"), "loading": ("◐", "$warning"), "problem": ("✗", "$error")}
_NAMES = ("engine", "model", "memory", "tools")


class Example(SafeText):
    """A prompt that a click puts into the composer."""

    class Chosen(Message):
        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(self, text: str) -> None:
        super().__init__(("› ", "$primary"), text, classes="example")
        self._text = text

    def on_click(self) -> None:
        self.post_message(self.Chosen(self._text))


class Welcome(Vertical):
    """``follow`` brings it up to date; ``last`` names the session that was open before."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = SafeText(classes="lines")
        self._last = SafeText(classes="last")
        self._last.display = False

    def compose(self) -> ComposeResult:
        yield SafeText(
            ("Homewit", "bold $primary"), "  runs on this machine; nothing leaves it unless you say so."
        )
        yield self._lines
        yield SafeText("Try", classes="try")
        for text in EXAMPLES:
            yield Example(text)
        yield self._last

    def follow(self, state: State) -> None:
        self._lines.show(*_lines(state))

    def last(self, title: str, cut_off: bool = False) -> None:
        """Name the newest session by its title, or by its request that was ``cut_off``."""
        self._last.display = bool(title)
        self._last.show(
            ("Cut off  " if cut_off else "Last  ", "$warning" if cut_off else "$muted"),
            one_line(title, 60),
            ("   ctrl+r goes on with it", "$muted"),
        )


def _lines(state: State) -> list[Part]:
    host = state.host
    known = {line.name: line for line in host.lines}
    parts: list[Part] = []
    for name in _NAMES:
        line = known.get(name)
        status = line.state if line else "loading"
        text = line.text if line else "starting" if host.engine == "starting" else "not known"
        if name == "model":
            status, text = _model(state, status, text)
        mark, style = _MARKS[status]
        parts += [(f"{mark} ", style), (f"{name:<8}", "$muted"), f"{one_line(text, 300)}\n"]
    parts += [(f"! {one_line(problem, 300)}\n", "$warning") for problem in host.problems]
    return trimmed(parts)


def _model(state: State, status: str, text: str) -> tuple[str, str]:
    """The model line follows the engine: loading, ready, or why not."""
    match state.host.engine:
        case "loading":
            return "loading", text if status == "loading" else f"{text}  loading"
        case "problem":
            return "problem", state.host.message
        case "stopped":
            return "problem", "engine stopped"
    return status, text
