"""A drawer with text to read: help, tools, a plan, the doctor's findings. Closed with escape."""

from collections.abc import Awaitable, Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from .. import lookups
from ..errors import TuiError
from ..keymap import COMPOSER_KEYS, KEYS
from ..narrate import Line
from ..safe_text import clean
from ..widgets.safe import Part, SafeText, trimmed

Text = Callable[[], Awaitable[list[Part]]]
_STYLES = {
    "": "",
    "dim": "$muted",
    "bold": "bold",
    "red": "$error",
    "yellow": "$warning",
    "green": "$success",
}


class TextScreen(ModalScreen[str | None]):
    """Scrolls; nothing in it acts. Dismissed with the letter that was typed, or what was pasted: who writes
    on, writes in the composer.
    """

    BINDINGS = (Binding("escape,q,f1", "dismiss", "close"),)

    def __init__(self, title: str, text: Text, table: bool = False) -> None:
        """``text`` is looked up when the drawer is open. A ``table`` keeps its lines: what is too long for
        the screen is cut.
        """
        super().__init__(classes="-table" if table else "")
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="drawer") as drawer:
            drawer.border_title = self._title
            drawer.border_subtitle = "esc closes"
            yield SafeText(("one moment …", "$muted"))

    def on_mount(self) -> None:
        self.run_worker(self._look_up, exit_on_error=False)

    async def _look_up(self) -> None:
        try:
            parts = await self._text()
        except TuiError as error:
            parts = [(str(error), "$error")]
        self.query_one(SafeText).show(*parts)

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character not in (None, "q", " "):
            event.stop()
            self.dismiss(event.character)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.dismiss(clean(event.text))


def line_parts(lines: list[Line]) -> list[Part]:
    parts: list[Part] = []
    for text, style in lines:
        parts.append((f"{text}\n", _STYLES.get(style, "")))
    return trimmed(parts)


async def help_parts() -> list[Part]:
    keys = [*COMPOSER_KEYS, *((key.shown, key.help) for key in KEYS)]
    width = max(len(shown) for shown, _ in keys)
    parts: list[Part] = [("Keys\n", "bold $primary")]
    for shown, text in keys:
        parts += [(f"  {shown:<{width}}  ", ""), (f"{text}\n", "$muted")]
    parts.append(("\nCommands\n", "bold $primary"))
    parts += [(f"  {line}\n", "") for line, _ in lookups.help_lines()]
    return trimmed(parts)
