"""Earlier sessions, found by anything that was said in them; enter goes on with one."""

from textual.binding import Binding

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
        row = self.selected
        if row is None or not self.in_list:
            return

        def decide(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._delete(_id(row)), exit_on_error=False)

        text = one_line(row.get("title") or row.get("text") or "untitled")
        self.app.push_screen(ConfirmScreen("Delete this session for good?", text), decide)

    async def _delete(self, session: str) -> None:
        await self.host.query("sessions.rm", id=session)
        self.refresh_rows()


def _id(row: Row) -> str:
    return str(row.get("session") or row["id"])
