"""The grammar of a plan: whatever it admits passes the checks, and what a plan needs can be written."""

import datetime as dt
import json
import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy
import pytest
from tokenizers import Tokenizer

from homewit.agent.extraction.fields import fields_of, reply_schema
from homewit.agent.extraction.offering import with_extraction
from homewit.agent.extraction.tool import extract
from homewit.agent.grammar.plan_grammar import arguments_grammar, plan_grammar
from homewit.agent.model import StepSoFar, ToolView, TurnContext
from homewit.agent.models.chat_model import ChatModel
from homewit.agent.plan import Plan, Step
from homewit.agent.planning.checks import check_plan
from homewit.agent.planning.plan_schema import WireArguments, WirePlan
from homewit.agent.planning.schemas import list_of
from homewit.agent.planning.tool_index import tool_views
from homewit.llm.decoding.constrain import GrammarCompiler
from homewit.llm.generation import Chunk, SamplingParams
from homewit.tools import Registry, tool

TOKENIZER = Path(__file__).parents[3] / "llm" / "bundled" / "tokenizer.json"
LONGEST = 900


@dataclass
class Person:
    name: str
    age: int
    mails: list[str]
    homes: dict[str, float] | None = None


@dataclass
class Row:
    text: str
    value: float | None
    fine: bool
    who: Person
    tags: list[Literal["a", "b"]]


@tool
def people(limit: int = 3, kind: Literal["old", "jünger"] = "old") -> list[Person]:  # type: ignore[empty-body]
    """List people."""


@tool
def row(person: Person, tags: list[Literal["a", "b"]], day: dt.date, deep: list[list[int]] = []) -> Row:  # type: ignore[empty-body]  # noqa: B006
    """Make a row."""


@tool
def put(data: Any, by: dict[str, int], flag: bool, n: float | str, rows: list[Row] = []) -> dict[str, Any]:  # type: ignore[empty-body]  # noqa: B006
    """Put everything."""


@tool
def nothing():
    """Do nothing and return nothing."""


def all_views() -> list[ToolView]:
    registry = Registry([people, row, put, nothing])
    rich = tool_views(registry)
    registry.load_builtins()
    return [*rich, *rich, *tool_views(registry)]  # the rich ones are drawn more often


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_str(TOKENIZER.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compiler(tokenizer: Tokenizer) -> GrammarCompiler:
    end = tokenizer.token_to_id("<|end|>")
    return GrammarCompiler(TOKENIZER.read_text(encoding="utf-8"), tokenizer.get_vocab_size(), [end])


def walk(
    compiler: GrammarCompiler, tokenizer: Tokenizer, grammar: str | dict[str, Any], chance: random.Random
) -> str | None:
    """A text that a grammar or a schema admits, token by token at random; None if it did not end in time."""
    constraint = compiler.from_lark(grammar) if isinstance(grammar, str) else compiler.from_schema(grammar)
    ids: list[int] = []
    while not constraint.finished:
        if len(ids) > LONGEST:
            return None
        if forced := constraint.forced():
            ids += forced
            continue
        allowed = [int(token) for token in numpy.flatnonzero(constraint.allowed().flags)]
        closing = [token for token in allowed if tokenizer.decode([token], False).startswith('"')]
        token = chance.choice(closing if closing and chance.random() < 0.5 else allowed)
        constraint.accept(token)
        ids.append(token)
    return tokenizer.decode(ids)


def admits(compiler: GrammarCompiler, tokenizer: Tokenizer, grammar: str, value: Any) -> bool:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    constraint = compiler.from_lark(grammar)
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    if constraint.valid(ids) < len(ids):
        return False
    for token in ids:
        constraint.accept(token)
    return constraint.finished or bool(constraint.allowed().flags[tokenizer.token_to_id("<|end|>")])


def test_every_plan_that_can_be_written_passes_the_checks(compiler, tokenizer):
    """Random walks over random tools: whatever a model does, references exist and fit, loops run over lists,
    and conditions compare what can be compared.
    """
    chance = random.Random(20260302)
    seen = {"steps": 0, "refs": 0, "foreach": 0, "when": 0, "after": 0}
    for _ in range(120):
        tools = list(
            {view.name: view for view in chance.sample(all_views(), chance.choice([1, 3, 6]))}.values()
        )
        text = walk(compiler, tokenizer, plan_grammar(tools), chance)
        if text is None:
            continue
        plan = WirePlan.model_validate_json(text).to_plan("plan")
        assert check_plan(plan, tools) == [], text
        seen["steps"] += len(plan.steps)
        for step in plan.steps:
            seen["refs"] += len(list(step.all_refs()))
            seen["foreach"] += step.foreach is not None
            seen["when"] += step.when is not None
            seen["after"] += bool(step.after)
    assert min(seen.values()) > 10, seen


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


def test_values_of_a_text_by_others_can_be_planned_and_pass_the_checks(compiler, tokenizer):
    """A step takes one value of some type, and what refers to it takes that type."""
    chance = random.Random(5)
    catalogue = Everything(page, order)
    turn = with_extraction(catalogue.turn())
    seen = {"extract": 0, "used": 0, "many": 0}
    for _ in range(60):
        if (text := walk(compiler, tokenizer, plan_grammar(turn.tools), chance)) is None:
            continue
        plan = WirePlan.model_validate_json(text).to_plan("plan")
        assert check_plan(plan, catalogue.views.values()) == [], text
        reads = {step.id: step for step in plan.steps if step.tool == "extract"}
        seen["extract"] += len(reads)
        seen["many"] += sum("many" in step.args["fields"]["value"] for step in reads.values())
        used = [ref for step in plan.steps for ref in step.refs() if ref.step in reads]
        seen["used"] += sum("value" in ref.path for ref in used)
    assert min(seen.values()) > 3, seen


def test_what_is_looked_for_comes_from_no_result(compiler, tokenizer):
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

    assert admits(compiler, tokenizer, grammar, plan("number", "the price"))
    assert not admits(compiler, tokenizer, grammar, plan("number", {"$ref": "s1.text"}))
    assert not admits(compiler, tokenizer, grammar, plan("number", {"$ask": "What?"}))
    assert not admits(compiler, tokenizer, grammar, plan("string", "the price")), "the type has to fit"
    assert not admits(compiler, tokenizer, grammar, plan({"$ref": "s1.text"}, "the price"))


def test_what_a_model_may_write_of_a_text_is_held_to_the_fields(compiler, tokenizer):
    """Random walks under the schema of an extraction: these names, values of these types or null."""
    chance = random.Random(3)
    fields = fields_of({
        "n": "number", "i": "integer", "d": "date", "m": {"type": "email", "many": True}, "b": "boolean",
        "c": {"choices": ["a", "b"]},
    })  # fmt: skip
    kinds = {"n": (int, float), "i": int, "d": str, "m": list, "b": bool, "c": str}
    seen = set()
    for _ in range(12):
        if (text := walk(compiler, tokenizer, reply_schema(fields), chance)) is None:
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


def test_what_follows_on_steps_that_have_run_passes_the_checks_behind_them(compiler, tokenizer):
    """Results of those can be referred to, and ids go on."""
    chance = random.Random(7)
    views = {view.name: view for view in all_views()}
    done = (Step("s1", "people", {}), Step("s2", "nothing", {}, foreach=["a", "b"]))
    before = {"s1": views["people"].returns, "s2": list_of(views["nothing"].returns)}
    to_both = 0
    for _ in range(40):
        tools = list({view.name: view for view in chance.sample(all_views(), 3)}.values())
        grammar = plan_grammar(tools, before, 3, questions=False)
        if (text := walk(compiler, tokenizer, grammar, chance)) is None:
            continue
        plan = WirePlan.model_validate_json(text).to_plan("plan")
        known = {**views, **{view.name: view for view in tools}}
        assert check_plan(Plan("plan", (*done, *plan.steps)), known.values()) == [], text
        assert [step.id for step in plan.steps] == [f"s{number}" for number in range(3, 3 + len(plan.steps))]
        to_both += sum(ref.step in before for step in plan.steps for ref in step.refs())
    assert to_both > 5


def test_corrected_arguments_pass_the_checks(compiler, tokenizer):
    """For one tool, with references to what is there, and no questions."""
    chance = random.Random(11)
    views = {view.name: view for view in all_views()}
    before = {"s1": views["row"].returns}
    for name in ("row", "put", "people", "convert_units"):
        for _ in range(8):
            if (text := walk(compiler, tokenizer, arguments_grammar(views[name], before), chance)) is None:
                continue
            args = WireArguments.model_validate_json(text).to_arguments()
            plan = Plan("plan", (Step("s1", "row", {}), Step("s2", name, args)))
            assert [one for one in check_plan(plan, views.values()) if one.step == "s2"] == [], text
            assert "$ask" not in text


GOOD: dict[str, Any] = {
    "steps": [
        {"id": "s1", "tool": "people", "args": {"limit": 2, "kind": "jünger"}},
        {"id": "s2", "tool": "people", "foreach": {"$ref": "s1"}, "args": {"limit": {"$ref": "item.age"}}},
        {
            "id": "s3",
            "tool": "row",
            "when": {"and": [{"greater": [{"$ref": "s1.0.age"}, 17]}, {"not_empty": {"$ref": "s2"}}]},
            "after": ["s2"],
            "args": {
                "person": {"name": {"$ref": "s1.text"}, "age": {"$ref": "s2.0.0.age"}, "mails": ["a"]},
                "tags": ["a", "b"],
                "day": {"$ask": "Which day?"},
            },
        },
    ],
    "question": None,
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good plan with one thing different."""
    plan = json.loads(json.dumps(GOOD))
    *parents, last = path.split(".")
    place = plan["steps"]
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place[part]
    place[int(last) if isinstance(place, list) else last] = value
    return plan


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("0.id", "s2"),
        ("0.tool", "rm_rf"),
        ("0.args.limit", "two"),
        ("0.args.kind", "young"),
        ("0.args", {"colour": 1}),
        ("0.args.limit", {"$ref": "s1.0.age"}),
        ("1.foreach", {"$ref": "s1.0.age"}),
        ("1.args.limit", {"$ref": "item.name"}),
        ("1.args.limit", {"$ref": "s1.0.name"}),
        ("1.args.limit", {"$ref": "s9.0.age"}),
        ("2.args.person.age", {"$ref": "s2.0.age"}),
        ("2.args.day", {"$ref": "item"}),
        ("2.args.tags", ["c"]),
        ("2.when", {"greater": [{"$ref": "s1.0.name"}, 17]}),
        ("2.when", {"eval": "1"}),
        ("2.after", ["s3"]),
    ],
)
def test_a_plan_that_does_not_fit_cannot_be_written(compiler, tokenizer, path, value):
    """Each of these would be a problem at the checks. Control: without the change, it can be written."""
    views = {view.name: view for view in all_views()}
    grammar = plan_grammar([views["people"], views["row"]])
    assert admits(compiler, tokenizer, grammar, GOOD)
    assert not admits(compiler, tokenizer, grammar, changed(path, value))


@pytest.mark.parametrize(
    "args",
    [
        {"data": None, "by": {}, "flag": True, "n": 1.5},
        {"data": {"a": [1, {"b": "c"}]}, "by": {"x": 1, "y": 2}, "flag": False, "n": "text"},
        {"data": {"$ref": "s1"}, "by": {"x": {"$ref": "s1.0.age"}}, "flag": {"$ask": "Really?"}, "n": 2},
        {
            "data": "x",
            "by": {},
            "flag": True,
            "n": {"$ref": "s1.0.name"},
            "rows": [
                {
                    "text": {"$ref": "s1.text"},
                    "value": None,
                    "fine": True,
                    "who": {"$ref": "s1.0"},
                    "tags": [],
                },
            ],
        },
    ],
)
def test_values_of_every_kind_can_be_written(compiler, tokenizer, args):
    """Free and declared objects, anything, several types for one argument, and references in all of them."""
    views = {view.name: view for view in all_views()}
    grammar = plan_grammar([views["people"], views["put"]])
    steps = [{"id": "s1", "tool": "people", "args": {}}, {"id": "s2", "tool": "put", "args": args}]
    plan = {"steps": steps, "question": None}
    assert check_plan(WirePlan.model_validate(plan).to_plan("plan"), views.values()) == []
    assert admits(compiler, tokenizer, grammar, plan)


def test_without_tools_there_is_nothing_to_plan(compiler, tokenizer):
    """No steps, or a question."""
    grammar = plan_grammar([])
    assert admits(compiler, tokenizer, grammar, {"steps": [], "question": None})
    assert admits(compiler, tokenizer, grammar, {"steps": [], "question": "Which one?"})
    assert not admits(compiler, tokenizer, grammar, GOOD)
    assert not admits(
        compiler, tokenizer, plan_grammar([], questions=False), {"steps": [], "question": "Which?"}
    )


class Recording:
    """An engine that compiles grammars, and answers each call with the next text."""

    grammars = object()

    def __init__(self, *outputs: Any) -> None:
        self.outputs = [json.dumps(output) for output in outputs]
        self.params: list[SamplingParams] = []

    def chat(self, messages, tools=None, params=None, cancel=None, options=None):
        self.params.append(params)
        yield Chunk(self.outputs[len(self.params) - 1])


def test_an_engine_that_takes_grammars_is_given_one(compiler, tokenizer):
    """For a plan, for going on with one, and for other arguments; each compiles."""
    views = {view.name: view for view in all_views()}
    engine = Recording(
        {"steps": [], "question": None}, {"steps": [], "question": None}, {"args": {"limit": 1}}
    )
    model, go = ChatModel(engine), threading.Event()  # type: ignore[arg-type]
    turn = TurnContext("x", dt.datetime(2026, 3, 2, tzinfo=dt.UTC), [views["people"], views["row"]])
    done = StepSoFar(Step("s1", "row", {}), views["row"], "done", "a row")
    failed = StepSoFar(Step("s2", "people", {"limit": 9}), views["people"], "failed", "too many")
    assert model.plan(turn, "plan", go).steps == ()
    assert model.go_on(turn, [done], 2, go).steps == ()
    assert model.repair(turn, failed, "too many", [done], go) == {"limit": 1}
    assert [params.schema for params in engine.params] == [None] * 3
    planned, followed, corrected = (str(params.grammar) for params in engine.params)
    to_s1 = {"limit": {"$ref": "s1.who.age"}}
    step = {"steps": [{"id": "s2", "tool": "people", "args": to_s1}], "question": None}
    assert [admits(compiler, tokenizer, grammar, step) for grammar in (planned, followed)] == [False, True]
    assert admits(compiler, tokenizer, corrected, {"args": to_s1})
