"""Stopping: at any moment, with what was said so far kept and everything accounted for."""

import asyncio
import threading

import pytest

from homewit.agent.events import ApprovalResolved
from homewit.agent.testing import Slow
from homewit.tools import tool

ENDLESS = Slow("one " + "more " * 5000 + "last", 0.05)
"""Longer than any test takes."""


async def test_a_cancelled_answer_is_kept_as_far_as_it_came(opened):
    """The words that were streamed are the answer of the run, which is cancelled; the session keeps them."""
    async with opened("chat", ENDLESS) as agent:
        shown, events = "", []
        async for event in agent.stream("count"):
            events.append(event)
            if event.body.type == "text.delta":
                shown += event.body.text
                agent.active(event.run).cancel()
        turns = agent.place.store.turns(events[0].body.session)
        run = agent.place.store.get_run(events[0].run)
    answer, usage, end = events[-3:]
    assert answer.body.text == shown.strip() or answer.body.text.startswith(shown)
    assert "one" in answer.body.text
    assert "last" not in answer.body.text
    assert (usage.body.type, end.body.status, end.body.exit_code) == ("usage", "cancelled", 130)
    assert [turn.text for turn in turns] == ["count", answer.body.text]
    assert (run.status, run.exit_code) == ("cancelled", 130)


async def test_leaving_the_stream_cancels_the_run(opened):
    """A caller who closes the iterator stops the model, and the end is stored before the close returns."""
    async with opened("chat", ENDLESS) as agent:
        stream = agent.stream("count")
        async for event in stream:
            if event.body.type == "text.delta":
                break
        await stream.aclose()
        assert agent.place.store.get_run(event.run).status == "cancelled"


async def test_closing_the_agent_ends_its_runs(opened):
    """Runs that are still going on when the agent closes end as cancelled, with their last event stored."""
    async with opened("chat", ENDLESS) as agent:
        run = await agent.runner.start("count")
        events = run.events()
        while (await anext(events)).body.type != "text.delta":
            pass
    assert run.ended
    last = [event async for event in events][-1]
    assert last.body.status == "cancelled"


async def test_an_effect_that_is_cut_off_is_unknown(opened, plan):
    """A write that was running when the user cancelled may have happened: ledger, step, answer and exit code
    say so.
    """
    started = asyncio.Event()

    @tool(effect="record")
    async def slow_write(name: str) -> str:
        """Write slowly."""
        started.set()
        await asyncio.sleep(60)
        return name

    async with opened("act", plan(("slow_write", {"name": "x"})), tools=[slow_write]) as agent:
        events = []
        async for event in agent.stream("write x"):
            events.append(event)
            if event.body.type == "step.started":
                await started.wait()
                agent.active(event.run).cancel()
        rows = agent.place.store.ledger(events[0].run)
    assert [row.state for row in rows] == ["unknown"]
    step = next(event.body for event in events if event.body.type == "step.finished")
    answer = next(event.body for event in events if event.body.type == "answer")
    end = events[-1].body
    assert (step.status, end.status, end.exit_code) == ("unknown", "unknown", 6)
    assert answer.text == "Whether slow_write took effect is not known: it was cut off while it ran."


async def test_a_read_that_is_cut_off_has_just_failed(opened, plan):
    """Control: a read changes nothing, so there is nothing uncertain about it."""
    started = asyncio.Event()

    @tool
    async def slow_read(name: str) -> str:
        """Read slowly."""
        started.set()
        await asyncio.sleep(60)
        return name

    async with opened("act", plan(("slow_read", {"name": "x"})), tools=[slow_read]) as agent:
        events = []
        async for event in agent.stream("read x"):
            events.append(event)
            if event.body.type == "step.started":
                await started.wait()
                agent.active(event.run).cancel()
        rows = agent.place.store.ledger(events[0].run)
    assert ([row.state for row in rows], events[-1].body.status) == (["failed"], "cancelled")


@pytest.mark.parametrize(
    ("effect", "status", "code"), [("write", "unknown", 6), ("record", "unknown", 6), ("read", "budget", 4)]
)
async def test_the_time_limit_inside_a_step(opened, plan, folder, let_pass, effect, status, code):
    """Time that is up inside a change leaves its outcome unknown, which is the exit code. Control: a read."""
    over = threading.Event()

    @tool(effect=effect, sinks=("name",), timeout_s=3600)
    def slow(name: str) -> str:
        """Begin, and take too long."""
        (folder / name).write_text("half", encoding="utf-8")
        let_pass(600)
        over.wait(60)
        return name

    written = plan(("slow", {"name": "x"}), ("slow", {"name": "y"}, ["s1"]))
    async with opened("plan", written, tools=[slow]) as agent:
        result = await agent.run("slow x y", timeout_s=600, allow=["slow"])
        stored = agent.place.store.get_run(result.run_id)
        over.set()
    assert (result.status, result.exit_code, result.error) == (status, code, "budget")
    assert (stored.status, stored.exit_code) == (status, code)
    assert [(step.id, step.status) for step in result.steps] == [
        ("s1", "failed" if effect == "read" else "unknown")
    ]
    assert ((folder / "x").exists(), (folder / "y").exists()) == (True, False)


async def test_an_unknown_outcome_outlasts_a_later_stop(opened, plan, let_pass):
    """A change whose own time was up, and then the time of the run: what counts is what nobody knows."""

    @tool(effect="record", timeout_s=0.05)
    async def hang() -> str:
        """Hang."""
        await asyncio.sleep(60)
        return ""

    @tool(timeout_s=3600)
    async def wait() -> str:
        """Wait."""
        let_pass(600)
        await asyncio.sleep(3600)
        return ""

    async with opened("plan", plan(("hang", {}), ("wait", {})), tools=[hang, wait]) as agent:
        result = await agent.run("hang and wait", timeout_s=600)
    assert [step.status for step in result.steps] == ["unknown", "failed"]
    assert (result.status, result.exit_code, result.error) == ("unknown", 6, "budget")


async def test_the_time_limit_stops_a_run(opened, let_pass):
    """A run that takes too long ends with the budget's exit code and keeps what it said."""
    events = []
    async with opened("chat", ENDLESS) as agent:
        async for event in agent.stream("talk", timeout_s=600):
            if event.body.type == "text.delta" and not any(one.type == "text.delta" for one in events):
                let_pass(600)
            events.append(event.body)
    answer, error, usage, end = events[-4:]
    assert (error.code, usage.type, end.status, end.exit_code) == ("budget", "usage", "budget", 4)
    assert answer.text.startswith("one")


async def test_a_tool_that_hangs_ends_by_its_own_limit(opened, plan):
    """A read that times out fails; a change that times out is unknown, exit code 6."""

    @tool(timeout_s=0.05)
    async def hang_read() -> str:
        """Hang."""
        await asyncio.sleep(60)
        return ""

    @tool(timeout_s=0.05, effect="record")
    async def hang_write() -> str:
        """Hang."""
        await asyncio.sleep(60)
        return ""

    async with opened(
        "act", plan(("hang_read", {})), "act", plan(("hang_write", {})), tools=[hang_read, hang_write]
    ) as agent:
        read, write = await agent.run("read"), await agent.run("write")
    assert (read.steps[0].status, read.status, read.exit_code) == ("failed", "failed", 1)
    assert (write.steps[0].status, write.status, write.exit_code) == ("unknown", "unknown", 6)


async def test_a_check_that_fails_is_named_where_the_outcome_is_kept(opened, plan, caplog):
    """What the tool's own check could not tell stays unknown, with the reason in the ledger and the log."""

    async def was_sent(name: str) -> bool:  # no thread, which might not begin before the time is up
        raise OSError("the server is down")

    @tool(effect="record", timeout_s=0.05, check=was_sent)
    async def hang_write(name: str) -> str:
        """Hang."""
        await asyncio.sleep(60)
        return name

    async with opened("act", plan(("hang_write", {"name": "x"})), tools=[hang_write]) as agent:
        result = await agent.run("write")
        rows = agent.place.store.ledger(result.run_id)
    assert (result.status, [row.state for row in rows]) == ("unknown", ["unknown"])
    assert rows[0].output["error"].endswith("; its check failed: hang_write failed: the server is down")
    assert "the check of hang_write failed" in caplog.text


async def test_waiting_for_an_approval_can_be_cancelled(opened, plan):
    """A card that nobody answers does not keep the run open after a cancel, and is closed in the log."""

    @tool(effect="send", sinks=("to",))
    def mail(to: str) -> str:
        """Send."""
        raise AssertionError("must not run")

    async with opened("act", plan(("mail", {"to": "a"})), tools=[mail], interactive=True) as agent:
        events = []
        async for event in agent.stream("mail a"):
            events.append(event)
            if event.body.type == "approval.requested":
                agent.active(event.run).cancel()
    resolved, usage, last = (event.body for event in events[-3:])
    assert resolved == ApprovalResolved(approval="a1", decision="deny", by="cancelled")
    assert (usage.type, last.status) == ("usage", "cancelled")
