"""A drawer with text to read: help, tools, a plan, the doctor's findings. Closed with escape."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from .. import lookups
from ..keymap import COMPOSER_KEYS, KEYS
from ..narrate import Line
from ..widgets.safe import Part, SafeText, trimmed

_STYLES = {
    "": "",
    "dim": "$muted",
    "bold": "bold",
    "red": "$error",
    "yellow": "$warning",
    "green": "$success",
}


class TextScreen(ModalScreen[None]):
    """Scrolls; nothing in it acts."""

    BINDINGS = (Binding("escape,q,f1", "dismiss", "close"),)

    def __init__(self, title: str, parts: list[Part], table: bool = False) -> None:
        """A ``table`` keeps its lines: what is too long for the screen is cut."""
        super().__init__(classes="-table" if table else "")
        self._title = title
        self._parts = parts

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="drawer") as drawer:
            drawer.border_title = self._title
            drawer.border_subtitle = "esc closes"
            yield SafeText(*self._parts)


def line_parts(lines: list[Line]) -> list[Part]:
    parts: list[Part] = []
    for text, style in lines:
        parts.append((f"{text}\n", _STYLES.get(style, "")))
    return trimmed(parts)


def help_parts() -> list[Part]:
    keys = [*COMPOSER_KEYS, *((key.shown, key.help) for key in KEYS)]
    width = max(len(shown) for shown, _ in keys)
    parts: list[Part] = [("Keys\n", "bold $primary")]
    for shown, text in keys:
        parts += [(f"  {shown:<{width}}  ", ""), (f"{text}\n", "$muted")]
    parts.append(("\nCommands\n", "bold $primary"))
    parts += [(f"  {line}\n", "") for line, _ in lookups.help_lines()]
    return trimmed(parts)
