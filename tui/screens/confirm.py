"""A question before something that cannot be undone; the answer is no unless y is pressed."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from ..widgets.safe import SafeText


class ConfirmScreen(ModalScreen[bool]):
    """Dismissed with True for y."""

    BINDINGS = (Binding("y", "answer(True)", "yes"), Binding("escape,n,enter", "answer(False)", "no"))

    def __init__(self, question: str, what: str) -> None:
        super().__init__()
        self._question = question
        self._what = what

    def compose(self) -> ComposeResult:
        with Vertical(classes="question"):
            yield SafeText((self._question, "bold"))
            yield SafeText(self._what, classes="what")
            yield SafeText(("y", "bold"), (" yes   ", "$muted"), ("esc", "bold"), (" no", "$muted"))

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
