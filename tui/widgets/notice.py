"""What stands above the composer when the user is needed: a question, an engine that does not run, or a
program that was updated.

Knows nothing of how either came about.
"""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from ..safe_text import one_line
from ..state import State
from .safe import SafeText


class Notice(SafeText, can_focus=False):
    """Hidden while all is well. With a stopped engine it can take the focus, and then ``r`` starts it
    again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "retry", "restart")]

    class Retry(Message):
        """Start the engine, or load the model, again."""

    def follow(self, state: State) -> None:
        current = state.current
        broken = state.host.engine in ("problem", "stopped")
        revived = not broken and bool(state.host.message)
        self.can_focus = broken
        self.set_class(broken, "-broken")
        asked = current is not None and current.question is not None
        self.display = broken or revived or asked or state.outdated
        if broken:
            what = "engine stopped" if state.host.engine == "stopped" else "model unavailable"
            again = "restart" if state.host.engine == "stopped" else "try again"
            self.show(
                (f"✗ {what}", "bold $error"),
                f" – {one_line(state.host.message, 500)}\n",
                ("r", "bold"),
                (f" {again} (after Tab), or /retry", "$muted"),
            )
        elif revived:
            again = "; it is started again, and what it was doing goes on"
            self.show(("✗ ", "bold $error"), one_line(state.host.message, 500), (again, "$muted"))
        elif current is not None and current.question is not None:
            self.show(
                ("? ", "bold $warning"),
                one_line(current.question.text, 500),
                ("  answer below", "$muted"),
            )
        elif state.outdated:
            self.show(
                ("↻ ", "bold $warning"),
                "This chat runs an older Homewit. ",
                ("/restart", "bold"),
                (" goes on with the new one.", "$muted"),
            )

    def action_retry(self) -> None:
        self.post_message(self.Retry())
