"""What the drawers with a search box share: type to search, ↓ into the list, letters act only in the list.

Subclasses say where the rows come from and what becomes of the chosen one. Whoever types fast must not act on
a row of an earlier search: a key in the list waits for the rows of what was typed, and for the end of what
was changed before. A click is for the row that it hit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
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


class RowOption(Option):
    """One row as it is listed."""

    def __init__(self, row: Row, line: list[Part]) -> None:
        super().__init__(styled(*line))
        self.row = row


class Rows(OptionList):
    """The list; its keys wait for the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, f"in_turn('{action}')", show=False)
        for keys, action in (
            ("down", "cursor_down"),
            ("up", "cursor_up"),
            ("home", "first"),
            ("end", "last"),
            ("pageup", "page_up"),
            ("pagedown", "page_down"),
            ("enter", "select"),
        )
    ]

    def action_in_turn(self, action: str) -> None:
        if isinstance(self.screen, Finder):
            self.screen.when_listed(getattr(self, f"action_{action}"))

    def _on_click(self, event: events.Click) -> None:
        """A click on what is still drawn of rows that have gone hits none."""
        if event.style.meta.get("option", -1) >= self.option_count:
            event.prevent_default()


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
            yield Rows(markup=False)
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
            self.when_listed(lambda: self._act(act))

    def change(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Have the host change something, and list anew; what it refuses is told below the rows."""
        self._listed_for = None

        async def changing() -> None:
            problem = ""
            try:
                await work()
            except TuiError as error:
                problem = str(error)
            self.refresh_rows(problem)
            await self._listing()

        self.run_worker(changing, group=DECIDING, exit_on_error=False)

    def _act(self, act: Callable[[Row], None]) -> None:
        if (row := self.selected) is not None:
            act(row)

    def when_listed(self, act: Callable[[], object]) -> None:
        """In the order of the keys; one that opens or closes a screen ends it for those behind it here."""

        async def waiting() -> None:
            await self._listing()
            if self.is_current:
                act()

        self.run_worker(waiting, group=DECIDING, exit_on_error=False)

    async def _listing(self) -> None:
        """Until the rows are those for what was typed."""
        while self._listed_for != self._typed:
            self._listed.clear()
            await self._listed.wait()

    @property
    def _typed(self) -> str:
        return self.query_one(Input).value.strip()

    def refresh_rows(self, problem: str = "") -> None:
        """``problem`` is told in the place of the details."""
        self._listed_for = None
        self.run_worker(partial(self._refresh, problem), exclusive=True, group="rows", exit_on_error=False)

    def say(self, text: str) -> None:
        self.query_one(".details", SafeText).show((one_line(text, 300), "$warning"))

    async def _refresh(self, problem: str) -> None:
        words = self._typed
        try:
            self.rows = await self.fetch(words)
        except TuiError as error:
            self.rows, problem = [], str(error)
        options = self.query_one(OptionList)
        kept = options.highlighted or 0
        options.clear_options()
        options.add_options([RowOption(row, self.line(row)) for row in self.rows])
        with self.prevent(OptionList.OptionHighlighted):
            options.highlighted = min(kept, len(self.rows) - 1) if self.rows else None
        if problem or not self.rows:
            self.workers.cancel_group(self, "details")
            text, style = (problem, "$error") if problem else (self.EMPTY, "$muted")
            self.query_one(".details", SafeText).show((one_line(text, 300), style))
        else:
            self.on_option_list_option_highlighted()
        self._listed_for = words
        self._listed.set()

    def on_input_changed(self) -> None:
        self.refresh_rows()

    def on_input_submitted(self) -> None:
        self.when_listed(lambda: self._act(self.choose))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if isinstance(event.option, RowOption):
            self.choose(event.option.row)

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
