"""What the drawers with a search box share: type to search, ↓ into the list, letters act only in the list.

Subclasses say where the rows come from and what becomes of the chosen one.
"""

from typing import Any, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ..client import Client
from ..errors import TuiError
from ..safe_text import one_line
from ..widgets.safe import Part, SafeText, styled

Result = TypeVar("Result")
Row = dict[str, Any]


class Finder(ModalScreen[Result], Generic[Result]):
    """``fetch`` gives rows for the words typed, ``line`` shows one, ``details`` tells more about it."""

    BINDINGS = (
        Binding("escape", "close", "close"),
        Binding("down", "into_list", show=False),
    )
    TITLE_TEXT = ""
    PLACEHOLDER = "search"
    KEYS_TEXT = "esc closes"
    EMPTY = "nothing found"

    def __init__(self, host: Client, words: str = "") -> None:
        super().__init__()
        self.host = host
        self._words = words
        self.rows: list[Row] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="drawer finder") as drawer:
            drawer.border_title = self.TITLE_TEXT
            drawer.border_subtitle = self.KEYS_TEXT
            yield Input(self._words, placeholder=self.PLACEHOLDER, select_on_focus=False)
            yield OptionList(markup=False)
            yield SafeText(classes="details")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.refresh_rows()

    async def fetch(self, words: str) -> list[Row]:
        raise NotImplementedError

    def line(self, row: Row) -> list[Part]:
        raise NotImplementedError

    async def details(self, row: Row) -> list[Part]:
        raise NotImplementedError

    def choose(self, row: Row) -> None:
        """Enter on a row."""

    @property
    def selected(self) -> Row | None:
        index = self.query_one(OptionList).highlighted
        return self.rows[index] if index is not None and index < len(self.rows) else None

    def refresh_rows(self) -> None:
        self.run_worker(self._refresh(), exclusive=True, group="rows", exit_on_error=False)

    def say(self, text: str) -> None:
        self.query_one(".details", SafeText).show((one_line(text, 300), "$warning"))

    async def _refresh(self) -> None:
        problem = ""
        try:
            self.rows = await self.fetch(self.query_one(Input).value.strip())
        except TuiError as error:
            self.rows, problem = [], str(error)
        options = self.query_one(OptionList)
        kept = options.highlighted or 0
        options.clear_options()
        options.add_options([Option(styled(*self.line(row))) for row in self.rows])
        details = self.query_one(".details", SafeText)
        if self.rows:
            options.highlighted = min(kept, len(self.rows) - 1)
        else:
            details.show((problem or self.EMPTY, "$error" if problem else "$muted"))

    def on_input_changed(self) -> None:
        self.refresh_rows()

    def on_input_submitted(self) -> None:
        if (row := self.selected) is not None:
            self.choose(row)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if (row := self.selected) is not None:
            self.choose(row)

    def on_option_list_option_highlighted(self) -> None:
        if (row := self.selected) is not None:
            self.run_worker(self._show_details(row), exclusive=True, group="details", exit_on_error=False)

    async def _show_details(self, row: Row) -> None:
        try:
            parts = await self.details(row)
        except TuiError as error:
            parts = [(str(error), "$error")]
        self.query_one(".details", SafeText).show(*parts)

    def action_into_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_close(self) -> None:
        """Escape goes from the list to the search box, and from there back."""
        if self.focused is self.query_one(OptionList) and self.query_one(Input).value:
            self.query_one(Input).focus()
        else:
            self.dismiss(None)

    @property
    def in_list(self) -> bool:
        return self.focused is self.query_one(OptionList)
