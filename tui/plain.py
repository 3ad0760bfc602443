"""The line mode: the same conversation without a screen, for screen readers, pipes and small terminals.

Every line says who speaks; choices are numbers; nothing is drawn over. Ctrl-C stops the running answer, and
leaves when nothing runs. Knows nothing of the host but the conversation.
"""

import asyncio
import signal
import sys

from ..agent import events as ev
from . import output, slash
from .anew import take_leave
from .conversation import Conversation
from .errors import TuiError
from .launch import STARTING, Launch, hung_up
from .narrate import approval_lines, args_text, finished_line, memory_word, planned_args, wider_choices
from .safe_text import clean, one_line
from .sign_of_life import sign_of_life
from .stdin import Lines, is_piped
from .text_commands import answer_of

_LEFT_BY_KEY = 130


async def talk(launch: Launch, model: str | None, session: str | None) -> int:
    """Talk until the end of the input, /quit or Ctrl-C on an idle line."""
    speaker = Plain()
    conversation = Conversation(launch.host, model, speaker.changed, interactive=not is_piped())
    speaker.conversation = conversation
    conversation.noticed, conversation.reminded = speaker.notice, speaker.remind
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, speaker.interrupt)
    lines = Lines()
    connecting = asyncio.create_task(conversation.connect(session))
    try:
        return await speaker.listen(lines, connecting)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        lines.close()
        connecting.cancel()
        await conversation.close(cut_off=hung_up())
        take_leave(conversation)


class Plain:
    """Reads lines, prints events."""

    conversation: Conversation

    def __init__(self) -> None:
        self._stream = output.Stream()
        self._streamed = ""
        self._news = asyncio.Event()
        self._left = asyncio.Event()
        self._code = 0
        self._interrupted = False
        self._told = ""
        self._asked = False
        self._outdated = False
        self._started = False

    async def listen(self, lines: Lines, connecting: "asyncio.Task[None]") -> int:
        with sign_of_life(STARTING):
            await connecting
        self._started = True
        self.changed(())
        self._greet()
        while not self._left.is_set():
            self._ask_for_input()
            line = await self._next(lines)
            if line is None:
                break
            self._interrupted = False
            self._asked = False
            await self._take(clean(line).strip())
            if is_piped():
                await self._idle()
        await self._idle()
        return self._code

    def changed(self, events: tuple[ev.Event, ...]) -> None:
        for event in events:
            self._show(event.body)
        if events:
            self._ask_for_input()
        host = self.conversation.state.host
        if not self._started:  # there is a line that goes away
            return
        if host.engine in ("problem", "stopped") and host.message != self._told:
            self._told = host.message
            self._code = 3
            output.say(f"Problem: {host.message.rstrip('.')}. /retry tries again.")
        elif host.engine == "starting" and host.message and host.message != self._told:
            self._told = host.message
            output.say(f"Warning: {host.message.rstrip('.')}. It is started again.")
        if self.conversation.state.outdated and not self._outdated and not is_piped():
            self._outdated = True
            output.say("Note: this chat runs an older Homewit. /restart goes on with the new one.")
        self._news.set()

    def notice(self, text: str) -> None:
        """What the user may like to know and that belongs to no run."""
        self._interject(f"Note: {one_line(text, 400)}")

    def remind(self, text: str) -> None:
        """A reminder, with the terminal's bell; it comes once."""
        output.ring(f"Reminder: {text}")
        self._interject(f"Reminder: {one_line(text, 400)}")

    def _interject(self, line: str) -> None:
        """A line that nobody asked for; the user's turn is said again behind it."""
        self._end_of_stream()
        if self._asked:
            output.say()
            self._asked = False
        output.write(line)
        self._ask_for_input()

    def interrupt(self) -> None:
        """Ctrl-C: stop what runs; on an idle line the second one leaves."""
        if self.conversation.state.current is not None and not self._interrupted:
            self.conversation.stop()
        elif self._interrupted:
            output.say()
            self._code = _LEFT_BY_KEY
            self._left.set()
        else:
            output.say("\nCtrl-C again leaves; /quit does, too.")
        self._interrupted = True

    async def _next(self, lines: Lines) -> str | None:
        """The next line, unless the user leaves before it comes."""
        reading = asyncio.create_task(lines.next())
        leaving = asyncio.create_task(self._left.wait())
        await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if reading.done():
            return reading.result()
        reading.cancel()
        return None

    async def _idle(self) -> None:
        """Wait until nothing runs or the user is needed."""
        while not self._left.is_set() and self.conversation.state.host.engine == "ready":
            current = self.conversation.state.current
            if current is None and not self.conversation.state.queue:
                return
            if current is not None and (current.approval or current.question):
                return
            self._news.clear()
            leaving = asyncio.create_task(self._left.wait())
            news = asyncio.create_task(self._news.wait())
            await asyncio.wait({leaving, news}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            news.cancel()

    def _greet(self) -> None:
        state = self.conversation.state
        model = f" with {one_line(state.host.model)}" if state.host.model else ""
        output.say(
            f"Homewit is ready{model}. /help lists the commands, /quit leaves." if not self._told else ""
        )
        for problem in state.host.problems:
            output.say(f"Warning: {problem}")
        for run in state.runs[-3:]:
            output.write(f"You: {run.prompt}\nHomewit: {run.answer}")

    def _ask_for_input(self) -> None:
        """Say that it is the user's turn, once."""
        state = self.conversation.state
        current = state.current
        theirs = current is None and (state.paused or not state.queue)
        needed = current is not None and (current.approval is not None or current.question is not None)
        if sys.stdin.isatty() and not self._asked and (theirs or needed):
            self._asked = True
            output.prompt("You: ")

    async def _take(self, line: str) -> None:
        current = self.conversation.state.current
        if current is not None and current.approval is not None:
            self._decide(current.approval, line)
        elif not line:
            self.conversation.go_on()
        elif (typed := slash.read(line)) is None:
            self.conversation.submit(line)
        elif typed.problem:
            output.say(f"Problem: {typed.problem}")
        else:
            await self._command(typed.command, typed.argument)

    def _decide(self, shown: ev.ApprovalRequested, line: str) -> None:
        wider = wider_choices(shown)
        if line in ("1", "2"):
            self.conversation.decide(shown, line == "1")
        elif line.isdecimal() and 3 <= int(line) < 3 + len(wider):
            self.conversation.decide(shown, True, wider[int(line) - 3][0])
        else:
            more = "".join(f", {number} to allow {words}" for number, (_, words) in enumerate(wider, 3))
            output.say(f"Approval: type 1 to allow once{more}, or 2 to deny.")

    async def _command(self, name: str, argument: str) -> None:
        try:
            await self._carry_out(name, argument)
        except TuiError as error:
            output.say(f"Problem: {error}")

    async def _carry_out(self, name: str, argument: str) -> None:
        conversation = self.conversation
        match name:
            case "quit":
                self._left.set()
            case "new" | "resume":
                await conversation.open(argument or None)
                self._greet()
            case "copy":
                output.say("Problem: /copy needs the full screen; mark the text instead")
            case "retry" if conversation.state.outdated and not is_piped():
                conversation.begin_anew()
                self._left.set()
            case "retry":
                await conversation.restart()
            case _:
                for line in await answer_of(conversation, name, argument) or ():
                    output.line(line)

    def _show(self, body: ev.EventBody) -> None:
        match body:
            case ev.TextDelta(text=text):
                if not self._streamed:
                    self._stream.push("Homewit: ")
                self._streamed += text
                self._stream.push(text)
            case ev.Answered(text=text, parent=""):
                shown = self._streamed.strip() == text.strip()
                self._end_of_stream()
                if not shown:
                    output.write(f"Homewit: {text}")
            case _:
                self._end_of_stream()
                for line in _lines(body, attended=not is_piped()):
                    output.write(line)

    def _end_of_stream(self) -> None:
        if self._streamed:
            self._stream.finish()
            self._streamed = ""


def _lines(body: ev.EventBody, attended: bool) -> list[str]:
    """One event in words. Where nobody is there to choose, none is offered, and the answer tells the rest."""
    match body:
        case ev.Recalled(items=items):
            return [f"Recalled: {one_line(item.text)}" for item in items]
        case ev.Planned(steps=steps) | ev.PlanChanged(steps=steps) if len(steps) > 1:
            return [
                f"Plan: step {step.id}, {step.tool}, {args_text(planned_args(step.model_dump()))}"
                for step in steps
            ]
        case ev.StepFinished():
            return [f"Tool: {finished_line(_briefly(body))[0][2:]}"]
        case ev.ApprovalRequested():
            lines = [
                f"Approval: {text}" if number == 0 else text
                for number, (text, _) in enumerate(approval_lines(body))
            ]
            wider = [f" {number}) {words}" for number, (_, words) in enumerate(wider_choices(body), 3)]
            return [*lines, *([f"Approval: 1) allow once 2) deny{''.join(wider)}"] if attended else [])]
        case ev.Question(text=text) if attended:
            return [f"Question: {one_line(text, 400)}"]
        case ev.MemoryWritten(action=action, text=text):
            return [f"Memory: {memory_word(action)} {one_line(text)}"]
        case ev.Warned(message=message):
            return [f"Warning: {one_line(message, 400)}"]
        case ev.Errored(message=message, code=code) if code not in ev.TOLD_BY_THE_ANSWER:
            return [f"Problem: {one_line(message, 400)}"]
        case ev.RunFinished(status="cancelled"):
            return ["Homewit: stopped."]
    return []


def _briefly(body: ev.StepFinished) -> ev.StepFinished:
    """Why a step failed is left to the answer, which follows."""
    return body.model_copy(update={"text": "failed"}) if body.status == "failed" else body
