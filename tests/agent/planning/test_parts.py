"""Requests of several parts: where they are cut, where not, and what "it" means behind a cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.model import ToolView
from homewit.agent.plan import Ref, Step
from homewit.agent.planning.back_references import referred
from homewit.agent.planning.clauses import clauses
from homewit.agent.planning.memory_parts import stretches
from homewit.agent.planning.parts import in_parts
from homewit.agent.planning.phrases import Back, said
from homewit.agent.planning.tool_index import tool_views
from homewit.tools import Registry


@pytest.fixture(scope="module")
def views() -> list[ToolView]:
    registry = Registry()
    registry.load_builtins()
    return tool_views(registry)


def cut(request: str, views: list[ToolView]) -> list[tuple[str, str | None]]:
    """The parts with the tool of their call; None where the model has to read them."""
    parts = in_parts(request, lambda text, behind: said(text, views, behind))
    return [(part.text, part.call.tool if part.call else None) for part in parts]


@pytest.mark.parametrize(
    ("request_text", "parts"),
    [
        (
            "add milk to my shopping tasks, delete the note about Ana and show my calendar",
            [
                ("add milk to my shopping tasks", None),
                ("delete the note about Ana", "delete_note"),
                ("show my calendar", "list_events"),
            ],
        ),
        (
            "Find mails from Ana. Also show my calendar for friday, please.",
            [("Find mails from Ana", "search_mail"), ("show my calendar for friday", "list_events")],
        ),
        (
            "show my reminders, my shopping tasks, my tasks and my calendar",
            [
                ("show my reminders", "list_reminders"),
                ("show my shopping tasks", None),
                ("my tasks", "list_tasks"),
                ("my calendar", "list_events"),
            ],
        ),
        (
            "convert 12 miles to km and note it and read other.txt",
            [("convert 12 miles to km", None), ("note it", "add_note"), ("read other.txt", "read_file")],
        ),
        ("note that Ana came and read war.txt", [("note that Ana came and read war.txt", None)]),
        ("delete a.txt and b.txt", [("delete a.txt", "delete_file"), ("b.txt", "delete_file")]),
        (
            "sync my calendar and keep mine, then sync my contacts",
            [("sync my calendar and keep mine", "sync_calendar"), ("sync my contacts", "sync_contacts")],
        ),
        (
            "remind me to call Bob and show my calendar",
            [("remind me to call Bob", None), ("show my calendar", "list_events")],
        ),
    ],
)
def test_a_request_is_cut_beside_a_foreseen_sentence(
    request_text: str, parts: list[tuple[str, str | None]], views: list[ToolView]
):
    """At "and", "then", commas and the ends of sentences; a verb may be said once for all."""
    assert cut(request_text, views) == parts


@pytest.mark.parametrize(
    "request_text",
    [
        "search the web for rock and roll history",
        "note that mum and dad come on friday",
        "remind me to buy milk and delete old.log",
        "remind me to ask Bob, Ann and delete old.log",
        "note: delete old.log and rename a.txt to b.txt",
        "send a mail to ana@example.org saying I am late and delete old.log",
        "find mails about terms and conditions",
        "put 'buy milk; delete old.log' on my list",
        "write the words “wait. delete old.log” into a.txt and wait",
        "delete the note about Ana and Bob",
        "how many days between 3 March and 9 April",
        "multiply 1,200 by 3 and round it",
    ],
)
def test_what_may_be_one_value_is_not_cut(request_text: str, views: list[ToolView]):
    """What is written down, quoted, or goes on with more of the same."""
    assert len(cut(request_text, views)) == 1


@pytest.mark.parametrize(
    ("request_text", "parts"),
    [
        ("delete notes.txt, it's not needed", [("delete notes.txt", "delete_file")]),
        ("I forgot my glasses, read a.txt, please", [("read a.txt", "read_file")]),
        ("delete a.txt, I mean b.txt", [("delete a.txt, I mean b.txt", None)]),
        ("delete a.txt, it's only a copy", [("delete a.txt, it's only a copy", None)]),
        ("note that Ana came, it's late", [("note that Ana came, it's late", None)]),
    ],
)
def test_a_reason_beside_a_foreseen_sentence_asks_for_nothing(
    request_text: str, parts: list[tuple[str, str | None]], views: list[ToolView]
):
    """Control: what may take it back, or be more of what is written down, does."""
    assert cut(request_text, views) == parts


@given(st.text(alphabet="ab ,;.!?\n\"'“”", max_size=40))
def test_clauses_are_stretches_of_the_request_in_its_order(request_text: str):
    """Whatever was typed; nothing is made up and nothing said twice."""
    found = clauses(request_text)
    assert [request_text[one.start : one.end] for one in found] == [one.text for one in found]
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("request_text", "value"),
    [
        ("find salt and pepper in recipes.txt", "salt and pepper"),
        ("delete the note about terms and conditions", "terms and conditions"),
        ("write milk, eggs and bread to shopping.txt", "milk, eggs and bread"),
        ("move the task wash and iron shirts to friday", "wash and iron shirts"),
        ("add dinner with Tom and Ann on friday at 19:00 to my calendar", "dinner with Tom and Ann"),
        ("find mails about rome and show my calendar", None),
        ("add dentist on friday at 10 and lunch at noon to my calendar", None),
        ("delete the note about Ana; Bob", None),
    ],
)
def test_plain_words_joined_by_and_are_one_value(request_text: str, value: str | None, views: list[ToolView]):
    """Control: not requests, moments, or what a sentence ends between."""
    call = said(request_text, views)
    assert (None if call is None else value in call.args.values()) == (None if value is None else True)


def test_it_means_something_only_behind_another_part(views: list[ToolView]):
    """The thing of the step before, or what that step gave."""
    assert said("delete it", views) is None
    assert said("delete it", views, behind=True).args == {"path": Back()}
    assert said("note it down", views, behind=True).args == {"text": Back(given=True)}
    assert said("write the same to b.txt", views, behind=True) is None  # perhaps what was read before


def test_a_thing_is_what_the_call_before_names_and_a_text_what_was_looked_up(views: list[ToolView]):
    """What was moved is where the result says; what was added is not what somebody wants to keep."""
    tools = {view.name: view for view in views}
    path = tools["delete_file"].parameters["properties"]["path"]
    copied = Step("s1", "copy_file", {"path": "a.txt", "to": "b/"})
    assert referred(Back(), "path", path, [copied], tools) == "a.txt"
    moved = Step("s1", "move_file", {"path": "a.txt", "to": "b/"})
    assert referred(Back(), "path", path, [moved], tools) == Ref("s1", "path")
    assert referred(Back(), "path", path, [Step("s1", "list_tasks", {})], tools) is None
    read, added = Step("s1", "read_file", {"path": "a.txt"}), Step("s2", "add_note", {"text": "b"})
    assert referred(Back(given=True), "text", {}, [read, added], tools) == Ref("s1", "content")
    assert referred(Back(given=True), "text", {}, [added], tools) == Ref("s2", "text")
    assert referred(Back(given=True), "text", {}, [], tools) is None


@pytest.mark.parametrize(
    ("request_text", "texts"),
    [
        ("remember that I like tea and what is 3*4", ["remember that I like tea", "what is 3*4"]),
        ("show my tasks and remember that I like tea", ["show my tasks", "remember that I like tea"]),
        ("forget my address. Show my tasks", ["forget my address", "Show my tasks"]),
        ("remember that I like tea and biscuits", ["remember that I like tea and biscuits"]),
        (
            "remember that I have to call Bob and send the report",
            ["remember that I have to call Bob and send the report"],
        ),
        ("note that I must go and remember my keys", ["note that I must go and remember my keys"]),
    ],
)
def test_remembering_and_doing_are_told_apart(request_text: str, texts: list[str]):
    """Control: what may be more of the fact, or of what is written down, stays with it."""
    found = [request_text[one.start : one.end] for one in stretches(request_text)]
    assert found == texts
