"""What the drawers with a search box share: type to search, ↓ into the list, letters act only in the list.

Subclasses say where the rows come from and what becomes of the chosen one. A key that acts on a row waits for
the rows of what was typed before it: whoever types fast must not act on a row of an earlier search.
"""

import asyncio
from collections.abc import Callable
from functools import partial
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
from ..typed_ahead import DECIDING
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
        self._listed_for: str | None = None
        self._listed = asyncio.Event()

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

    def act_in_list(self, act: Callable[[Row], None]) -> None:
        """Do this with the selected row, when the letter was pressed in the list."""
        if self.in_list:
            self._act(act)

    def _act(self, act: Callable[[Row], None]) -> None:
        async def when_listed() -> None:
            await self._listing()
            if (row := self.selected) is not None:
                act(row)

        self.run_worker(when_listed, exclusive=True, group=DECIDING, exit_on_error=False)

    async def _listing(self) -> None:
        """Until the rows are those for what was typed."""
        while self._listed_for != self._typed:
            self._listed.clear()
            await self._listed.wait()

    @property
    def _typed(self) -> str:
        return self.query_one(Input).value.strip()

    def refresh_rows(self) -> None:
        self._listed_for = None
        self.run_worker(self._refresh, exclusive=True, group="rows", exit_on_error=False)

    def say(self, text: str) -> None:
        self.query_one(".details", SafeText).show((one_line(text, 300), "$warning"))

    async def _refresh(self) -> None:
        words, problem = self._typed, ""
        try:
            self.rows = await self.fetch(words)
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
        self._listed_for = words
        self._listed.set()

    def on_input_changed(self) -> None:
        self.refresh_rows()

    def on_input_submitted(self) -> None:
        self._act(self.choose)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._act(self.choose)

    def on_option_list_option_highlighted(self) -> None:
        if (row := self.selected) is not None:
            show = partial(self._show_details, row)
            self.run_worker(show, exclusive=True, group="details", exit_on_error=False)

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
