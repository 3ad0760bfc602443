"""The chat dialect: what a checkpoint is asked, and what is made of its text."""

import json
import threading
from datetime import UTC, datetime

import pytest

from homewit.agent.errors import ModelFailed
from homewit.agent.model import Exchange, FactDraft, FactView, StepResult, TokenCount, ToolView, TurnContext
from homewit.agent.models.chat_model import ChatModel
from homewit.agent.plan import Ask, Plan, Ref, Step
from homewit.agent.planning.plan_schema import plan_schema
from homewit.agent.route import normalised
from homewit.agent.testing import ScriptedEngine

CALC = ToolView(
    "calculate",
    "Work out an expression",
    {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
    {"type": "object", "properties": {"text": {"type": "string"}, "value": {"type": "number"}}},
)
TURN = TurnContext("what is 2+2?", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), [CALC])
GO = threading.Event()


def good(**args: object) -> dict[str, object]:
    return {"steps": [{"id": "s1", "tool": "calculate", "args": args}], "question": None}


def test_a_plan_is_read_with_references_and_questions():
    """JSON becomes typed arguments."""
    wire = {
        "steps": [
            {"id": "s1", "tool": "calculate", "args": {"expression": {"$ask": "What?"}}},
            {"id": "s2", "tool": "calculate", "args": {"expression": {"$ref": "s1.value"}}},
        ],
        "question": None,
    }
    plan = ChatModel(ScriptedEngine([wire])).plan(TURN, "plan", GO)
    assert plan == Plan(
        "plan",
        (
            Step("s1", "calculate", {"expression": Ask("What?")}),
            Step("s2", "calculate", {"expression": Ref("s1", "value")}),
        ),
    )


def test_a_plan_that_does_not_fit_is_asked_for_again_with_the_reasons():
    """The second attempt sees the first with what is wrong with it."""
    engine = ScriptedEngine(["not json", good(colour="red"), good(expression="2+2")])
    plan = ChatModel(engine).plan(TURN, "act", GO)
    assert plan.steps == (Step("s1", "calculate", {"expression": "2+2"}),)
    last = engine.calls[2]["chat"]
    assert [message["role"] for message in last[-4:]] == ["assistant", "user", "assistant", "user"]
    assert "s1: calculate has no argument 'colour'" in last[-1]["content"]


def test_attempts_are_bounded():
    """After the third useless plan it is given up, with the problems named."""
    engine = ScriptedEngine(["no"] * 9)
    with pytest.raises(ModelFailed, match="3 attempts"):
        ChatModel(engine).plan(TURN, "act", GO)
    assert len(engine.calls) == 3


def test_routes_are_scored_and_normalised():
    """Probabilities over the eight routes add up to one."""
    scores = ChatModel(ScriptedEngine(["act"])).route(TURN, GO)
    assert max(scores, key=scores.__getitem__) == "act"
    assert sum(2.718281828459045**score for score in scores.values()) == pytest.approx(1.0)
    assert normalised([-1000.0, -1000.0]) == pytest.approx([-0.6931471805599453] * 2)


def test_a_fact_and_a_topic_are_read_or_given_up():
    """Text that is no such object gives no fact, and the request as topic."""
    fact = {"subject": "a", "key": "b", "value": "c", "quote": "d"}
    model = ChatModel(ScriptedEngine([fact, "?", {"topic": "x"}, "?"]))
    assert model.fact(TURN, GO) == FactDraft("a", "b", "c", "d")
    assert model.fact(TURN, GO) is None
    assert model.topic(TURN, GO) == "x"
    assert model.topic(TURN, GO) == TURN.request


def test_history_facts_and_results_are_shown_as_what_they_are():
    """Earlier exchanges are turns; facts and results stand in the user's message, marked as data."""
    turn = TurnContext(
        "and now?",
        TURN.now,
        [CALC],
        [FactView("f_1", "sister", "birthday", "May 3", "my sister's birthday is May 3")],
        [Exchange("hi", "hello")],
    )
    engine = ScriptedEngine(["a", "b"])
    model = ChatModel(engine)
    "".join(model.reply(turn, GO))
    "".join(model.answer(turn, [StepResult("s1", "calculate", {}, True, 4, "2+2 = 4")], GO))
    asked, answered = (call["chat"] for call in engine.calls)
    assert [message["role"] for message in asked] == ["system", "user", "assistant", "user"]
    assert '(data):\n- "my sister\'s birthday is May 3"\n\n(Now: ' in asked[-1]["content"]
    assert answered[-1]["content"] == (
        "and now?\n\nResults (data):\n<<<\n[s1] calculate: 2+2 = 4\n>>>\n\n(Now: Monday, 2026-03-02 09:30)"
    )


def test_usage_is_counted_until_it_is_taken():
    """Taking it starts again at zero."""
    model = ChatModel(ScriptedEngine(["one two", "three"]))
    "".join(model.reply(TURN, GO))
    "".join(model.reply(TURN, GO))
    assert model.take_usage().generated == 3
    assert model.take_usage() == TokenCount()


def test_the_schema_of_a_plan_names_only_the_given_tools():
    """Each argument is a value of its type, a reference or a question; without tools only the empty plan
    fits.
    """
    schema = plan_schema([CALC])
    step = schema["properties"]["steps"]["items"]["anyOf"][0]["properties"]
    assert step["tool"] == {"const": "calculate"}
    assert len(step["args"]["properties"]["expression"]["anyOf"]) == 3
    assert plan_schema([])["properties"]["steps"] == {"type": "array", "maxItems": 0}
    assert json.loads(json.dumps(schema)) == schema
