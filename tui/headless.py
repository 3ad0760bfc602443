"""Follow one run without anybody there: events or narration while it goes on, and the exit code at its end.

Ctrl-C asks the host to stop, so that the log is closed; a second one does not wait for that. An interrupted
run ends with 130, or with the code for an unknown outcome when it was stopped inside an effect.
"""

import asyncio
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, suppress
from typing import TYPE_CHECKING, Any

from ..agent import events as ev
from . import output
from .errors import HostStopped, TuiError
from .narrate import narrate
from .safe_text import one_line
from .sign_of_life import sign_of_life

if TYPE_CHECKING:
    from ..agent.requests import HostStatus, RunAccepted
    from .client import Client
    from .launch import Connection

ACCEPT = "homewit procedures accept"
_INTERRUPTED = 130
_STOP_PATIENCE_S = 3.0


async def carry_through(
    connected: Callable[[], AbstractAsyncContextManager["Connection"]],
    begin: Callable[["Client"], Awaitable["RunAccepted"]],
    go_on: Callable[["Client", str], Awaitable[Any]],
    as_json: bool,
) -> int:
    """``begin`` a run and show it to its end; the exit code is the one that the run itself reports.

    When the host is gone before that, another one is asked to ``go_on`` with the run from its log, once.
    Raises ``HostStopped`` with the way to go on when that one is gone as well.
    """
    async with connected() as connection:
        if not as_json:
            _warn(connection.status)
        accepted = await begin(connection.client)
        show = _Lines() if as_json else _Narration(accepted)
        try:
            return await _follow(connection.client, accepted.run, show)
        except HostStopped as error:
            output.say(f"{error}; another one takes the run {accepted.run} up", "yellow")
    try:
        async with connected() as connection:
            return await _take_up(connection.client, accepted.run, go_on, show)
    except HostStopped as error:
        raise HostStopped(f"{error}; to go on: homewit resume {accepted.run}") from error


def _warn(status: "HostStatus") -> None:
    """Of what is wrong with the set-up. That no model answers is said by the run that needs one."""
    said_by_the_run = [line.text for line in status.lines if line.name in ("engine", "model")]
    for problem in status.problems:
        if problem not in said_by_the_run:
            output.say(f"warning: {one_line(problem, 400)}", "yellow")


async def _take_up(
    client: "Client", run: str, go_on: Callable[["Client", str], Awaitable[Any]], show: "_Show"
) -> int:
    """First what was stored and never arrived, then what is left of the run."""
    for wire in (await client.item("runs.show", id=run)).get("events", []):
        event = ev.Event.from_wire(wire)
        if event.seq > show.last:
            show.event(event)
            if isinstance(event.body, ev.RunFinished):
                return event.body.exit_code
    show.begin_anew()
    await go_on(client, run)
    return await _follow(client, run, show)


async def _follow(client: "Client", run: str, show: "_Show") -> int:
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    watching = asyncio.create_task(_watch(client, run, show))
    loop.add_signal_handler(signal.SIGINT, interrupted.set)
    stopping = asyncio.create_task(interrupted.wait())
    try:
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            code = watching.result()
            if code == 0 and isinstance(show, _Narration):
                await _offer(client, run)
            return code
        loop.remove_signal_handler(signal.SIGINT)
        await client.cancel(run)
        await asyncio.wait({watching}, timeout=_STOP_PATIENCE_S)
        return _after_interrupt(watching)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        watching.cancel()
        stopping.cancel()


async def _offer(client: "Client", run: str) -> None:
    """Tell, once, that the same was done before and can be remembered."""
    with suppress(TuiError):
        for row in await client.items("procedures.offer", run=run):
            output.say(f"you have done this before; to let me remember how: {ACCEPT} {row['id']}", "cyan")


def _after_interrupt(watching: asyncio.Task[int]) -> int:
    """130, unless the run was stopped inside an effect: that its outcome is unknown must not get lost."""
    ended = watching.done() and not watching.cancelled() and watching.exception() is None
    unknown = ev.EXIT_CODES["unknown"]
    return unknown if ended and watching.result() == unknown else _INTERRUPTED


async def _watch(client: "Client", run: str, show: "_Show") -> int:
    code = 1
    with ExitStack() as waiting:
        if isinstance(show, _Narration):
            waiting.enter_context(sign_of_life("working …"))
        async for event in client.events(run):
            if not isinstance(event.body, ev.RunStarted | ev.RouteChosen):
                waiting.close()
            show.event(event)
            if isinstance(event.body, ev.RunFinished):
                code = event.body.exit_code
    return code


class _Show:
    """Takes the events of a run in their order."""

    last = 0
    """The number of the newest one."""

    def event(self, event: ev.Event) -> None:
        self.last = event.seq

    def begin_anew(self) -> None:
        """What was being written when the host went away is written again."""


class _Lines(_Show):
    """``--json``: the events as they are."""

    def event(self, event: ev.Event) -> None:
        super().event(event)
        output.record(event.to_wire())


class _Narration(_Show):
    """Text mode: the answer is data, all else is narration. A terminal sees the answer as it is written."""

    def __init__(self, accepted: "RunAccepted") -> None:
        self._accepted = accepted
        self._stream = output.Stream()
        self._streamed = ""
        self._live = sys.stdout.isatty()
        self._rules: list[str] = []
        self._is_workflow = False

    def event(self, event: ev.Event) -> None:
        super().event(event)
        body = event.body
        if isinstance(body, ev.TextDelta):
            self._delta(body.text)
        elif isinstance(body, ev.Answered):
            if body.parent:  # what a sub-task says is the result of its step
                return
            self._answer(body.text)
        else:
            self._end_of_stream()
            for line, style in narrate(body):
                output.say(line, style)
        if isinstance(body, ev.RunStarted):
            self._is_workflow = body.workflow is not None
        if isinstance(body, ev.ApprovalRequested):
            self._rules = [step.rule for step in body.steps]
        if isinstance(body, ev.RunFinished):
            self._advise(body)

    def begin_anew(self) -> None:
        self._end_of_stream()
        self._streamed = ""

    def _delta(self, text: str) -> None:
        self._streamed += text
        if self._live:
            self._stream.push(text)

    def _answer(self, text: str) -> None:
        shown = self._live and self._streamed.strip() == text.strip()
        self._end_of_stream()
        if not shown:
            output.write(text)
        self._streamed = ""

    def _end_of_stream(self) -> None:
        if self._live and self._streamed:
            self._stream.finish()

    def _advise(self, body: ev.RunFinished) -> None:
        """How to go on after a run that could not end by itself."""
        if not self._live and self._streamed.strip():
            output.write(self._streamed)  # a partial answer is kept
        if body.status == "approval_needed" and "" in self._rules:
            output.say("nobody was there to approve; no rule can, only an answer in `homewit chat`", "yellow")
        elif body.status == "approval_needed" and self._rules:
            rules = " ".join(f"--allow {shlex.quote(rule)}" for rule in self._rules)
            going_on = f"homewit resume {self._accepted.run} {rules}"
            output.say(f"nobody was there to approve; to allow exactly this: {going_on}", "yellow")
        elif body.status == "input_needed" and not self._is_workflow:  # whose answer says how to give it
            output.say(f'to answer: homewit run --session {self._accepted.session} "…"', "yellow")
        elif body.status == "unknown":
            output.say(f"the outcome of a step is unknown: homewit runs show {self._accepted.run}", "yellow")
