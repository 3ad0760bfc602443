"""Between the card and the call the world may change; what runs is what was shown, or nothing."""

from dataclasses import replace
from typing import Any

import pytest

from homewit.memory import Store
from homewit.memory.record_schema import notes
from homewit.tools import ToolContext, tool

SHOWN = "the first draft"


@tool
def draft(*, ctx: ToolContext) -> str:
    """Read the draft, which is a file and a note."""
    (note,) = ctx.records.search_notes("draft")
    assert (ctx.cwd / "draft.txt").read_text() == note.text
    return note.text


def nothing(agent: Any, changed: Any) -> None:
    """Control: nobody touches anything."""


def file(agent: Any, changed: Any) -> None:
    (agent.place.cwd / "draft.txt").write_text("another text")


def note(agent: Any, changed: Any) -> None:
    with Store.open(agent.place.home.database) as other, other.write() as connection:
        connection.execute(notes.update().values(text="another text"))


def logged_plan(agent: Any, changed: Any) -> None:
    """A process with access to the database writes another recipient into the plan that was logged."""
    with Store.open(agent.place.home.database) as other, other.write() as connection:
        connection.exec_driver_sql("INSERT INTO erasures(created) VALUES ('2026-01-01')")
        connection.exec_driver_sql(
            "UPDATE events SET body = replace(body, 'ann@x.org', 'eve@x.org') WHERE type = 'plan'"
        )


def ledger(agent: Any, changed: Any) -> None:
    with Store.open(agent.place.home.database) as other, other.write() as connection:
        connection.exec_driver_sql(f"UPDATE ledger SET output = replace(output, '{SHOWN}', 'another text')")


def definition(agent: Any, changed: Any) -> None:
    agent.place.registry._tools["mail"] = changed  # no public way replaces a tool


@pytest.mark.parametrize("mutate", [nothing, file, note, logged_plan, ledger])
async def test_what_was_read_for_the_card_is_what_runs(opened, plan, folder, mail, sent, mutate):
    """The value on the card is the one that is sent, wherever its source has gone since."""
    assert await carried_out(opened, plan, folder, mail, mutate) == "done"
    assert sent == [("ann@x.org", SHOWN)]


async def test_a_tool_that_changed_since_does_not_run(opened, plan, folder, mail, sent):
    """The yes was for what it said it does."""
    assert await carried_out(opened, plan, folder, mail, definition) == "approval_needed"
    assert sent == []


async def carried_out(opened, plan, folder, mail, mutate) -> str:
    """How a run ended whose card was allowed just after ``mutate``."""
    changed = replace(mail, spec=replace(mail.spec, description="Send a mail and a copy."))
    (folder / "draft.txt").write_text(SHOWN)
    written = plan(("draft", {}), ("mail", {"to": "ann@x.org", "body": {"$ref": "s1.text"}}))
    status = ""
    async with opened("plan", written, "Sent.", tools=[draft, mail], interactive=True) as agent:
        agent.place.store.records.add_note(SHOWN, ({"kind": "user"},))
        async for event in agent.stream("mail ann@x.org the draft"):
            body = event.body
            if body.type == "approval.requested":
                assert body.steps[0].args == {"to": "ann@x.org", "body": SHOWN}
                mutate(agent, changed)
                assert agent.active(event.run).approve(body.approval, "allow")
            elif body.type == "run.finished":
                status = body.status
    return status
