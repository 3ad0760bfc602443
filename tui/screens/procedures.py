"""What was learned from requests that came more than once: accept it, look at it, or let it be forgotten."""

import click
from textual.app import SuspendNotSupported
from textual.binding import Binding

from ..errors import UsageProblem
from ..narrate import args_text, planned_args
from ..safe_text import one_line
from ..widgets.safe import Part
from .confirm import ConfirmScreen
from .finder import Finder, Row


class ProceduresScreen(Finder[None]):
    """What is offered, and what was accepted."""

    BINDINGS = (
        Binding("a", "accept", "accept"),
        Binding("e", "edit", "edit"),
        Binding("d", "remove", "remove"),
    )
    TITLE_TEXT = "Procedures"
    PLACEHOLDER = "search what was learned"
    KEYS_TEXT = "↓ then a accepts, e edits, d removes · esc closes"
    EMPTY = "nothing was learned yet; what you do twice is offered here"

    async def fetch(self, words: str) -> list[Row]:
        wanted = words.lower().split()
        rows = await self.host.items("procedures.list")
        return [row for row in rows if all(word in row["name"].lower() for word in wanted)]

    def line(self, row: Row) -> list[Part]:
        if row["problem"]:
            mark: Part = ("does not apply  ", "$warning")
        else:
            mark = ("offered  ", "$primary") if row["state"] == "offered" else ("learned  ", "$muted")
        return [mark, one_line(row["name"], 160)]

    async def details(self, row: Row) -> list[Part]:
        item = await self.host.item("procedures.show", id=row["id"])
        parts: list[Part] = [(f"{one_line(wording, 200)}\n", "") for wording in item["wordings"]]
        if row["problem"]:
            parts.append((f"{one_line(row['problem'], 200)}\n", "$warning"))
        for step in item["steps"]:
            told = args_text(planned_args(step), 200)
            parts.append((f"{one_line(step['id'])} {one_line(step['tool'])}  {told}\n", "$muted"))
        return [*parts, (f"{row['id']}  used {row['uses']} times", "$faint")]

    def action_accept(self) -> None:
        self.act_in_list(self._begin_to_accept)

    def _begin_to_accept(self, row: Row) -> None:
        if row["state"] == "offered":
            self.change(lambda: self.host.query("procedures.accept", id=row["id"]))

    def action_edit(self) -> None:
        self.act_in_list(self._begin_to_edit)

    def _begin_to_edit(self, row: Row) -> None:
        self.change(lambda: self._edit(row["id"]))

    async def _edit(self, procedure: str) -> None:
        """In the user's editor, which has the terminal to itself meanwhile."""
        try:
            text = (await self.host.item("procedures.show", id=procedure))["text"]
            with self.app.suspend():
                changed = click.edit(text, extension=".yaml")
            if changed is not None and changed != text:
                await self.host.query("procedures.rewrite", id=procedure, text=changed)
        except click.ClickException as error:
            raise UsageProblem(str(error)) from error
        except SuspendNotSupported as error:
            raise UsageProblem(f"here it is edited with: homewit procedures edit {procedure}") from error

    def action_remove(self) -> None:
        self.act_in_list(self._ask_to_remove)

    def _ask_to_remove(self, row: Row) -> None:
        def decide(yes: bool | None) -> None:
            if yes:
                self.change(lambda: self.host.query("procedures.remove", id=row["id"]))

        self.app.push_screen(ConfirmScreen("Forget how to do this?", one_line(row["name"], 200)), decide)
