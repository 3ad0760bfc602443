"""What is done later and what waits for the user; such a run goes on in the chat, where its card is shown."""

from functools import partial
from typing import NamedTuple

from textual.binding import Binding

from ..errors import TuiError
from ..moments import minute
from ..safe_text import one_line
from ..schedules import occurrence_line, status_words
from ..typed_ahead import DECIDING
from ..widgets.safe import Part
from .confirm import ConfirmScreen
from .finder import Finder, Row


class Chosen(NamedTuple):
    """The session to open, and the run to go on with or the occurrence to begin; neither just looks."""

    session: str | None
    run: str | None
    prompt: str
    occurrence: str = ""


class SchedulesScreen(Finder[Chosen | None]):
    """Waiting runs first, then schedules by their next time."""

    BINDINGS = (Binding("r", "run_now", "run now"), Binding("d", "remove", "remove"))
    TITLE_TEXT = "Schedules"
    PLACEHOLDER = "search what is scheduled"
    KEYS_TEXT = "enter opens · ↓ then r runs now, d removes · esc closes"
    EMPTY = "nothing is scheduled here; say “every day at 7 …”"

    async def fetch(self, words: str) -> list[Row]:
        waiting = await self.host.items("schedules.waiting")
        rows = [*waiting, *await self.host.items("schedules.list")]
        wanted = words.lower().split()
        text = [f"{row['request']} {row.get('when')}".lower() for row in rows]
        return [row for row, told in zip(rows, text, strict=True) if all(word in told for word in wanted)]

    def line(self, row: Row) -> list[Part]:
        if "due" in row:
            return [(f"{status_words(row)}  ", "$warning"), one_line(row["request"], 120)]
        following = minute(row["next"]) if row["next"] else "over"
        when = f"{one_line(row['when'], 40)}  " if row["cron"] else ""
        return [(f"{following:<16}  ", "$muted"), (when, "$primary"), one_line(row["request"], 120)]

    async def details(self, row: Row) -> list[Part]:
        if "due" in row:
            hint = ("enter lets it go on, and asks you\n", "$muted")
            return [f"{occurrence_line(row)}\n", hint, (row["run"], "$faint")]
        item = await self.host.item("schedules.show", id=row["id"])
        parts: list[Part] = [("when     ", "$muted"), f"{one_line(row['when'])}  ({row['zone']})\n"]
        if row["allow"]:
            parts += [("allowed  ", "$muted"), f"{one_line(', '.join(row['allow']), 300)}\n"]
        parts += [(f"{one_line(note, 300)}\n", "$warning") for note in item["notes"]]
        parts += [(f"{occurrence_line(one)}\n", "$muted") for one in item["occurrences"][:4]]
        return [*parts, (str(row["id"]), "$faint")]

    def choose(self, row: Row) -> None:
        if "due" in row:
            self.dismiss(Chosen(row["session"], row["run"], row["request"]))
        elif row["session"]:
            self.dismiss(Chosen(row["session"], None, ""))
        else:
            self.say("it has not run yet; ↓ then r runs it now")

    def action_run_now(self) -> None:
        self.act_in_list(self._begin_to_run)

    def _begin_to_run(self, row: Row) -> None:
        if "due" not in row:
            self.run_worker(partial(self._run_now, row), group=DECIDING, exit_on_error=False)

    async def _run_now(self, row: Row) -> None:
        try:
            occurrence = await self.host.item("schedules.trigger", id=row["id"])
        except TuiError as error:
            self.say(str(error))
        else:
            self.dismiss(Chosen(row["session"], None, row["request"], occurrence["id"]))

    def action_remove(self) -> None:
        self.act_in_list(self._ask_to_remove)

    def _ask_to_remove(self, row: Row) -> None:
        if "due" in row:
            return

        def decide(yes: bool | None) -> None:
            if yes:
                self.change(lambda: self.host.query("schedules.remove", id=row["id"]))

        self.app.push_screen(ConfirmScreen("Remove this schedule?", one_line(row["request"], 200)), decide)
