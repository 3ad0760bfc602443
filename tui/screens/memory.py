"""What is remembered, each fact with the words it came from; forgetting erases for good, after asking."""

from textual.binding import Binding

from ..facts import fact_text
from ..moments import minute
from ..safe_text import one_line
from ..widgets.safe import Part
from .confirm import ConfirmScreen
from .finder import Finder, Row


class MemoryScreen(Finder[None]):
    """A list of facts, and below it where the chosen one came from."""

    BINDINGS = (Binding("f", "forget", "forget"),)
    TITLE_TEXT = "Memory"
    PLACEHOLDER = "search what is remembered"
    KEYS_TEXT = "↓ then f forgets · esc closes"
    EMPTY = "nothing is remembered here; say “remember that …”"

    async def fetch(self, words: str) -> list[Row]:
        if words:
            return await self.host.items("memory.search", query=words, limit=100)
        return await self.host.items("memory.list", limit=200)

    def line(self, row: Row) -> list[Part]:
        return [fact_text(row)]

    async def details(self, row: Row) -> list[Part]:
        fact = await self.host.item("memory.why", id=row["id"])
        who = "you" if fact.get("origin") == "user" else one_line(str(fact.get("origin") or ""))
        parts: list[Part] = [
            ("from     ", "$muted"),
            f"{who}, “{one_line(fact.get('quote') or '', 300)}”\n",
            ("said in  ", "$muted"),
            f"{one_line(str(fact.get('session') or '–'))}  {minute(fact.get('created'))}\n",
        ]
        if fact.get("turn_text") and fact["turn_text"] != fact.get("quote"):
            parts += [("whole    ", "$muted"), f"{one_line(fact['turn_text'], 400)}\n"]
        return [*parts, (str(fact["id"]), "$faint")]

    def action_forget(self) -> None:
        self.act_in_list(self._ask_to_forget)

    def _ask_to_forget(self, row: Row) -> None:
        def decide(yes: bool | None) -> None:
            if yes:
                self.change(lambda: self.host.query("memory.forget", id=row["id"]))

        self.app.push_screen(ConfirmScreen("Forget this for good?", fact_text(row)), decide)
