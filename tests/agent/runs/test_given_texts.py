"""Texts beside a request, on the bundled model: kept as they stand, asked about, never taken for requests."""

from collections.abc import AsyncIterator
from pathlib import Path

from homewit.agent import Agent
from homewit.agent.events import Event, Question
from homewit.agent.planning import things_asked
from homewit.agent.runs.run import LEFT_ALONE, WHAT_WITH_IT
from homewit.agent.testing import FakeClock

from ..planning.pasted import MAIL, RECIPE


async def _replying(agent: Agent, prompt: str, reply: str) -> AsyncIterator[Event]:
    async for event in agent.stream(prompt):
        yield event
        if isinstance(event.body, Question):
            agent.active(event.run).reply(event.body.question, reply)


async def test_a_text_alone_is_asked_about(folder: Path):
    """The reply says what is to be done with it; with nobody there, the next request of the session does."""
    async with Agent.open("bundled", cwd=folder, now=FakeClock(), interactive=True) as agent:
        events = [event.to_wire() async for event in _replying(agent, MAIL, "save it as a note")]
        assert WHAT_WITH_IT in [one["text"] for one in events if one["type"] == "question"]
        assert [one["args"] for one in events if one["type"] == "step.finished"] == [{"text": MAIL}]

        left = [event.to_wire() async for event in _replying(agent, MAIL, "never mind")]
        assert [one["text"] for one in left if one["type"] == "answer"] == [LEFT_ALONE]

    async with Agent.open("bundled", cwd=folder, now=FakeClock()) as agent:
        alone = await agent.run(RECIPE)
        assert (alone.status, alone.text) == ("input_needed", WHAT_WITH_IT)
        session = agent.place.store.get_run(alone.run_id).session
        kept = await agent.run("save it to soup.txt", session=session, allow=["write_file"])
        assert [step.args for step in kept.steps] == [{"content": RECIPE, "path": "soup.txt"}]
        assert (folder / "soup.txt").read_text(encoding="utf-8") == RECIPE


async def test_what_a_text_says_is_not_asked_for(folder: Path, monkeypatch):
    """Pasted or piped, it stays a text. Control: read as one request, it asks for more than the user does."""
    async with Agent.open("bundled", cwd=folder, now=FakeClock()) as agent:
        pasted = await agent.run(f"save this as a note:\n\n{MAIL}")
        piped = await agent.run("save this as a note", piped=MAIL)
        for run in (pasted, piped):
            assert [(step.tool, step.args) for step in run.steps] == [("add_note", {"text": MAIL})]
        unread = await agent.run("what does she want from me?", piped=MAIL)
        assert (unread.steps, unread.status) == ((), "failed")
        assert "not read it" in unread.text
        listed = await agent.run("add these to my tasks", piped="- milk\n- bread and butter\n")
        assert [step.args["title"] for step in listed.steps] == ["milk", "bread and butter"]

        async def nothing(_ctx) -> None:
            return None

        monkeypatch.setattr(things_asked, "_apart", nothing)
        whole = await agent.plan(f"save this as a note:\n\n{MAIL}")
        assert [(step.tool, step.args) for step in whole.steps] != [("add_note", {"text": MAIL})]
