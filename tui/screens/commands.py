"""What the slash commands and keys of the chat do; the table of names is ``slash``.

A mixin of the chat screen, so that the palette, the keys and the typed commands are one and the same thing.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .. import lookups, slash
from ..client import Client
from ..errors import TuiError
from ..facts import fact_text
from ..narrate import Line
from ..safe_text import clean, reveal
from ..widgets.safe import Part
from ..workflow_start import RUN

if TYPE_CHECKING:
    from textual.screen import Screen

    from ..conversation import Conversation
    from ..widgets.composer import Composer
    from .schedules import Chosen

    _Owner = Screen[None]
else:
    _Owner = object

OPENED = ("http://", "https://", "mailto:")


class ChatCommands(_Owner):
    """``take`` is where everything typed goes."""

    conversation: "Conversation"
    if TYPE_CHECKING:

        @property
        def composer(self) -> "Composer": ...
        def say(self, text: str, problem: bool = False) -> None: ...

    @property
    def host(self) -> Client:
        return self.conversation.host

    def take(self, text: str, answers: bool = True) -> None:
        """A line from the composer: a command, a message, or nothing, which lets a paused queue go on.

        It ``answers`` an open question unless it was begun before that was there to be read.
        """
        typed = slash.read(text) if text else None
        if not text:
            self.conversation.go_on()
        elif typed is None:
            self.conversation.submit(text, answers)
        elif typed.problem:
            self.composer.put(text)
            self.say(typed.problem, problem=True)
        else:
            self._safely(lambda: self.call_command(typed.command, typed.argument))

    def call_command(self, name: str, argument: str = "") -> None:
        getattr(self, f"command_{name}")(argument)

    def command_help(self, _argument: str) -> None:
        from .text import TextScreen, help_parts

        self.app.push_screen(TextScreen("Help", help_parts, table=True), self._write_on)

    def command_new(self, _argument: str) -> None:
        self._open(None)

    def command_resume(self, argument: str) -> None:
        self._open(argument)

    def command_sessions(self, argument: str) -> None:
        from .sessions import SessionsScreen

        self.app.push_screen(
            SessionsScreen(self.host, argument, self.conversation.state.session), self._chosen
        )

    def command_memory(self, argument: str) -> None:
        from .memory import MemoryScreen

        self.app.push_screen(MemoryScreen(self.host, argument))

    def command_run(self, argument: str) -> None:
        if argument:
            self.conversation.submit(f"{RUN} {argument}")
        else:
            self._look_up("Workflows", lambda: lookups.workflows(self.host), table=True)

    def command_save(self, argument: str) -> None:
        async def save() -> None:
            self.say(await self.conversation.save(argument))

        self._do(save)

    def command_procedures(self, argument: str) -> None:
        from .procedures import ProceduresScreen

        self.app.push_screen(ProceduresScreen(self.host, argument))

    def command_schedules(self, argument: str) -> None:
        from .schedules import SchedulesScreen

        self.app.push_screen(SchedulesScreen(self.host, argument), self._taken_up)

    def command_remember(self, argument: str) -> None:
        async def remember() -> None:
            fact = await self.host.item("memory.add", text=argument)
            self.say(f"remembered: {fact_text(fact)}")

        self._do(remember)

    def command_forget(self, argument: str) -> None:
        self.command_memory(argument)

    def command_undo(self, _argument: str) -> None:
        async def undo() -> None:
            self.say(await self.conversation.undo())

        self._do(undo)

    def command_tools(self, argument: str) -> None:
        self._look_up("Tools", lambda: lookups.tools(self.host, argument), table=not argument)

    def command_permissions(self, argument: str) -> None:
        from .permissions import PermissionsScreen

        self.app.push_screen(PermissionsScreen(self.host, argument))

    def command_revoke(self, argument: str) -> None:
        async def revoke() -> None:
            self.say(await lookups.revoke(self.host, argument))

        self._do(revoke)

    def command_plan(self, argument: str) -> None:
        self._look_up("Plan", lambda: lookups.plan(self.host, argument, self.conversation.state.session))

    def command_doctor(self, _argument: str) -> None:
        self._look_up("Doctor", lambda: lookups.doctor(self.host))

    def command_copy(self, _argument: str) -> None:
        answers = [run.answer for run in self.conversation.state.runs if run.answer]
        if answers:
            self.app.copy_to_clipboard(clean(answers[-1]))
            self.say("copied the last answer")
        else:
            self.say("there is no answer to copy yet", problem=True)

    def command_retry(self, _argument: str) -> None:
        if self.conversation.state.outdated:
            self.conversation.begin_anew()
            self.app.exit()
            return
        self.run_worker(self.conversation.restart, name="restart", exit_on_error=False)

    def command_quit(self, _argument: str) -> None:
        self.app.exit()

    def action_help(self) -> None:
        self.command_help("")

    def action_sessions(self) -> None:
        self._safely(lambda: self.command_sessions(""))

    def action_memory(self) -> None:
        self._safely(lambda: self.command_memory(""))

    def action_new_session(self) -> None:
        self.command_new("")

    def offer_link(self, address: str) -> None:
        """A link is opened only after its whole address was seen and agreed to."""
        from .confirm import ConfirmScreen

        if not address.startswith(OPENED):
            self.say(f"this link cannot be opened: {reveal(address)}", problem=True)
            return

        def decide(yes: bool | None) -> None:
            if yes:
                self.app.open_url(address)

        self.app.push_screen(ConfirmScreen("Open this address in the browser?", reveal(address)), decide)

    def _chosen(self, session: str | None) -> None:
        if session is not None:
            self._open(session)
        self.composer.focus()

    def _taken_up(self, chosen: "Chosen | None") -> None:
        """What was chosen among the schedules: to look at a session, to go on with a run, to begin one."""
        self.composer.focus()
        if chosen is None:
            return
        if chosen.run is None and chosen.occurrence == "":
            self._open(chosen.session)
        elif self.conversation.state.current is not None:
            self.say("something is still running; esc stops it", problem=True)
        else:
            self._do(lambda: self.conversation.take_up(*chosen))

    def _open(self, session: str | None) -> None:
        if self.conversation.state.current is not None:
            self.say("something is still running; esc stops it", problem=True)
            return

        async def open_it() -> None:
            await self.conversation.open(session)
            self.say("")
            state = self.conversation.state
            self.composer.remember([*(run.prompt for run in state.runs), *state.queue])

        self._do(open_it)

    def _look_up(self, title: str, fetch: Callable[[], Awaitable[list[Line]]], table: bool = False) -> None:
        from .text import TextScreen, line_parts

        async def text() -> list[Part]:
            return line_parts(await fetch())

        self.app.push_screen(TextScreen(title, text, table), self._write_on)

    def _write_on(self, written: str | None) -> None:
        """What was begun over a text that only was to be read."""
        self.composer.focus()
        if written:
            self.composer.write_on(written)

    def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        """Ask the host in the background; its refusal is shown, not raised."""

        async def guarded() -> None:
            try:
                await work()
            except TuiError as error:
                self.say(str(error), problem=True)

        self.run_worker(guarded, exit_on_error=False)

    def _safely(self, act: Callable[[], None]) -> None:
        try:
            act()
        except TuiError as error:
            self.say(str(error), problem=True)
