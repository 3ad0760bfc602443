"""Earlier sessions, found by anything that was said in them: to go on with one, or to erase it."""

from textual.binding import Binding

from ..client import Client
from ..moments import minute
from ..safe_text import one_line
from ..widgets.safe import Part
from .confirm import ConfirmScreen
from .finder import Finder, Row


class SessionsScreen(Finder[str | None]):
    """Dismissed with the id of the session to go on with, or None."""

    BINDINGS = (Binding("d", "delete", "delete"),)
    TITLE_TEXT = "Sessions"
    PLACEHOLDER = "search everything that was said"
    KEYS_TEXT = "enter resumes · ↓ then d deletes · esc closes"
    EMPTY = "no session matches"

    def __init__(self, host: Client, words: str = "", current: str | None = None) -> None:
        super().__init__(host, words)
        self._current = current

    async def fetch(self, words: str) -> list[Row]:
        if not words:
            return await self.host.items("sessions.list", limit=100)
        return await self.host.items("sessions.search", query=words, limit=50)

    def line(self, row: Row) -> list[Part]:
        if "session" in row:
            who = "you" if row["role"] == "user" else "homewit"
            return [
                (f"{minute(row['created'])}  ", "$muted"),
                (f"{who}  ", "$primary"),
                one_line(row["text"]),
            ]
        return [(f"{minute(row['updated'])}  ", "$muted"), one_line(row["title"] or "untitled")]

    async def details(self, row: Row) -> list[Part]:
        session = await self.host.item("sessions.show", id=_id(row))
        parts: list[Part] = [(f"{_id(row)}\n", "$faint")]
        for turn in session.get("turns", [])[-6:]:
            style = "bold" if turn["role"] == "user" else "$muted"
            parts.append((f"{one_line(turn['text'], 300)}\n", style))
        return parts

    def choose(self, row: Row) -> None:
        self.dismiss(_id(row))

    def action_delete(self) -> None:
        self.act_in_list(self._ask_to_delete)

    def _ask_to_delete(self, row: Row) -> None:
        if (session := _id(row)) == self._current:
            self.say("this session is open; /new begins another one, then it can be deleted")
            return

        def decide(yes: bool | None) -> None:
            if yes:
                self.change(lambda: self.host.query("sessions.remove", id=session))

        question = "Delete for good? What was learned in it stays."
        self.app.push_screen(
            ConfirmScreen(question, one_line(row.get("title") or row.get("text") or session)), decide
        )


def _id(row: Row) -> str:
    return str(row.get("session") or row["id"])
