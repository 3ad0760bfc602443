"""Phrases: a sentence that an author foresaw is that call, and anything else is left to the model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.model import ToolView
from homewit.agent.planning.phrases import Said, said
from homewit.agent.planning.tool_index import tool_views
from homewit.tools import InvalidTool, Registry, tool


def views() -> list[ToolView]:
    registry = Registry()
    registry.load_builtins()
    return tool_views(registry)


def _edit(old: str, new: str, path: str) -> Said:
    return Said("edit_file", {"old": old, "new": new, "path": path})


@pytest.mark.parametrize(
    ("request_text", "call"),
    [
        (
            "replace foo by bar in notes.txt",
            _edit("foo", "bar", "notes.txt"),
        ),
        (
            "Please replace the word “by the way” with 'and so' in my/essay.md.",
            _edit("by the way", "and so", "my/essay.md"),
        ),
        (
            "in todo.txt change milk to oat milk",
            _edit("milk", "oat milk", "todo.txt"),
        ),
        ("move a.txt to archive", Said("move_file", {"path": "a.txt", "to": "archive"})),
        (
            "can you move the file a.txt into the archive folder please?",
            Said("move_file", {"path": "a.txt", "to": "archive"}),
        ),
        ("rename a.txt to b.txt", Said("move_file", {"path": "a.txt", "to": "b.txt"})),
        ("copy a.txt to backup/", Said("copy_file", {"path": "a.txt", "to": "backup/"})),
        ("delete old.log", Said("delete_file", {"path": "old.log"})),
        ('delete the folder "my photos"', Said("delete_file", {"path": "my photos"})),
        ("delete the folder photos", Said("delete_file", {"path": "photos"})),
        (
            "write hello world to greet.txt",
            Said("write_file", {"content": "hello world", "path": "greet.txt"}),
        ),
        ("create a new folder called invoices", Said("make_folder", {"path": "invoices"})),
        (
            "what does report.pdf say about the budget?",
            Said("find_in_document", {"path": "report.pdf", "about": "the budget"}),
        ),
        (
            "find the notice period in contract.pdf",
            Said("find_in_document", {"path": "contract.pdf", "about": "notice period"}),
        ),
        (
            "convert 1,020.50 EUR to USD at 1.08",
            Said(
                "convert_currency",
                {"amount": 1020.5, "from_currency": "EUR", "to_currency": "USD", "rate": 1.08},
            ),
        ),
        ("show me the rows of people.csv", Said("read_table", {"path": "people.csv"})),
    ],
)
def test_foreseen_sentences_are_calls(request_text: str, call: Said):
    """With or without a please, in any case, values in quotes or not."""
    assert said(request_text, views()) == call
    assert said(request_text.upper().replace(".TXT", ".txt"), views()) is not None


@pytest.mark.parametrize(
    "request_text",
    [
        "delete milk",
        "delete everything",
        "delete the file all",
        "write it to greet.txt",
        "write to mom",
        "remove bread from my list",
        "move a.txt to archive and delete old.log",
        "replace a by b by c in f.txt",
        "replace foo by bar in notes.txt, then show it",
        "what does report.pdf say about the budget and save it to x.txt",
        "what does the weather say about tomorrow",
        "don't delete old.log",
        "should I delete old.log",
        "convert 5 miles to km",
        "convert twenty EUR to USD at 1.08",
        "move on to the next topic",
        "undelete old.log",
        "deleteold.log",
        "",
    ],
)
def test_everything_else_is_left_to_the_model(request_text: str):
    """More than the sentence, other than a file, or several readings."""
    assert said(request_text, views()) is None


@given(st.text("abc def.txt/by in'\"\n", max_size=40))
def test_no_request_is_too_odd(request_text: str):
    """Whatever is typed, the answer comes, and values are parts of what was typed."""
    found = said(request_text, views())
    assert found is None or all(str(value) in request_text for value in found.args.values())


def test_two_tools_that_claim_a_sentence_leave_it_to_the_model():
    """Nobody can take over another's words unseen."""
    mine = ToolView("shred", "Shred.", {"properties": {"path": {"type": "string"}}}, {}, ("delete {path}",))
    assert said("delete old.log", [*views(), mine]) is None
    assert said("delete old.log", [mine]) == Said("shred", {"path": "old.log"})


@pytest.mark.parametrize("phrase", ["water the plants", "water {plant} {plant}", "water {plant} with {what}"])
def test_a_phrase_that_makes_no_call_is_refused(phrase: str):
    """Each needed parameter stands in it once, and nothing that the tool has not."""

    def water(plant: str) -> str:
        """Water a plant."""
        return plant

    with pytest.raises(InvalidTool, match="has to name each parameter"):
        tool(phrases=(phrase,))(water)
    assert tool(phrases=("water [the] {plant}",))(water).spec.phrases == ("water [the] {plant}",)
