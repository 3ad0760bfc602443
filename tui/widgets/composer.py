"""Where the user writes. Enter sends; the history, the queue and the commands are a key away, and nothing
typed is lost.

Knows nothing of what becomes of a message.
"""

import time
from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import TextArea

from ..keymap import NEWLINE_KEYS
from ..safe_text import clean
from ..slash import SlashCommand, completions


class Composer(TextArea):
    """Posts what the user wants; keeps a draft while the history is looked through."""

    BINDINGS = (
        Binding(NEWLINE_KEYS, "newline", "new line", show=False),
        Binding("tab", "complete", "complete", show=False),
    )

    workflows: Sequence[SlashCommand] = ()
    """Those that are kept, for what is typed behind ``/run``."""

    class Sent(Message):
        """A message, or nothing: enter on an empty line."""

        def __init__(self, text: str, begun_at: float) -> None:
            """``begun_at``: when its first letter was written, on the monotonic clock."""
            self.text = text
            self.begun_at = begun_at
            super().__init__()

    class Recalled(Message):
        """↑ on an empty line: the newest queued message is wanted back, if there is one."""

    class Hinted(Message):
        """Something to tell the user about a key."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(self) -> None:
        super().__init__(
            id="composer", soft_wrap=True, compact=False, highlight_cursor_line=False, show_line_numbers=False
        )
        self.cursor_blink = False
        self.sent_before: list[str] = []
        self._position: int | None = None
        self._draft = ""
        self._begun_at = 0.0

    async def _on_key(self, event: events.Key) -> None:
        """Enter is taken here, after the letters before it: a priority binding would overtake them."""
        self._begins(event)
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_send()
        else:
            await super()._on_key(event)

    def action_send(self) -> None:
        if self.text.endswith("\\") and self.cursor_location == self.document.end:
            self.action_delete_left()
            self.action_newline()
            return
        text, begun_at = self.text.strip(), self._begun_at
        self.put("")
        if text and (not self.sent_before or self.sent_before[-1] != text):
            self.sent_before.append(text)
        self.post_message(self.Sent(text, begun_at))

    def _begins(self, event: events.Key | events.Paste) -> None:
        """A message begins with the key or paste before which there was nothing, however late that comes."""
        if not self.text:
            self._begun_at = event.time

    def action_newline(self) -> None:
        self.insert("\n")

    def action_complete(self) -> None:
        """A command that is begun is finished; otherwise Tab moves on."""
        found = completions(self.text, self.workflows)
        if found and self.text != f"/{found[0].name}":
            self.put(f"/{found[0].name}" + (" " if found[0].argument else ""))
        else:
            self.screen.focus_next()

    def action_copy(self) -> None:
        """Copy what is selected, here or in the conversation; without a selection, clear the line into the
        history.
        """
        if self.selected_text or self.screen.get_selected_text():
            self.app.copy_to_clipboard(self.selected_text or self.screen.get_selected_text() or "")
        elif self.text.strip():
            self.sent_before.append(self.text.strip())
            self.put("")
        else:
            self.post_message(self.Hinted("esc stops what is running, ctrl+q leaves"))

    def action_cursor_up(self, select: bool = False) -> None:
        if select or not self.cursor_at_first_line:
            super().action_cursor_up(select)
        elif not self.text and self._position is None:
            self.post_message(self.Recalled())
        else:
            self.earlier()

    def action_cursor_down(self, select: bool = False) -> None:
        if select or not self.cursor_at_last_line or self._position is None:
            super().action_cursor_down(select)
        else:
            self._later()

    def earlier(self) -> None:
        """The message before."""
        if not self.sent_before or self._position == 0:
            return
        if self._position is None:
            self._draft = self.text
            self._position = len(self.sent_before)
        self._position -= 1
        self._write(self.sent_before[self._position])

    def write_on(self, text: str) -> None:
        """Behind what is written."""
        if not self.text:
            self._begun_at = time.monotonic()
        self.insert(text)

    def put(self, text: str) -> None:
        """Replace what is written and leave the history."""
        self._position = None
        self._write(text)

    def remember(self, prompts: Sequence[str]) -> None:
        """The history of the session that was opened."""
        self.sent_before = [clean(prompt) for prompt in prompts if prompt]

    def _later(self) -> None:
        if self._position is None:
            return
        self._position += 1
        if self._position >= len(self.sent_before):
            self._position = None
            self._write(self._draft)
        else:
            self._write(self.sent_before[self._position])

    def _write(self, text: str) -> None:
        if not self.text:
            self._begun_at = time.monotonic()
        self.text = clean(text)
        self.move_cursor(self.document.end)

    async def _on_paste(self, event: events.Paste) -> None:
        """Pasted text is foreign text."""
        event.prevent_default()
        event.stop()
        self._begins(event)
        self.insert(clean(event.text))
