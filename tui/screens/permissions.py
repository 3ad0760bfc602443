"""What runs without asking, each with how long it holds; taking it back is one key."""

from textual.binding import Binding

from ..lookups import holds
from ..moments import minute
from ..safe_text import one_line
from ..widgets.safe import Part
from .finder import Finder, Row


class PermissionsScreen(Finder[None]):
    """A list of permissions, and below it where the chosen one came from."""

    BINDINGS = (Binding("r", "revoke", "revoke"),)
    TITLE_TEXT = "Permissions"
    PLACEHOLDER = "search what is allowed"
    KEYS_TEXT = "↓ then r revokes · esc closes"
    EMPTY = "nothing is allowed for longer than once"

    async def fetch(self, words: str) -> list[Row]:
        rows = await self.host.items("permissions.list")
        return [row for row in rows if words.lower() in f"{row['id']} {row['rule']}".lower()]

    def line(self, row: Row) -> list[Part]:
        return [one_line(row["rule"], 200), (f"  {holds(row)}", "$muted" if row["current"] else "$warning")]

    async def details(self, row: Row) -> list[Part]:
        if not row["id"]:
            return [("from your configuration file, and changed there", "$muted")]
        given = f"{minute(row['created'])}  session {row['session'] or '–'}  run {row['run']}\n"
        return [("given    ", "$muted"), one_line(given, 200), (f"\n{row['id']}", "$faint")]

    def action_revoke(self) -> None:
        self.act_in_list(self._begin_to_revoke)

    def _begin_to_revoke(self, row: Row) -> None:
        if row["id"]:
            self.change(lambda: self.host.query("permissions.revoke", id=str(row["id"])))
        else:
            self.say("this one stands in your configuration file; change it there")
