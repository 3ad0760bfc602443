"""A call that only changes the user's records leaves nothing behind when it does not come to its end."""

import asyncio
import threading
from typing import Any, Literal

import pytest

from homewit.agent import Plan, Step
from homewit.agent import events as ev
from homewit.agent.log.journal import Given, Journal
from homewit.agent.log.ledger import Ledger
from homewit.agent.testing import FakeClock
from homewit.tools import ToolContext, ToolFailed, tool

KEEP = Step("s1", "keep", {"text": "x"})


def keeper(effect: Literal["record", "write"], then: Any, **options: Any) -> Any:
    """A tool that keeps a note and a task, with what happens between the two."""

    @tool(effect=effect, **options)
    def keep(text: str, *, ctx: ToolContext) -> str:
        """Keep a note and a task."""
        ctx.records.add_note(text)
        then()
        ctx.records.add_task(text)
        return f"kept {text}"

    return keep


def kept(agent: Any) -> tuple[list[str], list[str]]:
    records = agent.place.store.records
    return [note.text for note in records.rows("note")], [task.title for task in records.list_tasks()]


def fail() -> None:
    raise ToolFailed("no more")


@pytest.mark.parametrize(("effect", "notes"), [("record", []), ("write", ["x"])])
async def test_a_call_that_fails_is_not_half_done(opened, plan, effect, notes):
    """Its note is gone with it. Control: a tool that changes more than records is left as it is."""
    tools = [keeper(effect, fail)]
    async with opened("act", plan(("keep", {"text": "x"})), tools=tools) as agent:
        result = await agent.run("keep x", allow=["keep"])
        assert ([step.status for step in result.steps], kept(agent)) == (["failed"], (notes, []))


async def test_time_that_is_up_leaves_nothing_and_nobody_writing(opened, plan, let_pass):
    """The thread that is left behind wants to go on, and may not."""
    go_on, left = threading.Event(), []

    def wait() -> None:
        left.append(threading.current_thread())
        let_pass(600)
        go_on.wait(60)

    tools = [keeper("record", wait, timeout_s=600)]
    async with opened("act", plan(("keep", {"text": "x"})), tools=tools) as agent:
        result = await agent.run("keep x")
        (step,) = result.steps
        assert step.status == "failed"
        assert step.text.endswith("what it had changed is as it was")
        go_on.set()
        left[0].join(60)
        assert kept(agent) == ([], [])


async def test_a_stop_in_the_middle_leaves_nothing(opened, plan):
    """The run is cancelled, and not unknown as it is where nobody can tell."""
    written, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        written.set()
        go_on.wait(60)

    async with opened("act", plan(("keep", {"text": "x"})), tools=[keeper("record", wait)]) as agent:
        async for event in agent.stream("keep x"):
            if event.body.type == "step.started":
                await asyncio.to_thread(written.wait, 60)
                agent.active(event.run).cancel()
            if event.body.type == "step.finished":
                ended = event.body
        go_on.set()
        assert ended.text == "it was cut off while it ran; what it had changed is as it was"
        assert (event.body.status, kept(agent)) == ("cancelled", ([], []))


async def interrupted(agent: Any, step: Step) -> str:
    """A run that died in the call, after its note and before its task."""
    store = agent.place.store
    journal = await Journal.begin(store, FakeClock(), Given("go"), None, None)
    journal.write(ev.RouteChosen(route="plan"))
    planned = Plan("plan", (step,)).to_wire()["steps"]
    journal.write(ev.Planned(steps=tuple(map(ev.PlannedStep.model_validate, planned))))
    ledger = Ledger(journal.commits)
    await ledger.intend(step.id, step.tool, step.args)
    store.records.in_call(ledger.key(step.id, step.args)).add_note("x")
    return journal.run


@pytest.mark.parametrize("idempotent", [False, True])
async def test_after_a_crash_the_call_is_made_again_from_its_start(opened, idempotent):
    """One note and one task, and the result of the tool itself, which later steps can use."""
    async with opened("Kept.", tools=[keeper("record", int, idempotent=idempotent)]) as agent:
        run = await interrupted(agent, KEEP)
        result = await agent.resume(run)
        assert [(step.status, step.text) for step in result.steps] == [("done", "kept x")]
        assert kept(agent) == (["x"], ["x"])


async def test_what_was_changed_after_the_crash_is_not_undone(opened):
    """The user has edited the note since, so it is theirs, and nobody can tell how far the call came."""
    async with opened(tools=[keeper("record", int)]) as agent:
        run = await interrupted(agent, KEEP)
        (note,) = agent.place.store.records.rows("note")
        agent.place.store.records.change("note", note.id, None, text="x, and more")
        result = await agent.resume(run)
        assert ([step.status for step in result.steps], result.exit_code) == (["unknown"], 6)
        assert kept(agent) == (["x, and more"], [])


async def test_a_tool_of_homewit_that_had_changed_nothing_is_called_again(opened):
    """What it declares is known to be true; a plugin's word is not enough (`log/test_settling`)."""
    step = Step("s1", "add_note", {"text": "y"})
    async with opened("Noted.") as agent:
        store = agent.place.store
        run = await interrupted(agent, step)
        note = store.records.rows("note")[0]
        store.records.remove("note", note.id)  # as if it had not come so far
        with store.write() as connection:
            connection.exec_driver_sql("DELETE FROM call_writes")
        result = await agent.resume(run)
        assert [(one.status, one.text) for one in result.steps] == [("done", "Noted: y")]
        assert kept(agent) == (["y"], [])
