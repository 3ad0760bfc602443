"""Notes that are edited, tagged, found by tag, deleted and brought back."""

from typing import Any

import pytest

from homewit.tools import ToolContext, ToolFailed, ToolRetry

from ...conftest import TOOLS, Call


async def undo(name: str, result: Any, ctx: ToolContext) -> str:
    return await TOOLS[name].take_back(result.data, ctx)


async def test_words_with_a_hash_are_tags(call: Call):
    """They need no argument of their own, and search takes them with and without words."""
    await call("add_note", text="Prune the roses in march #garden #Todo")
    await call("add_note", text="Paint the shed #todo, issue #12, see x#y and http://a.example/#frag")
    both = await call("search_notes", query="#todo")
    assert [note["tags"] for note in both.data["notes"]] == [["todo"], ["garden", "todo"]]
    assert (await call("search_notes", query="roses #todo")).data["count"] == 1
    assert (await call("search_notes", query="#todo #garden")).data["count"] == 1
    assert (await call("search_notes", query="#frag")).data["count"] == 0


async def test_notes_are_found_by_when_they_were_written(call: Call, ctx: ToolContext):
    """Alone and with words; and a word that is a tag finds what has it."""
    await call("add_note", text="Prune the roses #garden")
    await call("add_note", text="The garden gate squeaks")
    assert (await call("search_notes", query="garden")).data["count"] == 2
    assert (await call("search_notes", query="", period="today")).data["count"] == 2
    assert (await call("search_notes", query="gate", period="this week")).data["count"] == 1
    assert (await call("search_notes", query="gate", period="last week")).text == (
        "No notes about 'gate' last week."
    )
    assert (await call("search_notes", query="", period="yesterday")).text == "No notes yesterday."
    await call("tag_note", note="gate", tags=["house"])
    assert (await call("search_notes", query="house")).text == "The garden gate squeaks"


async def test_a_note_is_edited_and_the_edit_undone(call: Call, ctx: ToolContext):
    """Tags that were given apart from the text stay."""
    await call("add_note", text="Milk at the corner shop")
    await call("tag_note", note="milk", tags=["shopping", "Daily use"])
    edited = await call("edit_note", note="corner shop", text="Milk at the market #food")
    found = (await call("search_notes", query="market")).data["notes"][0]
    assert found["tags"] == ["daily-use", "food", "shopping"]
    assert await undo("edit_note", edited, ctx) == "The note is again: Milk at the corner shop"
    untagged = await call("tag_note", note="milk", tags=["-shopping"])
    assert untagged.text == "#daily-use: Milk at the corner shop"


async def test_a_deleted_note_comes_back(call: Call, ctx: ToolContext):
    """Once; and not when something else happened to it since."""
    note = await call("add_note", text="the code is 1234")
    deleted = await call("delete_note", note=note.data["id"])
    assert deleted.text == "Deleted the note: the code is 1234"
    assert (await call("search_notes", query="code")).data["count"] == 0
    assert await undo("delete_note", deleted, ctx) == "The note is again: the code is 1234"
    with pytest.raises(ToolFailed, match="so it stays as it is"):
        await undo("delete_note", deleted, ctx)
    first = await call("edit_note", note="code", text="the code is 5678")
    await call("edit_note", note="code", text="the code is 9999")
    with pytest.raises(ToolFailed, match="changed since"):
        await undo("edit_note", first, ctx)


async def test_nothing_is_changed_when_it_is_not_clear_which(call: Call):
    """Two notes that fit, or none, change nothing, and the message says what there is."""
    await call("add_note", text="call the plumber")
    await call("add_note", text="call the dentist")
    with pytest.raises(
        ToolRetry, match=r"'call' fits more than one note: call the plumber; call the dentist\."
    ):
        await call("delete_note", note="call")
    with pytest.raises(ToolRetry, match=r"There is no note 'vet'. `search_notes` shows what there is"):
        await call("edit_note", note="vet", text="x")
    with pytest.raises(ToolRetry, match="cannot be a tag"):
        await call("tag_note", note="plumber", tags=["!"])
    with pytest.raises(ToolRetry, match="The new text is empty"):
        await call("edit_note", note="plumber", text="  ")
    assert (await call("search_notes", query="")).data["count"] == 2
