"""Earlier sessions, found by anything that was said in them; enter goes on with one."""

from ..moments import minute
from ..safe_text import one_line
from ..widgets.safe import Part
from .finder import Finder, Row


class SessionsScreen(Finder[str | None]):
    """Dismissed with the id of the session to go on with, or None."""

    TITLE_TEXT = "Sessions"
    PLACEHOLDER = "search everything that was said"
    KEYS_TEXT = "enter resumes · esc closes"
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


def _id(row: Row) -> str:
    return str(row.get("session") or row["id"])
