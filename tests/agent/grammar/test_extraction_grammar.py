"""Extraction in the grammar of a plan, and the schema of what a model may write of a text."""

import datetime as dt
import json
import random
from typing import Any

from homewit.agent.extraction.fields import fields_of, reply_schema
from homewit.agent.extraction.offering import with_extraction
from homewit.agent.extraction.tool import extract
from homewit.agent.grammar.plan_grammar import plan_grammar
from homewit.agent.model import ToolView, TurnContext
from homewit.agent.planning.checks import check_plan
from homewit.agent.planning.plan_schema import WirePlan
from homewit.agent.planning.tool_index import tool_views
from homewit.tools import Registry, tool


@tool(untrusted_output=True)
def page(url: str) -> str:  # type: ignore[empty-body]
    """Read a page."""


@tool
def order(count: int, price: float, names: list[str], to: str = "") -> str:  # type: ignore[empty-body]
    """Order things."""


class Everything:
    """A catalogue of these tools and of extraction."""

    def __init__(self, *tools: Any) -> None:
        self.views = {view.name: view for view in tool_views(Registry([*tools, extract]))}

    def offer(self, request: str, known: Any = ()) -> list[ToolView]:
        return [view for view in self.views.values() if view.name != "extract"]

    def turn(self) -> TurnContext:
        return TurnContext("x", dt.datetime.now(dt.UTC), self.offer("x"), catalogue=self)


def test_values_of_a_text_by_others_can_be_planned_and_pass_the_checks(walk):
    """A step takes one value of some type, and what refers to it takes that type."""
    chance = random.Random(5)
    catalogue = Everything(page, order)
    turn = with_extraction(catalogue.turn())
    seen = {"extract": 0, "used": 0, "many": 0}
    for _ in range(110):
        if (text := walk(plan_grammar(turn.tools), chance)) is None:
            continue
        plan = WirePlan.model_validate_json(text).to_plan("plan")
        assert check_plan(plan, catalogue.views.values()) == [], text
        reads = {step.id: step for step in plan.steps if step.tool == "extract"}
        seen["extract"] += len(reads)
        seen["many"] += sum("many" in step.args["fields"]["value"] for step in reads.values())
        used = [ref for step in plan.steps for ref in step.refs() if ref.step in reads]
        seen["used"] += sum("value" in ref.path for ref in used)
    assert min(seen.values()) > 3, seen


def test_what_is_looked_for_comes_from_no_result(admits):
    """Neither the words nor the type. Control: written out, the same plan can be written."""
    turn = with_extraction(Everything(page, order).turn())
    grammar = plan_grammar(turn.tools)

    def plan(kind: Any, description: Any) -> dict[str, Any]:
        fields = {"value": {"type": kind, "description": description}}
        return {
            "steps": [
                {"id": "s1", "tool": "page", "args": {"url": "x"}},
                {"id": "s2", "tool": "extract", "args": {"text": {"$ref": "s1.text"}, "fields": fields}},
                {
                    "id": "s3",
                    "tool": "order",
                    "args": {"count": 1, "price": {"$ref": "s2.value"}, "names": ["a"]},
                },
            ],
            "question": None,
        }

    assert admits(grammar, plan("number", "the price"))
    assert not admits(grammar, plan("number", {"$ref": "s1.text"}))
    assert not admits(grammar, plan("number", {"$ask": "What?"}))
    assert not admits(grammar, plan("string", "the price")), "the type has to fit"
    assert not admits(grammar, plan({"$ref": "s1.text"}, "the price"))


def test_what_a_model_may_write_of_a_text_is_held_to_the_fields(walk):
    """Random walks under the schema of an extraction: these names, values of these types or null."""
    chance = random.Random(3)
    fields = fields_of({
        "n": "number", "i": "integer", "d": "date", "m": {"type": "email", "many": True}, "b": "boolean",
        "c": {"choices": ["a", "b"]},
    })  # fmt: skip
    kinds = {"n": (int, float), "i": int, "d": str, "m": list, "b": bool, "c": str}
    seen = set()
    for _ in range(12):
        if (text := walk(reply_schema(fields), chance)) is None:
            continue
        said = json.loads(text)
        assert list(said) == list(kinds)
        assert all(value is None or isinstance(value, kinds[name]) for name, value in said.items())
        assert said["c"] in (None, "a", "b")
        seen |= {name for name, value in said.items() if value is not None}
    assert len(seen) > 3, seen


def test_extraction_is_offered_where_a_tool_brings_text_by_others():
    """And nowhere else; a model's own words need no reading."""
    assert "extract" in [view.name for view in with_extraction(Everything(page).turn()).tools]
    bare = TurnContext("x", dt.datetime.now(dt.UTC), tool_views(Registry([page])))
    for turn in (Everything(order).turn(), bare):
        assert with_extraction(turn) == turn
