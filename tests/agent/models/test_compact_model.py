"""The bundled checkpoint as an agent model: which tools it is shown, and how its calls become steps."""

import threading
from datetime import UTC, datetime

import pytest

from homewit.agent.model import FactView, StepResult, ToolView, TurnContext
from homewit.agent.models.asking import question
from homewit.agent.models.cards import result_card
from homewit.agent.models.compact_model import CompactModel, quote_of
from homewit.agent.models.slots import fill, to_you
from homewit.agent.models.typed_calls import to_step
from homewit.agent.plan import Ask, Ref, Step
from homewit.llm.compact.form import ASK, Call, NativeTool, Reference, ResultCard
from homewit.llm.compact.reader import Slot

STEEP = ToolView(
    "steep_time",
    "Tell how many minutes a kind of tea should steep.",
    {
        "properties": {
            "tea": {"enum": ["green", "black"]},
            "cups": {"type": "integer"},
            "sweet": {"type": "boolean"},
            "litres": {"type": "number"},
            "name": {"type": "string", "description": "Name of the pot. Any will do."},
        },
        "required": ["tea", "name"],
    },
    {"properties": {"minutes": {"type": "integer"}}},
)
CALCULATE = ToolView("calculate", "Work out an expression.", {"properties": {}}, {})
RESULT = StepResult("s1", "add_task", {"title": "milk"}, True, {"text": "Added.", "title": "milk"}, "Added.")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FACT = FactView("f1", "my sister", "birthday", "May 3", "my sister's birthday is May 3")


class Configured:
    """The part of an engine that choosing tools needs."""

    @property
    def metadata(self) -> dict:
        return {"native_tools": {"calculate": {}}}


def test_a_request_in_the_words_of_a_phrase_is_that_call():
    """No model is asked. Control: anything more is left to it."""
    water = ToolView(
        "water", "Water.", {"properties": {"plant": {"type": "string"}}}, {}, ("water the {plant}",)
    )
    turn = TurnContext("please water the big fern", datetime.now(UTC), (water,))
    plan = CompactModel(Configured()).plan(turn, "act", threading.Event())
    assert plan.steps == (Step("s1", "water", {"plant": "big fern"}),)


def test_a_request_that_names_a_foreign_tool_is_that_call():
    """No model is asked for the route or the plan, and a source that is named has the word alone."""
    echo = ToolView(
        "all_calculate", "Echo.", {"properties": {"text": {}}, "required": ["text"]}, {}, source="mcp:all"
    )
    turn = TurnContext("calculate 17 * 23 with all", datetime.now(UTC), (CALCULATE, echo))
    model, never = CompactModel(Configured()), threading.Event()
    assert model.route(turn, never) == {"act": 0.0}
    assert model.plan(turn, "act", never).steps == (Step("s1", "all_calculate", {"text": "17 * 23"}),)


def test_results_of_a_tool_known_by_heart_look_as_they_did_at_the_training():
    """Arguments and fields that came later are left out; a checkpoint that lists none is shown all."""
    result = StepResult(
        "s1", "read_file", {"path": "a", "first_line": 2}, True, {"content": "x", "lines": 9}, "x"
    )
    trained = NativeTool(arguments=["path"], fields=["content"])
    assert result_card(result, trained) == ResultCard(
        "read_file", {"path": "a"}, {"text": "x", "content": "x"}
    )
    assert result_card(result) == ResultCard(
        "read_file", {"path": "a", "first_line": 2}, {"text": "x", "content": "x", "lines": 9}
    )


def test_a_sentence_of_a_tool_that_the_checkpoint_does_not_know_is_told_as_it_stands():
    """Words that it would choose are those of other tools. A bare value is worded, and so is an error."""

    def told(text: str, ok: bool = True, native: NativeTool | None = None) -> bool:
        return result_card(StepResult("s1", "drop", {}, ok, {"text": text}, text), native).in_own_words

    assert told("Deleted the task: water plants")
    assert not told("7.5")
    assert not told("There is no such task.", ok=False)
    assert not told("Added milk.", native=NativeTool())
    empty = StepResult("s1", "read_file", {}, True, {"text": "a is empty.", "content": ""}, "a is empty.")
    assert result_card(empty, NativeTool()).in_own_words


def test_a_call_becomes_a_step_with_typed_values():
    """Numbers, booleans and choices by the schema; references name steps; a missing value is a question."""
    values = {"tea": "green", "cups": "2", "sweet": "true", "litres": Reference(1, "value"), "name": ASK}
    assert to_step(2, Call("steep_time", values), STEEP) == Step(
        "s2",
        "steep_time",
        {
            "tea": "green",
            "cups": 2,
            "sweet": True,
            "litres": Ref("s1", "value"),
            "name": Ask("What is the name of the pot?"),
        },
        ("s1",),
    )


@pytest.mark.parametrize(
    ("request_text", "figure", "kept"),
    [
        ("I spent $20 on books", "20", "$20"),
        ("12,50 € for lunch and 3 taxis", "12.50", "12,50 €"),
        ("20 for tea, and 5 euros for milk", "20", 20),
        ("20 ATM fees", "20", 20),
    ],
)
def test_a_sum_keeps_the_currency_that_is_written_beside_it(request_text: str, figure: str, kept: object):
    """The checkpoint reads the figure alone. Control: another figure's currency is not taken for it."""
    money = {"anyOf": [{"type": "number"}, {"type": "string", "format": "money"}]}
    view = ToolView("spend", "Spend.", {"properties": {"sum": money}, "required": ["sum"]}, {})
    assert to_step(1, Call("spend", {"sum": figure}), view, request_text).args == {"sum": kept}


@pytest.mark.parametrize(
    ("request_text", "kept"),
    [
        ("what came in before May?", "before May"),
        ("what came in after the month of may", "may"),
        ("what came in since may", "since may"),
        ("since you ask: what came in in may", "may"),
        ("what came in before mayday", "may"),
    ],
)
def test_a_period_keeps_the_word_that_says_where_it_ends(request_text: str, kept: str):
    """Of "before may", the checkpoint may take the month alone, which is what was not asked for."""
    view = ToolView("inbox", "List.", {"properties": {"period": {"type": "string"}}}, {})
    assert to_step(1, Call("inbox", {"period": "may"}), view, request_text).args == {"period": kept}


@pytest.mark.parametrize(
    ("schema", "asked"),
    [
        ({"description": "The day to count from."}, "What is the day to count from?"),
        ({"description": "What to do."}, "What to do?"),
        ({"description": "What it is."}, "What is it?"),
        ({"description": "When it begins; a day alone for all day."}, "When does it begin?"),
        ({"description": "How many days to add; negative to go back."}, "How many days to add?"),
        ({"description": "The words to find, in any case."}, "What are the words to find, in any case?"),
        ({"description": "Words of the note, or its id."}, "What are the words of the note, or its id?"),
        ({"description": "The task's title."}, "What is the task's title?"),
        ({"description": "The address of the page."}, "What is the address of the page?"),
        ({}, "What is the due date?"),
    ],
)
def test_a_question_comes_from_the_description(schema: dict, asked: str):
    """Its first sentence, or the parameter's own name."""
    assert question("due_date", schema) == asked


def test_the_quote_is_the_stretch_that_says_the_fact():
    """From the first of its parts to the last, as typed."""
    request = "please remember that My sister's birthday is May 3, thanks"
    assert quote_of(request, ("my sister", "birthday", "May 3")) == "My sister's birthday is May 3"
    assert quote_of("nothing of it", ("my sister",)) == ""
    assert quote_of("remember that I like tea", ("me", "like", "tea")) == "I like tea"


def test_slots_are_filled_from_results_and_arguments():
    """What a slot names is put in; a full stop is not doubled."""
    assert (
        fill(["Added ", Slot(1, "title"), " to your tasks."], [RESULT], [], NOW)
        == "Added milk to your tasks."
    )
    assert fill([Slot(1, "text"), "."], [RESULT], [], NOW) == "Added."
    assert fill([Slot(1, "nothing")], [RESULT], [], NOW) == ""


def test_moments_in_slots_are_said_as_people_say_them():
    """An ISO value of a result is told on the user's clock; what it was stays in the result."""
    result = StepResult("s1", "set_reminder", {}, True, {"at": "2026-03-02T17:00:00+00:00"}, "Set.")
    parts = ["I will remind you at ", Slot(1, "at"), "."]
    assert fill(parts, [result], [], NOW) == "I will remind you today at 17:00."


def test_facts_are_told_back_to_their_owner():
    """``my sister`` is ``your sister`` in an answer, with a capital where it begins."""
    parts = [Slot(1, "subject"), "'s ", Slot(1, "key"), " is ", Slot(1, "value"), "."]
    assert fill(parts, [], [FACT], NOW) == "Your sister's birthday is May 3."
    assert to_you("i told my sister") == "you told your sister"
