"""What people type for the personal tools is the call that is meant, and what sounds like it is not taken for
it.
"""

import threading
from dataclasses import replace
from typing import ClassVar

import pytest

from homewit.agent.model import FactView, ToolView, TurnContext
from homewit.agent.models.compact_model import CompactModel, answered_by_facts
from homewit.agent.planning.phrases import Said, claimed, said
from homewit.agent.planning.tool_index import ToolIndex, tool_views
from homewit.agent.testing import FakeClock
from homewit.tools import InvalidTool, Registry, tool

from .said_by_people import SAID, Meant


class Untrained:
    """The part of an engine that is looked at before any request."""

    metadata: ClassVar[dict] = {}


@pytest.fixture(scope="module")
def registry() -> Registry:
    made = Registry()
    made.load_builtins()
    return made


@pytest.fixture(scope="module")
def views(registry: Registry) -> list[ToolView]:
    return tool_views(registry)


@pytest.mark.parametrize(("sentence", "meant"), SAID.items(), ids=list(SAID))
def test_a_sentence_is_the_call_that_is_meant(sentence: str, meant: Meant, views: list[ToolView]):
    """With its tool, its values and no others."""
    assert said(sentence, views) == Said(*meant)


def test_the_tools_that_foresaw_a_request_are_always_offered(registry: Registry):
    """However little its words look like their descriptions, and with or without a please."""
    index = ToolIndex(registry)
    for sentence, (name, _) in SAID.items():
        asked = f"Could you please {sentence}" if sentence.split()[0] in ("add", "show", "find") else sentence
        assert name in [view.name for view in index.offer(asked)][:3], asked


@pytest.mark.parametrize(
    "request_text",
    [
        "what is tomorrow",
        "what is the weather tomorrow",
        "what is my sister's phone number",
        "when is my sister's birthday",
        "when is christmas",
        "what is the number of days until friday",
        "add dentist to my calendar",
        "add milk to my calendar and remind me tomorrow",
        "add dentist on friday at 10 and lunch at noon to my calendar",
        "put the book on the table",
        "move a.txt to friday",
        "cancel everything",
        "cancel my subscription",
        "run trip",
        "run a marathon",
        "run ls -la and show my tasks",
        "run ls; show my tasks",
        "run git status, then read a.txt",
        "run find my notes",
        "5 pounds in kg",
        "bin the idea",
        "import data.json",
        "import statement.csv and show my budgets",
        "find mails",
        "write a mail",
        "draft a mail to ada and bob saying hello",
        "send hello to my mom",
        "what did i eat in october",
        "how much is left",
        "set a budget",
        "delete the task",
        "move the task call mom to the top",
        "make the task taxes purple priority",
        "do i have anything to declare",
        "what do i have in my pocket",
        "who is in my house",
        "don't cancel the dentist appointment",
        "should i cancel the dentist appointment",
        "i did not add dentist on friday at 10 to my calendar",
        "friday",
        "dentist",
        "dentist tomorrow at 3",
        "call mom tomorrow",
        "buy milk",
        "book dentist appointment",
        "delete all my tasks",
        "cancel appointments",
        "new task",
        "create a task list",
        "mark task as done",
        "show my tasks every monday",
        "show my calendar every monday",
        "calendar week",
        "event log",
        "release notes",
        "free software",
        "next train to berlin",
        "events in berlin",
        "todo comments in main.py",
        "reminder",
    ],
)
def test_what_sounds_like_one_is_left_to_the_model(request_text: str, views: list[ToolView]):
    """More than one thing, other things, no time where one is needed, or a question about it."""
    assert said(request_text, views) is None


def text(*names: str) -> dict:
    return {"properties": {name: {"type": "string"} for name in names}}


def test_the_sentence_that_spells_out_more_is_meant():
    """ "cancel {event}" fits, too, but says less. Control: two that say the same cancel each other out."""
    event = ToolView("cancel_event", "", text("event"), {}, ("cancel [the] {event}",))
    reminder = ToolView("cancel_reminder", "", text("it"), {}, ("cancel [the] reminder about {it}",))
    request = "cancel the reminder about milk"
    assert claimed(request, [event, reminder]) == ["cancel_event", "cancel_reminder"]
    assert said(request, [event, reminder]) == Said("cancel_reminder", {"it": "milk"})
    other = ToolView("cancel_alarm", "", text("it"), {}, ("cancel [the] reminder about {it}",))
    assert said(request, [event, reminder, other]) is None


def test_a_value_that_could_end_in_two_places_fits_nowhere():
    """Control: with one place it does."""
    swap = ToolView("swap", "", text("a", "b"), {}, ("swap {a} with {b}",))
    assert said("swap tea with milk with rum", [swap]) is None
    assert said("swap tea with rum", [swap]) == Said("swap", {"a": "tea", "b": "rum"})


def test_a_value_may_be_one_of_some_words_a_year_or_a_price():
    """And nothing beside them: a year is no price, and a comma before cents divides no thousands."""
    view = ToolView(
        "buy",
        "",
        {"properties": {name: {"type": "string"} for name in ("what", "sum", "year")}},
        {},
        ("{what:=ice tea|tea|$|tea for two} {sum:price}", "{what:=tea} {year:year}"),
    )
    for words, args in {
        "Tea 3.50": {"what": "Tea", "sum": 3.5},
        "ice tea 1,200": {"what": "ice tea", "sum": 1200},
        "tea for two 3,20": {"what": "tea for two", "sum": "3,20"},
        "$ 2000.50": {"what": "$", "sum": 2000.5},
        "tea 2000 euros": {"what": "tea", "sum": "2000 euros"},
        "tea 2026": {"what": "tea", "year": "2026"},
    }.items():
        assert said(words, [view]) == Said("buy", args)
    for words in ("teas 3", "green tea 3", "ice tea 2026", "tea 1.2.3", "tea 1,2,3", "tea 2026 2026"):
        assert said(words, [view]) is None


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        ("water {plant:soon}", "no kind of value"),
        ("water [the {plant}", "is missing"),
        ("water the) {plant}", "no counterpart"),
        ("water the|a {plant}", "outside of brackets"),
        ("water {plant", "no counterpart"),
    ],
)
def test_a_phrase_that_is_not_well_formed_is_refused(phrase: str, problem: str):
    """When the tool is defined, with the reason."""

    def water(plant: str) -> str:
        """Water a plant."""
        return plant

    with pytest.raises(InvalidTool, match=problem):
        tool(phrases=(phrase,))(water)
    assert tool(phrases=("water {plant:~fern|cactus}",))(water).spec.phrases


def test_what_is_remembered_answers_before_a_tool_does():
    """Whose it is, and what of theirs. Control: of somebody else, or something else, nothing is known."""
    fact = FactView("f1", "Anna", "phone number", "123", "Anna's phone number is 123")

    def asked(request: str) -> bool:
        return answered_by_facts(TurnContext(request, FakeClock()(), (), facts=(fact,)))

    assert asked("what is Anna's phone number")
    assert asked("phone number of anna")
    assert not asked("what is Bob's phone number")
    assert not asked("what is Anna's address")
    assert not asked("show Anna's phone number to me")
    view = ToolView("people", "", text("who"), {}, ("what is {who:name}'s phone number",))
    for who, route in (("Anna", "recall"), ("Bob", "act")):
        turn = TurnContext(f"what is {who}'s phone number", FakeClock()(), (view,), facts=(fact,))
        assert CompactModel(Untrained()).route(turn, threading.Event()) == {route: 0.0}
    changing = replace(view, phrases=("{who:name} phone number gone",), changes=True)
    turn = TurnContext("Anna phone number gone", FakeClock()(), (changing,), facts=(fact,))
    assert CompactModel(Untrained()).route(turn, threading.Event()) == {"act": 0.0}
