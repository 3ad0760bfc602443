"""The grammar of a plan: whatever it admits passes the checks, and what a plan needs can be written."""

import datetime as dt
import json
import random
import threading
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from homewit.agent.grammar.plan_grammar import arguments_grammar, plan_grammar
from homewit.agent.model import StepSoFar, ToolView, TurnContext
from homewit.agent.models.chat_model import ChatModel
from homewit.agent.plan import Plan, Step
from homewit.agent.planning.checks import check_plan
from homewit.agent.planning.plan_schema import WireArguments, WirePlan
from homewit.agent.planning.schemas import list_of
from homewit.agent.planning.tool_index import tool_views
from homewit.llm.errors import ConstraintError
from homewit.llm.generation import Chunk, SamplingParams
from homewit.tools import Registry, tool


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


def test_every_plan_that_can_be_written_passes_the_checks(walk):
    """Random walks over random tools: whatever a model does, references exist and fit, loops run over lists,
    and conditions compare what can be compared.
    """
    chance = random.Random(20260302)
    seen = {"steps": 0, "refs": 0, "foreach": 0, "when": 0, "after": 0}
    for _ in range(120):
        tools = list(
            {view.name: view for view in chance.sample(all_views(), chance.choice([1, 3, 6]))}.values()
        )
        text = walk(plan_grammar(tools), chance)
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


def test_what_follows_on_steps_that_have_run_passes_the_checks_behind_them(walk):
    """Results of those can be referred to, and ids go on."""
    chance = random.Random(7)
    views = {view.name: view for view in all_views()}
    done = (Step("s1", "people", {}), Step("s2", "nothing", {}, foreach=["a", "b"]))
    before = {"s1": views["people"].returns, "s2": list_of(views["nothing"].returns)}
    to_both = 0
    for _ in range(40):
        tools = list({view.name: view for view in chance.sample(all_views(), 3)}.values())
        grammar = plan_grammar(tools, before, 3, questions=False)
        if (text := walk(grammar, chance)) is None:
            continue
        plan = WirePlan.model_validate_json(text).to_plan("plan")
        known = {**views, **{view.name: view for view in tools}}
        assert check_plan(Plan("plan", (*done, *plan.steps)), known.values()) == [], text
        assert [step.id for step in plan.steps] == [f"s{number}" for number in range(3, 3 + len(plan.steps))]
        to_both += sum(ref.step in before for step in plan.steps for ref in step.refs())
    assert to_both > 5


def test_corrected_arguments_pass_the_checks(walk):
    """For one tool, with references to what is there, and no questions."""
    chance = random.Random(11)
    views = {view.name: view for view in all_views()}
    before = {"s1": views["row"].returns}
    for name in ("row", "put", "people", "convert_units"):
        for _ in range(8):
            if (text := walk(arguments_grammar(views[name], before), chance)) is None:
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
def test_a_plan_that_does_not_fit_cannot_be_written(admits, path, value):
    """Each of these would be a problem at the checks. Control: without the change, it can be written."""
    views = {view.name: view for view in all_views()}
    grammar = plan_grammar([views["people"], views["row"]])
    assert admits(grammar, GOOD)
    assert not admits(grammar, changed(path, value))


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
def test_values_of_every_kind_can_be_written(admits, args):
    """Free and declared objects, anything, several types for one argument, and references in all of them."""
    views = {view.name: view for view in all_views()}
    grammar = plan_grammar([views["people"], views["put"]])
    steps = [{"id": "s1", "tool": "people", "args": {}}, {"id": "s2", "tool": "put", "args": args}]
    plan = {"steps": steps, "question": None}
    assert check_plan(WirePlan.model_validate(plan).to_plan("plan"), views.values()) == []
    assert admits(grammar, plan)


def test_without_tools_there_is_nothing_to_plan(admits):
    """No steps, or a question."""
    grammar = plan_grammar([])
    assert admits(grammar, {"steps": [], "question": None})
    assert admits(grammar, {"steps": [], "question": "Which one?"})
    assert not admits(grammar, GOOD)
    assert not admits(plan_grammar([], questions=False), {"steps": [], "question": "Which?"})


class Recording:
    """An engine that compiles grammars, and answers each call with the next text."""

    grammars = object()

    def __init__(self, *outputs: Any) -> None:
        self.outputs = [json.dumps(output) for output in outputs]
        self.params: list[SamplingParams] = []

    def chat(self, messages, tools=None, params=None, cancel=None, options=None):
        self.params.append(params)
        yield Chunk(self.outputs[len(self.params) - 1])


def test_an_engine_that_takes_grammars_is_given_one(admits):
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
    assert [admits(grammar, step) for grammar in (planned, followed)] == [False, True]
    assert admits(corrected, {"args": to_s1})


def test_the_order_of_the_tools_says_nothing():
    """What was written for some tools serves whenever these are offered, and for nothing else."""
    registry = Registry([people, row])
    one, other = tool_views(registry)
    assert plan_grammar([one, other]) == plan_grammar([other, one])
    assert len({plan_grammar([one]), plan_grammar([one, other]), plan_grammar([one, other], most=2)}) == 3
    assert plan_grammar([replace(one, returns={})]) != plan_grammar([one])


def test_a_grammar_that_was_compiled_before_begins_anew(compiler, tokenizer):
    """Two plans under one grammar do not know of each other, and a broken grammar stays broken."""
    grammar = plan_grammar(tool_views(Registry([nothing])))
    ids = tokenizer.encode('{"steps":[', add_special_tokens=False).ids
    first = compiler.from_lark(grammar)
    for token in ids:
        first.accept(token)
    second = compiler.from_lark(grammar)
    assert first.valid(ids) < second.valid(ids) == len(ids)
    for _ in range(2):
        with pytest.raises(ConstraintError, match="cannot be used"):
            compiler.from_lark("start: nowhere")
