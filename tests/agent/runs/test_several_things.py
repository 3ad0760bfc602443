"""Requests that ask for several things, on the bundled model: all are served, or it is said aloud."""

from typing import Any

from homewit.agent import Agent
from homewit.agent.testing import FakeClock


async def ran(agent: Agent, prompt: str) -> dict[str, Any]:
    """The answer, the status, and the tools and warnings in their order."""
    events = [event.to_wire() async for event in agent.stream(prompt)]
    return {
        "tools": [one["tool"] for one in events if one["type"] == "step.finished"],
        "warnings": [one["message"] for one in events if one["type"] == "warning"],
        "answers": [one["text"] for one in events if one["type"] == "answer"],
        "status": events[-1]["status"],
    }


async def test_each_thing_is_served_and_there_is_one_answer(tmp_path):
    """To remember and to do; what comes again and what is done now; and a part that nobody can do."""
    async with Agent.open(model="bundled", home=tmp_path, now=FakeClock()) as agent:
        both = await ran(agent, "remember that I like tea and what is 3*4")
        assert both["tools"] == ["calculate"]
        assert len(both["answers"]) == 1
        assert "I like tea" in both["answers"][0]
        assert "12" in both["answers"][0]

        reminded = await ran(agent, "remind me every monday to water the plants and show my reminders")
        assert reminded["tools"] == ["set_reminder", "list_reminders"]
        assert reminded["status"] == "done"

        lost = await ran(agent, "show my calendar and make me a sandwich")
        assert lost["tools"] == ["list_events"]
        assert lost["warnings"] == [
            "I did not understand “make me a sandwich”, so nothing was done about it."
        ]
        assert lost["status"] == "failed"

        plan = await agent.plan("show my calendar and make me a sandwich")
        assert plan.to_wire()["not_understood"] == ["make me a sandwich"]
        assert "not_understood" not in (await agent.plan("show my calendar")).to_wire()


async def test_what_is_known_is_told_beside_what_is_done(tmp_path):
    """Neither loses the other, nor a request kind words. Control: what is written down is one thing."""
    async with Agent.open(model="bundled", home=tmp_path, now=FakeClock()) as agent:
        await agent.run("remember that my locker code is 114")
        both = await ran(agent, "what is my locker code and show my tasks")
        assert both["tools"] == ["list_tasks"]
        assert "114" in both["answers"][0]

        await agent.run("remember that my bike is blue")
        both = await ran(agent, "whats my bike and show my tasks")
        assert both["tools"] == ["list_tasks"]
        assert "blue" in both["answers"][0]

        kind = await ran(agent, "thanks! and remind me to water the plants at 6pm")
        assert kind["tools"] == ["set_reminder"]

        noted = await ran(agent, "note that I lost my key and where my locker is")
        assert noted["tools"] == ["add_note"]


async def test_what_goes_on_from_the_request_before_is_read_with_it(tmp_path):
    """With its words, and with what it was about."""
    async with Agent.open(model="bundled", home=tmp_path, now=FakeClock()) as agent:
        first = await agent.run("what time is it in tokyo")
        session = agent.place.store.get_run(first.run_id).session
        steps = (await agent.run("and in lima?", session=session)).steps
        assert [(step.tool, step.args) for step in steps] == [("current_time", {"timezone": "lima"})]

        await agent.run("remind me to call mum tomorrow at 5pm", session=session)
        moved = await agent.run("make it 6pm", session=session)
        assert [step.tool for step in moved.steps] == ["move_reminder"]
        assert "tomorrow at 18:00" in moved.text


async def test_what_is_remembered_is_not_what_is_done(tmp_path):
    """The fact ends where the other thing begins. Control: a fact of two halves stays whole."""
    async with Agent.open(model="bundled", home=tmp_path, now=FakeClock()) as agent:
        await agent.run("remember that I like tea and show my tasks")
        await agent.run("remember that my aunt likes rum and raisins")
        facts = {fact.evidence_quote for fact in agent.place.store.list_facts()}
        assert any("rum and raisins" in quote for quote in facts)
        assert not any("tasks" in quote for quote in facts)
