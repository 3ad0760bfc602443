"""A burst of keys has the outcome of the same keys pressed one by one, with the screen drawn in between.

The host answers late: what a key asks it for is not there yet when the next key comes. What a run has said by
then is another matter: it may well decide what a key means.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, OptionList

from homewit.tui.testing import FACT, SESSION, FakeHost, HostRefuses

from .conftest import Driver

LATE = 300
"""Rounds of the event loop: more than a key takes by itself."""
CHANGES = ("prompt", "workflow", "cancel", "approve", "reply", "resume")
WORKFLOW = {"name": "trip", "description": "how far", "inputs": [{"name": "miles", "needed": True}]}


class LateHost(FakeHost):
    """Has several of everything, and answers after some rounds."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        world = self.world
        world.facts = [{**FACT, "id": f"f_{n}", "quote": f"fact {n}"} for n in range(4)]
        world.permissions = [{**world.permissions[0], "id": f"g_{n}", "rule": f"tool_{n}"} for n in range(4)]
        world.sessions = [{**SESSION, "id": f"s_{n}", "title": f"talk {n}"} for n in range(3)]
        world.workflows = [WORKFLOW]

    async def _result(self, method: str, params: dict[str, Any]) -> Any:
        for _ in range(LATE):
            await asyncio.sleep(0)
        return await super()._result(method, params)


@dataclass(frozen=True)
class Outcome:
    """What the user has at the end, and what the host was asked to do."""

    written: str
    history: list[str]
    screens: list[str]
    focus: str
    searched: list[str]
    selected: list[int | None]
    facts: list[str]
    permissions: list[str]
    session: str | None
    prompts: list[str]
    changes: list[str]
    screen: str


def outcome(chat: Driver) -> Outcome:
    world, state, screen = chat.host.world, chat.conversation.state, chat.app.screen
    return Outcome(
        written=chat.composer.text,
        history=chat.composer.sent_before,
        screens=[type(one).__name__ for one in chat.app.screen_stack],
        focus=type(chat.app.focused).__name__,
        searched=[one.value for one in screen.query(Input)],
        selected=[one.highlighted for one in screen.query(OptionList)],
        facts=[fact["id"] for fact in world.facts],
        permissions=[one["id"] for one in world.permissions],
        session=state.session,
        prompts=[run.prompt for run in state.runs],
        changes=[method for method in chat.host.methods() if method in CHANGES],
        screen=chat.text(),
    )


def is_at_rest(chat: Driver) -> bool:
    """Whether nothing is going on in the program, or between it and its host."""
    tasks = [task for task in chat.conversation._tasks if "_listen" not in repr(task.get_coro())]
    works = [worker for worker in chat.app.workers if worker.name != "keys" and not worker.is_finished]
    current = chat.conversation.state.current
    runs = current is not None and not (current.approval or current.question)
    return not (tasks or works or runs or chat.chat._dirty)


async def rest(chat: Driver) -> None:
    await chat.press()
    calm = 0

    def stays_calm() -> bool:
        nonlocal calm
        calm = calm + 1 if is_at_rest(chat) else 0
        return calm > 2

    await chat.until(stays_calm)


HISTORY = [*"one", "ctrl+c", *"two", "ctrl+c", "up", "up", *" more", "down", "down", *"x", "ctrl+c", "up"]
RUNS = {
    "write and send": [*"hello", "backspace", "enter", *"again", "left", "X", "enter", "end", *"!"],
    "lines": [*"a\\", "enter", *"b", "ctrl+j", *"c", "up", "home", *"d", "ctrl+c", *"e", "up", "up"],
    "history": HISTORY,
    "a command by its beginning": [
        *"/mem",
        "tab",
        *"fact",
        "enter",
        *"2",
        "down",
        "f",
        "y",
        "escape",
        "escape",
    ],
    "a workflow by its beginning": [*"/run tr", "tab", *"miles=3"],
    "the palette": ["ctrl+p", *"erase what", "enter", *"fact 1"],
    "the palette, another command": ["ctrl+p", *"set-up", "enter"],
    "a row below the first": ["f3", "down", "down", "down", "f", "y"],
    "a row above the last": ["f3", "down", "up", "f", "y", "up", "f", "y", "escape", *"done"],
    "two rows, one after the other": ["f3", "down", "f", "y", "f", "y", "f", "n", "escape", *"done"],
    "a search, then a row": ["f3", *"3", "down", "f", "y", "escape", "escape", *"done"],
    "a search that finds nothing": ["f3", *"nothing here", "down", "f", "y", "escape", "escape", *"done"],
    "back from the list": ["f3", "tab", "down", "tab", *"2", "tab", "f", "y"],
    "permissions": [*"/permissions", "enter", "down", "down", "r", "r", "up", "r", "escape", *"done"],
    "a session by its row": ["ctrl+r", "down", "down", "enter", *"go on", "enter"],
    "a session by enter": ["ctrl+r", "enter", *"go on", "enter"],
    "a session by its name": [*"/resume s_2", "enter", *"go on", "enter", *"and on", "enter"],
    "write on over the help": ["f1", *"what is", " ", *"new", "f1", "down", "q", *"?"],
    "open and close": ["f3", "escape", "ctrl+r", "escape", "f1", "f1", "ctrl+p", "escape", *"done"],
    "details and pages": [*"one", "enter", "ctrl+o", "pageup", *"two", "enter", "pagedown", "ctrl+o"],
}


@pytest.mark.parametrize("keys", RUNS.values(), ids=RUNS)
async def test_a_burst_of_keys_does_what_the_keys_do(chatting, keys: list[str]):
    """Whatever the host has to be asked for in between."""
    ends = []
    for at_once in (False, True):
        async with chatting(LateHost(), size=(80, 24)) as chat:
            await rest(chat)
            for burst in [keys] if at_once else [[key] for key in keys]:
                chat.typed(*burst)
                await rest(chat)
            ends.append(outcome(chat))
    one_by_one, burst = ends
    assert burst == one_by_one


@pytest.mark.parametrize(
    "keys", [["tab", "escape", *"later"], ["escape", *"no"], [*"a d", "tab", "enter", "escape"]]
)
async def test_a_burst_of_keys_around_a_card_does_what_the_keys_do(chatting, recording, keys: list[str]):
    """In the composer, on the card, and back; nothing is answered by it."""
    ends = []
    for at_once in (False, True):
        async with chatting(LateHost([recording("approval")]), size=(80, 24)) as chat:
            await chat.ready()
            chat.typed(*"save it", "enter")
            await chat.shows("needs your OK")
            await rest(chat)
            for burst in [keys] if at_once else [[key] for key in keys]:
                chat.typed(*burst)
                await rest(chat)
            ends.append(outcome(chat))
    one_by_one, burst = ends
    assert burst == one_by_one
    assert "approve" not in burst.changes


async def test_a_workflow_that_is_pasted_can_be_completed(chatting):
    """The workflows are looked up, though ``/run`` never stood there alone."""
    async with chatting(LateHost()) as chat:
        await rest(chat)
        chat.app.post_message(events.Paste("/run tr"))
        chat.typed("tab")
        await chat.until(lambda: chat.composer.text == "/run trip ")


async def test_what_is_pasted_over_a_text_to_be_read_is_written_in_the_composer(chatting):
    """As letters are that are typed there."""
    async with chatting() as chat:
        await chat.ready()
        chat.typed("f1")
        chat.app.post_message(events.Paste("what \x1b[31mis"))
        chat.typed(*" it")
        await chat.until(lambda: chat.composer.text == "what is it")


async def test_what_is_typed_while_the_first_session_is_opened_is_sent_in_it(chatting):
    """Nothing that was sent early is lost."""
    opens = asyncio.Event()

    async def show(params):
        await opens.wait()
        return host.world.answer("sessions.show", params["args"])

    host = FakeHost(answers={"sessions.show": show})
    async with chatting(host, session="s_dinner1") as chat:
        await chat.shows("◐ loading")
        await chat.press(*"and dessert?", "enter")
        await chat.shows("queued 1  and dessert?")
        opens.set()
        await chat.shows("Menu B needs no oven.", "You said: and dessert?")
        (prompt,) = [params for method, params in host.received if method == "prompt"]
        assert prompt["session"] == "s_dinner1"


async def test_what_was_meant_for_a_session_that_is_not_there_waits(chatting):
    """It is not sent in another one; enter does that."""
    opens = asyncio.Event()

    async def show(_params):
        await opens.wait()
        raise HostRefuses("there is no s_nothing")

    async with chatting(FakeHost(answers={"sessions.show": show})) as chat:
        await chat.ready()
        await chat.say("/resume s_nothing")
        await chat.say("go on")
        opens.set()
        await chat.shows("there is no s_nothing", "queued 1  go on", "paused · enter sends it")
        assert "prompt" not in chat.host.methods()
        await chat.press("enter")
        await chat.shows("You said: go on")


async def test_a_queue_outlasts_a_new_session(chatting):
    """What waits for the user still waits."""
    async with chatting() as chat:
        await chat.ready()
        chat.conversation.state = chat.conversation.state.__class__(
            host=chat.conversation.state.host, queue=("later",), paused=True, outdated=True
        )
        await chat.press("ctrl+n")
        await chat.shows("queued 1  later", "paused · enter sends it")
        assert chat.conversation.state.outdated


class SaysAllAtOnce(FakeHost):
    """What it says of a run is read once all of it is there, behind something else, as after a standstill."""

    def __init__(self) -> None:
        super().__init__()
        self._said: list[Any] = []

    async def receive(self) -> dict[str, Any] | None:
        if not self._said:
            first = await super().receive()
            self._said = [first]
            if first is not None and "run" in (first.get("result") or {}):
                while self._said[-1].get("params", {}).get("type") != "run.finished":
                    self._said.append(await super().receive())
                self._said.insert(0, {"jsonrpc": "2.0", "method": "progress", "params": {"text": "slow"}})
        return self._said.pop(0)


async def test_a_run_that_ends_before_it_was_accepted_is_not_mixed_up_with_the_next(chatting):
    """Each prompt has its own answer."""
    async with chatting(SaysAllAtOnce()) as chat:
        await chat.ready()
        for text in ("one", "two", "three"):
            chat.conversation.submit(text)
        await chat.shows("You said: one", "You said: two", "You said: three", "● ready")


async def test_a_click_on_a_row_that_goes_meanwhile_is_no_click(chatting):
    """The list got shorter when the click was on its way. Control: the row that is still there."""
    async with chatting(LateHost()) as chat:
        await rest(chat)
        chat.typed("ctrl+r")
        await rest(chat)
        rows = chat.app.screen.query_one(OptionList)
        x, y = rows.region.x + 3, rows.region.y + 1

        def click() -> None:
            for kind in (events.MouseDown, events.MouseUp, events.Click):
                chat.app.screen._forward_event(kind(rows, x, y, 0, 0, 1, False, False, False, x, y))

        click()
        rows.remove_option_at_index(2)
        rows.remove_option_at_index(1)
        await rest(chat)
        assert len(chat.app.screen_stack) == 2
        y -= 1
        click()
        await chat.until(lambda: chat.conversation.state.session == "s_0")


async def test_what_the_host_refuses_stays_in_view_below_the_rows(chatting):
    """Until another row is looked at."""

    def refuse(_params):
        raise HostRefuses("this fact is being used")

    async with chatting(FakeHost(answers={"memory.forget": refuse})) as chat:
        await chat.ready()
        chat.typed("f3", "down", "f", "y")
        await rest(chat)
        assert "this fact is being used" in chat.text()
        assert len(chat.host.world.facts) == 1
