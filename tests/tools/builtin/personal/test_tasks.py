"""Tasks with priority, project and repetition, edited, reopened, deleted, and all of that undone."""

from typing import Any

import pytest

from homewit.tools import ToolContext, ToolFailed, ToolRetry

from ...conftest import TOOLS, Call


async def undo(name: str, result: Any, ctx: ToolContext) -> str:
    return await TOOLS[name].take_back(result.data, ctx)


async def test_what_matters_more_comes_first(call: Call):
    """Among tasks of the same day; project, priority and repetition are said in the list."""
    await call("add_task", title="water plants", due="tomorrow", repeats="every 3 days")
    await call("add_task", title="send offer", due="tomorrow", priority="high", project="Acme")
    late = await call("add_task", title="pay rent", due="2026-11-18")
    assert late.text == "Added to your tasks: pay rent (due Wednesday 18 November)"
    assert (await call("list_tasks")).text == (
        "1. pay rent (overdue since Wednesday 18 November)\n"
        "2. send offer (due tomorrow, 21 November, high priority, project Acme)\n"
        "3. water plants (due tomorrow, 21 November, every 3 days)"
    )
    assert (await call("list_tasks", project="acme")).data["count"] == 1
    assert (await call("list_tasks", words="PLANTS water")).data["count"] == 1
    assert (await call("list_tasks", until="today")).data["count"] == 1
    assert (await call("list_tasks", words="zebra")).text == "No such tasks."


async def test_tasks_are_listed_by_when_they_are_due(call: Call):
    """What is overdue counts as of today: it is among those of a period with today in it. Numbers are those
    in the list of all, by which tasks are named.
    """
    for due in ("2026-11-18", "today", "tomorrow", "next friday", "none"):
        await call("add_task", title=f"due {due}", due=due, priority="high" if due == "today" else "normal")

    async def titles(**wanted: Any) -> list[str]:
        return [task["title"] for task in (await call("list_tasks", **wanted)).data["tasks"]]

    assert await titles(period="overdue") == ["due 2026-11-18"]
    assert await titles(period="today") == ["due 2026-11-18", "due today"]
    assert await titles(period="tomorrow") == ["due tomorrow"]
    assert await titles(period="before saturday") == ["due 2026-11-18", "due today"]
    assert await titles(period="next week") == ["due next friday"]
    assert await titles(period="none") == ["due none"]
    assert await titles(priority="high") == ["due today"]
    assert (await call("list_tasks", period="tomorrow")).text.startswith("3. due tomorrow")
    assert (await call("complete_task", title="3")).text == "Done: due tomorrow"
    assert (await call("list_tasks", period="yesterday")).text == "No such tasks."
    with pytest.raises(ToolRetry, match="not a period"):
        await call("list_tasks", period="whenever")


async def test_a_repeating_task_moves_on(call: Call, ctx: ToolContext):
    """Done today, it is due at its next time; days that were missed are not made up for."""
    added = await call("add_task", title="bins", due="every monday")
    assert added.text == "Added to your tasks: bins (due Monday 23 November, every Monday)"
    done = await call("complete_task", title="bins")
    assert done.text == "Done: bins. It comes again Monday 30 November."
    assert (
        await undo("complete_task", done, ctx) == "Not done yet: bins (due Monday 23 November, every Monday)"
    )
    await call("edit_task", task="bins", due="2026-11-02", repeats="every other week")
    assert (
        await call("complete_task", title="bins")
    ).text == "Done: bins. It comes again Monday 30 November."


async def test_the_last_of_a_counted_repetition_is_done(call: Call):
    """A rule that names no further day ends the task."""
    await call("add_task", title="course", due="tomorrow", repeats="every day for 2 times")
    assert "comes again" in (await call("complete_task", title="course")).text
    await call("edit_task", task="course", due="tomorrow", repeats="every day for 1 times")
    assert (await call("complete_task", title="course")).text == "Done: course"


async def test_each_part_of_a_task_is_changed_and_undone(call: Call, ctx: ToolContext):
    """What is not named stays; none takes a day or a project away."""
    await call("add_task", title="write report", due="friday", project="work")
    changed = await call("edit_task", task="report", title="Write the report", priority="high", due="none")
    assert changed.text == "Changed: Write the report (high priority, project work)"
    assert (
        await undo("edit_task", changed, ctx)
        == "As it was: write report (due Friday 27 November, project work)"
    )
    deleted = await call("delete_task", task="1")
    assert (await call("list_tasks", status="all")).data["count"] == 0
    await undo("delete_task", deleted, ctx)
    await call("complete_task", title="report")
    again = await call("reopen_task", title="report")
    assert again.text == "Open again: write report"
    assert await undo("reopen_task", again, ctx) == "Done after all: write report"
    with pytest.raises(ToolRetry, match="There is no done task 'zebra'"):
        await call("reopen_task", title="zebra")


async def test_edits_that_make_no_sense(call: Call, ctx: ToolContext):
    """Nothing to change, days and repetitions that cannot be read, and an undo that would lose something."""
    await call("add_task", title="x")
    with pytest.raises(ToolRetry, match="Nothing was said to change"):
        await call("edit_task", task="x")
    with pytest.raises(ToolRetry, match="does not say how something repeats"):
        await call("edit_task", task="x", repeats="whenever")
    with pytest.raises(ToolRetry, match="no open task 'y'"):
        await call("delete_task", task="y")
    first = await call("edit_task", task="x", project="a")
    await call("edit_task", task="x", project="b")
    with pytest.raises(ToolFailed, match="changed since"):
        await undo("edit_task", first, ctx)
