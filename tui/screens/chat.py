"""The chat: one column with the conversation, and below it whatever needs the user, the composer and the
status line.

Shows the state of a ``Conversation`` and passes on what the user wants. Knows nothing of the host.
"""

import time
from contextlib import suppress

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import Screen
from textual.timer import Timer

from ...agent.requests import NO_CONVERSATIONS
from ..conversation import Conversation
from ..errors import TuiError
from ..keymap import bindings
from ..run_view import RunView
from ..safe_text import one_line
from ..slash import completions, workflow_command
from ..typed_ahead import DECIDING
from ..widgets.answer import Answer
from ..widgets.approval import ApprovalCard
from ..widgets.composer import Composer
from ..widgets.notice import Notice
from ..widgets.queue import QueueView
from ..widgets.safe import SafeText
from ..widgets.status import StatusLine
from ..widgets.turn import Turn
from ..widgets.welcome import Example, Welcome
from .commands import ChatCommands

MOST_TURNS = 40
MOST_HINTS = 6
A_DAY_S = 86_400


class ChatScreen(ChatCommands, Screen[None]):
    """``changed`` redraws what the new state asks for."""

    BINDINGS = bindings()
    AUTO_FOCUS = "#composer"

    def __init__(self, conversation: Conversation, session: str | None) -> None:
        super().__init__()
        self.conversation = conversation
        self._session = session
        self._turns: list[Turn] = []
        self._shown_session: str | None = session
        self._details = False
        self._dirty = False
        self._kept: str | None = None
        self._ticking: Timer | None = None
        self._began = 0.0
        self._counted = 0
        self._run_begun = False
        """Whether a workflow is being named; those that are kept are looked up when that is begun."""
        self._asked: tuple[str, float] | None = None
        """The question that is shown, and since when."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="transcript", can_focus=False), Vertical(id="column"):
            yield Welcome()
        with Vertical(id="dock"):
            yield Notice()
            yield ApprovalCard()
            yield QueueView()
            yield SafeText(id="hint")
            yield Composer()
            yield StatusLine()

    def on_mount(self) -> None:
        self.query_one("#transcript").anchor()
        self.query_one("#hint").display = False
        self.conversation.changed = lambda _events: self.changed()
        self.conversation.noticed = self.say
        self.conversation.reminded = self.remind
        self.changed()
        self.run_worker(self._connect, name="connect", exit_on_error=False)

    async def _connect(self) -> None:
        await self.conversation.connect(self._session)
        if self.conversation.state.host.engine not in ("ready", "loading"):
            return
        try:
            newest = await self.host.items("sessions.list", limit=2)
            runs = await self.host.items("runs.list", limit=1)
        except TuiError:
            return  # the greeting does without it
        sessions = [session for session in newest if session["title"] not in NO_CONVERSATIONS]
        if sessions and not self.conversation.state.runs:
            cut_off = bool(runs) and runs[0]["status"] == "interrupted"
            title = runs[0]["prompt"] if cut_off else sessions[0]["title"] or "untitled"
            self.query_one(Welcome).last(title, cut_off)
        await self._tell_what_waits()

    async def _tell_what_waits(self) -> None:
        """Runs that nobody was there to approve."""
        try:
            waiting = await self.host.items("schedules.waiting")
        except TuiError:
            return
        if waiting:
            runs = "a scheduled run waits" if len(waiting) == 1 else f"{len(waiting)} scheduled runs wait"
            self.say(f"{runs} for you: /schedules")

    def changed(self) -> None:
        """Something is new: draw once the screen is free, however much came in the meantime."""
        if not self._dirty:
            self._dirty = True
            self.call_next(self._draw)

    async def _draw(self) -> None:
        self._dirty = False
        if not self.is_running:
            return  # the program closes, and the widgets are gone before the screen is
        state = self.conversation.state
        await self._draw_turns(state.runs)
        self._tick(len(state.runs) if state.current is not None else 0)
        self.query_one(Welcome).follow(state)
        self.query_one(Notice).follow(state)
        self.query_one(QueueView).follow(state)
        self._status()
        current = state.current
        card = self.query_one(ApprovalCard)
        if card.follow(current.approval if current else None):
            self.composer.focus()
        self.query_one("#dock").set_class(card.display, "-asking")
        question = current.question.question if current and current.question else None
        if question != (self._asked and self._asked[0]):
            self._asked = (question, time.monotonic()) if question else None
        self.composer.placeholder = "your answer" if question else "Ask anything · / for commands"

    async def _draw_turns(self, runs: tuple[RunView, ...]) -> None:
        """Bring the last turn up to date, and add the new ones; another session begins afresh."""
        session = self.conversation.state.session
        if len(runs) < len(self._turns) or (self._shown_session and session != self._shown_session):
            for turn in self._turns:
                await turn.remove()
            self._turns.clear()
        self._shown_session = session
        self.query_one(Welcome).display = not runs
        known = len(self._turns)
        for turn, run in zip(self._turns, runs, strict=False):
            if (turn.run is not run or turn.details is not self._details) and turn.is_attached:
                await turn.follow(run, self._details)
        fresh = [Turn(run, self._details) for run in runs[known:]]
        if fresh:
            self._turns += fresh
            await self.query_one("#column").mount(*fresh[-MOST_TURNS:])
            await self._forget_old_turns()
            self.query_one("#transcript").anchor()

    async def _forget_old_turns(self) -> None:
        """Old turns leave the screen, not the session; their places are kept so that the rest is still
        found.
        """
        for turn in self._turns[:-MOST_TURNS]:
            if turn.is_attached:
                await turn.remove()

    def _tick(self, running: int) -> None:
        """Seconds are counted while something runs, and only then; ``running`` numbers the run."""
        if running != self._counted:
            self._counted, self._began = running, time.monotonic()
        if running and self._ticking is None:
            self._ticking = self.set_interval(1.0, self._status)
        elif not running and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def _status(self) -> None:
        seconds = int(time.monotonic() - self._began) if self._ticking else None
        self.query_one(StatusLine).follow(self.conversation.state, seconds)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    def on_composer_sent(self, event: Composer.Sent) -> None:
        self.query_one("#transcript").anchor()
        self.take(event.text, answers=self._asked is not None and event.begun_at >= self._asked[1])

    def on_composer_recalled(self) -> None:
        text = self.conversation.unqueue()
        if text is None:
            self.composer.earlier()
        else:
            self.composer.put(text)

    def on_text_area_changed(self) -> None:
        """While a command is begun, the ones that fit are shown; a message stays until the next letter."""
        begun = self.composer.text.split(" ", 1)[0] == "/run"
        if begun and not self._run_begun:
            self.run_worker(self._learn_workflows, group=DECIDING, exit_on_error=False)
        self._run_begun = begun
        found = completions(self.composer.text, self.composer.workflows)
        shown = found[:MOST_HINTS]
        width = max((len(command.usage) for command in shown), default=0)
        lines = [f"{command.usage:<{width}}  {command.help}" for command in shown]
        if len(found) > MOST_HINTS:
            lines[-1] = f"… {len(found) - MOST_HINTS + 1} more; F1 lists them"
        if found:
            self._kept = None
        if found or self.composer.text != self._kept:
            self._hint(("\n".join(lines), ""))

    async def _learn_workflows(self) -> None:
        """What can stand behind ``/run``; Tab waits for it."""
        with suppress(TuiError):  # without a host there is nothing to offer
            self.composer.workflows = [
                workflow_command(item) for item in await self.host.items("workflows.list")
            ]

    def on_composer_hinted(self, event: Composer.Hinted) -> None:
        self.say(event.text)

    def on_approval_card_decided(self, event: ApprovalCard.Decided) -> None:
        self.conversation.decide(event.request, event.allow, event.scope)
        self.composer.focus()

    def on_notice_retry(self) -> None:
        self.composer.focus()
        self._safely(lambda: self.command_retry(""))

    def on_example_chosen(self, event: Example.Chosen) -> None:
        self.composer.put(event.text)
        self.composer.focus()

    def on_answer_link_chosen(self, event: Answer.LinkChosen) -> None:
        self.offer_link(event.address)

    def on_app_focus(self, _event: events.AppFocus) -> None:
        """A click that only brought the window back answers nothing."""
        self.query_one(ApprovalCard).hold()

    def action_stop(self) -> None:
        """Back to the composer from wherever the focus is; there it stops what runs."""
        if self.focused is not self.composer:
            self.composer.focus()
        elif not self.conversation.stop():
            self.app.clear_notifications()
            self.query_one("#transcript").anchor()

    def action_page(self, direction: int) -> None:
        card = self.query_one(ApprovalCard)
        if card.has_focus:
            card.action_scroll(8 * direction)
            return
        transcript = self.query_one("#transcript")
        if transcript.max_scroll_y <= 0:
            return
        lines = direction * transcript.scrollable_content_region.height
        transcript.scroll_relative(y=lines, animate=False, immediate=True)

    def action_details(self) -> None:
        self._details = not self._details
        self.changed()

    def remind(self, text: str) -> None:
        """A reminder, with the terminal's bell; it comes once, so it stays until somebody sends it away."""
        self.app.notify(
            f"⏰ {one_line(text, 300)}", title="Reminder · esc closes", timeout=A_DAY_S, markup=False
        )
        self.app.bell()

    def say(self, text: str, problem: bool = False) -> None:
        """A short message above the composer, until the next letter is typed."""
        if self.is_running:
            self._kept = self.composer.text
            self._hint((one_line(text, 300), "$warning" if problem else ""))

    def _hint(self, part: tuple[str, str]) -> None:
        hint = self.query_one("#hint", SafeText)
        hint.display = bool(part[0])
        hint.show(part)
