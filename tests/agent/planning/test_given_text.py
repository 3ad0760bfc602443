"""Requests told apart from the texts beside them: by where they stand, and never by what the text says."""

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent import Agent
from homewit.agent.model import ToolView, TurnContext
from homewit.agent.models.compact_model import CompactModel
from homewit.agent.plan import Plan
from homewit.agent.planning.given_text import Apart, told_apart
from homewit.agent.planning.named_text import items, without_marks
from homewit.agent.planning.phrases import said
from homewit.agent.planning.tool_index import tool_views
from homewit.agent.testing import FakeClock
from homewit.tools import Registry

from .everyday import KEPT_ASIDE as SHORT_KEPT_ASIDE
from .everyday import TO_MEND
from .pasted import KEPT_ASIDE, LISTS, MAIL, PASTED, TEXT, WHOLE, Call

Beside = tuple[str, str, str]
ALL = {**PASTED, **KEPT_ASIDE, **LISTS}
WITHOUT_A_MODEL = 59
"""Of these requests, so many are read by their form alone."""


class NoModel:
    """An engine for the names of the tools that its checkpoint would know; nobody may ask it anything."""

    metadata: dict[str, Any]

    def __init__(self, tools: list[ToolView]) -> None:
        self.metadata = {"native_tools": {view.name: {} for view in tools}}


@pytest.fixture(scope="module")
def tools() -> list[ToolView]:
    registry = Registry()
    registry.load_builtins()
    return list(tool_views(registry))


def calls(plan: Plan) -> list[Call]:
    return [(step.tool, dict(step.args)) for step in plan.steps]


def meant(request: Beside) -> list[Call]:
    """The calls that are meant, with the text itself in them."""
    return [
        (tool, {name: request[1] if value == TEXT else value for name, value in args.items()})
        for tool, args in ALL[request] or []
    ]


def read_by_form(request: Beside, tools: list[ToolView]) -> list[Call] | None:
    """The calls that the form of a request gives; None where a model has to read it."""
    whole = "".join(request)
    found = told_apart(whole, tools) or Apart(whole, "")
    model = CompactModel(NoModel(tools))
    turn = TurnContext(found.asked, FakeClock()(), tools, text=found.text)
    try:
        scores = model.route(turn, threading.Event())
        return calls(model.plan(turn, max(scores, key=lambda route: scores[route]), threading.Event()))
    except AttributeError:
        return None


def test_most_requests_beside_a_text_need_no_model(tools):
    """They are what their form says, whatever the text asks for."""
    found = {request: read_by_form(request, tools) for request in ALL}
    known = {request: given for request, given in found.items() if given is not None}
    assert [request for request, given in known.items() if given != meant(request)] == []
    assert len(known) >= WITHOUT_A_MODEL


@pytest.mark.slow
async def test_the_bundled_model_reads_the_others(tools, tmp_path):
    """Of what is asked, it sees nothing of the text."""
    async with Agent.open("bundled", home=tmp_path, now=FakeClock()) as agent:
        others = [request for request in ALL if read_by_form(request, tools) is None]
        wrong = [one for one in others if calls(await agent.plan("".join(one))) != meant(one)]
    assert wrong == []
    assert others


@pytest.mark.parametrize("request_text", [*WHOLE, *TO_MEND, *SHORT_KEPT_ASIDE])
def test_what_is_all_asked_stays_whole(request_text: str, tools):
    """Several requests on lines of their own, questions that go on, and all that people type every day."""
    assert told_apart(request_text, tools) is None


WORDS = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1), min_size=9)


@given(WORDS, st.sampled_from([" ", "\n", "\n\n", ": ", "  \t"]))
def test_a_text_is_given_as_it_stands(words: list[str], between: str):
    """Not a character is changed, but for space around it."""
    text = between.join(words)
    for whole in (f"save this as a note:\n\n{text}", f"save this as a note: {text}"):
        found = told_apart(whole, [])
        assert found is not None
        assert found.asked == "save this as a note"
        assert found.text.strip() == text.strip()
        assert found.text in whole


def test_the_marks_of_a_list_are_no_part_of_its_lines():
    """Numbers, bullets and boxes; "2 * 3" is none, and a text is no list."""
    assert items("- milk\n* 2 * 3\n1. bread\n12) eggs\n[ ] jam\n• tea") == [
        "milk", "2 * 3", "bread", "eggs", "jam", "tea",
    ]  # fmt: skip
    assert items(MAIL) == []
    assert without_marks("1. what is 17 * 23?\n2. show my tasks") == "what is 17 * 23?\nshow my tasks"
    assert without_marks("- milk\nand bread") == "- milk\nand bread"


@pytest.mark.parametrize("heading", ["notes", "my expenses", "unread mail", "overdue tasks", "contacts"])
def test_the_heading_of_a_list_asks_for_nothing(heading: str, tools):
    """Although by itself it does. Control: the same words with a verb ask, whatever stands below them."""
    assert said(heading, tools) is not None
    list_below = f"{heading}:\n- call Anna\n- 12 for lunch"
    assert told_apart(list_below, tools) == Apart("", list_below)
    assert told_apart(f"show my {heading}:\n- call Anna\n- 12 for lunch", tools) != Apart("", list_below)
