"""Taking the last record back: the right one, said in words, and never one that was changed since."""

from dataclasses import replace
from decimal import Decimal

import pytest

from homewit.agent.errors import CallFailed, NotFound, UsageError
from homewit.agent.queries.lookups import Queries
from homewit.agent.runs.undo import Undone, undo_last
from homewit.agent.testing import FakeClock
from homewit.memory import Store
from homewit.tools import tool


async def test_effects_are_undone_from_the_last_to_the_first(opened):
    """Each undo takes one more back and says what it was; in the end nothing is left to undo."""
    async with opened() as agent:
        await agent.runner.call_tool("add_note", {"text": "the wifi is hunter2"})
        await agent.runner.call_tool("add_task", {"title": "buy milk"})
        await agent.runner.call_tool("complete_task", {"title": "milk"})
        await agent.runner.call_tool("set_reminder", {"text": "tea", "at": "in 2 hours"})
        await agent.runner.call_tool("add_expense", {"amount": 12.5, "category": "food"})
        await agent.runner.call_tool("calculate", {"expression": "1 + 1"})
        undone = [(await undo_last(agent.place)).text for _ in range(5)]
        with pytest.raises(NotFound, match="There is nothing to undo"):
            await undo_last(agent.place)
        book = agent.place.store.records
        left = (book.search_notes(""), book.list_tasks("all"), book.list_reminders(pending_only=False))
    assert undone == [
        "Removed the expense: 12.50 on food",
        "Removed the reminder for today at 11:30: tea",
        "Open again: buy milk",
        "Removed from your tasks: buy milk",
        "Removed the note: the wifi is hunter2",
    ]
    assert left == ([], [], [])


async def test_only_what_the_session_did_is_undone(opened, plan):
    """What another session kept later stays; without a session, the newest of all is meant."""
    milk, rent = plan(("add_task", {"title": "milk"})), plan(("add_task", {"title": "rent"}))
    async with opened("act", milk, "ok", "act", rent, "ok") as agent:
        first, second = await agent.run("add milk"), await agent.run("add rent")
        session = agent.place.store.get_run(first.run_id).session
        undone = await undo_last(agent.place, session)
        with pytest.raises(NotFound, match="in this session"):
            await undo_last(agent.place, session)
        with pytest.raises(NotFound, match="s_nope"):
            await Queries(agent.place, agent.runner, agent.firing).answer("undo", {"session": "s_nope"})
        left = [task.title for task in agent.place.store.records.list_tasks()]
        last = await undo_last(agent.place)
    assert undone == Undone(first.run_id, "s1", "add_task", "Removed from your tasks: milk")
    assert (left, last.run) == (["rent"], second.run_id)


async def test_what_was_changed_since_is_refused(opened):
    """A task that is done by now is kept, and nothing before it is undone in its place."""
    async with opened() as agent:
        book = agent.place.store.records
        await agent.runner.call_tool("add_note", {"text": "older"})
        await agent.runner.call_tool("add_task", {"title": "buy milk"})
        (task,) = book.list_tasks()
        book.complete_task(task.id)
        for _ in range(2):
            with pytest.raises(
                CallFailed, match=r"Nothing was undone. The task 'buy milk' was marked as done"
            ):
                await undo_last(agent.place)
        kept = (book.list_tasks("done"), [note.text for note in book.search_notes("")])
        book.reopen_task(task.id)
        again = await undo_last(agent.place)
    assert kept == ([replace(task, done=True)], ["older"])
    assert again.text == "Removed from your tasks: buy milk"


async def test_a_reminder_that_was_shown_is_not_taken_back(opened):
    """It has happened."""
    async with opened() as agent:
        await agent.runner.call_tool("set_reminder", {"text": "tea", "at": "in 2 hours"})
        (reminder,) = agent.place.store.records.list_reminders()
        agent.place.store.records.change("reminder", reminder.id, None, fired=reminder.at)
        with pytest.raises(CallFailed, match="You were reminded of 'tea' already"):
            await undo_last(agent.place)


@pytest.mark.parametrize(
    ("kind", "tool_name", "args"),
    [
        ("note", "add_note", {"text": "x"}),
        ("task", "add_task", {"title": "x"}),
        ("reminder", "set_reminder", {"text": "x", "at": "in 2 hours"}),
        ("expense", "add_expense", {"amount": "3", "category": "food"}),
    ],
)
async def test_a_crash_in_the_middle_of_an_undo_is_made_good(opened, kind, tool_name, args):
    """The record is gone and the ledger does not know: the next undo says so, and goes on from there."""
    async with opened() as agent:
        await agent.runner.call_tool("add_note", {"text": "older"})
        await agent.runner.call_tool(tool_name, args)
        row = agent.place.store.last_done([tool_name])
        agent.place.store.records.remove(kind, row.output["data"]["id"])
        assert (await undo_last(agent.place)).text == f"The {kind} was removed already."
        assert (await undo_last(agent.place)).text == "Removed the note: older"


async def test_plugins_bring_their_own_way_back(opened):
    """An undo gets the result as its own type; a record without one cannot be undone, and that is said."""
    shelf: list[str] = []

    async def take_off(result: str) -> str:
        shelf.remove(result)
        return f"Took {result} off the shelf."

    @tool(effect="record", undo=take_off)
    def shelve(book: str) -> str:
        """Put a book on the shelf."""
        shelf.append(book)
        return book

    @tool(effect="record")
    def scratch(book: str) -> str:
        """Scratch a book."""
        return book

    async with opened(tools=[shelve, scratch]) as agent:
        await agent.runner.call_tool("shelve", {"book": "Emma"})
        assert (await undo_last(agent.place)).text == "Took Emma off the shelf."
        await agent.runner.call_tool("scratch", {"book": "Emma"})
        with pytest.raises(
            CallFailed, match=r"Nothing was undone. scratch cannot be undone: it has no way back."
        ):
            await undo_last(agent.place)
    assert shelf == []


async def test_an_undo_that_fails_changes_nothing(opened):
    """The reason is told, and the effect still counts as done."""

    def refuse(result: str) -> str:
        raise RuntimeError("the shelf is locked")

    @tool(effect="record", undo=refuse)
    def shelve(book: str) -> str:
        """Put a book on the shelf."""
        return book

    async with opened(tools=[shelve]) as agent:
        await agent.runner.call_tool("shelve", {"book": "Emma"})
        with pytest.raises(CallFailed, match=r"Nothing was undone\. shelve failed: the shelf is locked"):
            await undo_last(agent.place)
        assert agent.place.store.last_done(["shelve"]) is not None


async def test_nothing_is_undone_while_a_run_goes_on(opened):
    """It may still keep something."""
    from homewit.agent.testing import Slow

    async with opened("chat", Slow("more " * 5000, 0.05)) as agent:
        queries = Queries(agent.place, agent.runner, agent.firing)
        run = await agent.runner.start("count")
        with pytest.raises(UsageError, match="still running"):
            await queries.answer("undo", {"session": run.session})
        await run.close()
        with pytest.raises(NotFound):
            await queries.answer("undo", {"session": run.session})


async def test_an_undo_outlasts_the_process(opened, home):
    """What was undone is known to the next process; the query says which step it was."""
    async with opened() as agent:
        await agent.runner.call_tool("add_expense", {"amount": 3, "category": "food"})
        await agent.runner.call_tool("add_expense", {"amount": 4, "category": "food"})
        answer = await Queries(agent.place, agent.runner, agent.firing).answer("undo", {})
    async with opened() as agent:
        await undo_last(agent.place)
    assert (answer["item"]["step"], answer["item"]["text"]) == ("s1", "Removed the expense: 4.00 on food")
    with Store.open(home / "homewit.db", clock=FakeClock()) as store:
        today = FakeClock()().date()
        assert sum((one.amount for one in store.records.list_expenses(today, today)), Decimal(0)) == 0


async def test_changes_of_files_are_undone_like_records(opened, folder):
    """Newest first, across tools: an edit, a move, a deletion and a note."""
    (folder / "a.txt").write_text("colour")
    async with opened() as agent:
        for tool, args in (
            ("edit_file", {"path": "a.txt", "old": "colour", "new": "color"}),
            ("move_file", {"path": "a.txt", "to": "b.txt"}),
            ("add_note", {"text": "the wifi is hunter2"}),
            ("delete_file", {"path": "b.txt"}),
        ):
            await agent.runner.call_tool(tool, args)
        undone = [(await undo_last(agent.place)).text for _ in range(4)]
        with pytest.raises(NotFound, match="no file changed"):
            await undo_last(agent.place)
    assert undone == [
        "b.txt is back from the trash.",
        "Removed the note: the wifi is hunter2",
        "a.txt is back where it was.",
        "a.txt is as it was before.",
    ]
    assert (folder / "a.txt").read_text() == "colour"
