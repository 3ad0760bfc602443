"""Calls that another program asks for: every tool can be called so, and none of it is the user's words."""

import json
import math
from typing import Annotated, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import Field

from homewit.agent import Agent
from homewit.agent.errors import NotFound, UsageError
from homewit.agent.execution.resolve import filled_in
from homewit.agent.planning.arguments import INPUTS
from homewit.agent.result import Result, collect
from homewit.agent.runs.runner import Limits
from homewit.agent.workflows.calling import call_of
from homewit.agent.workflows.carrying import parsed
from homewit.agent.workflows.checking import check_text
from homewit.agent.workflows.starting import Start, as_output
from homewit.tools import InvalidArguments, Registry, tool

REGISTRY = Registry()
REGISTRY.load_builtins()
WORDS = st.sampled_from(
    ["", "x", "2026-05-04", "2026-05-04T10:00", "${inputs.x} $${HOME}", "- a: [\u202e", "7"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | WORDS,
    lambda part: st.lists(part, max_size=2) | st.dictionaries(WORDS, part, max_size=2),
    max_leaves=4,
)


Dashed = Annotated[str, Field(alias="from-unit")]


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a JSON Schema describes, more or less; the tools' own validation has the last word."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of([values({**branch}) for branch in branches])
    match schema.get("type"):
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))
        case "string" if schema.get("format") == "money":
            return st.integers(1, 99_999).map(lambda cents: f"{cents / 100:.2f}")
        case "string" if "minLength" in schema:
            return WORDS.filter(bool) | st.text(min_size=schema["minLength"], max_size=8)
        case "string":
            return WORDS | st.text(max_size=8)
        case "integer":
            return st.integers(schema.get("minimum", -3), schema.get("maximum", 400))
        case "number":
            least = schema.get("exclusiveMinimum", -1e6)
            return st.floats(least, 1e6, exclude_min=True) | st.integers(math.floor(least) + 1, 400)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            return st.lists(values(schema.get("items", {})), min_size=schema.get("minItems", 0), max_size=3)
        case "object" if "properties" in schema:
            return objects(schema)
    return ANYTHING


def objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    each = {name: values(part) for name, part in schema["properties"].items()}
    needed = {name: each.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(needed, optional=each)


def passed(start: Start) -> dict[str, Any]:
    """The arguments that the tool gets."""
    flow = parsed(start)
    inputs = as_output(start.given, {name: start.origins(name) for name in start.given})
    return {name: filled_in(value, {INPUTS: inputs}) for name, value in flow.steps[0].args.items()}


@pytest.mark.parametrize("name", REGISTRY.names())
@settings(max_examples=10)
@given(data=st.data())
def test_whatever_a_tool_takes_can_be_called(name: str, data: st.DataObject):
    """What a built-in tool's own validation takes is a workflow without a problem, and arrives as it is."""
    found = REGISTRY.get(name)
    args = data.draw(objects(found.spec.parameters))
    try:
        found.validate(args)
        json.dumps(args, allow_nan=False).encode()
    except (InvalidArguments, ValueError):
        assume(False)
    start = call_of(found, args, "editor")
    assert passed(start) == args
    _, problems = check_text(start.text, start.name, REGISTRY.specs())
    assert [problem for problem in problems if not problem.warning] == []
    assert Start.from_wire(json.loads(json.dumps(start.to_wire()))) == start


@tool(effect="write", sinks=("path",))
def store(path: str, content: str = "", more: dict[str, Any] | None = None) -> str:
    """Store something."""
    return f"{path}: {content} {more}"


@tool(effect="network", sinks=("url",))
def look(url: str) -> str:
    """Look at a page."""
    return url


async def called(
    agent: Agent,
    name: str,
    args: dict[str, Any],
    caller: str = "editor",
    session: str | None = None,
    **limits: Any,
) -> Result:
    run = await agent.runner.start_call(name, args, caller, session, Limits(**limits))
    return await collect(run.events())


async def test_a_call_is_a_run_of_its_own(opened):
    """Logged with the program's name, and with its other calls as nothing that the user typed."""
    async with opened() as agent:
        first = await called(agent, "calculate", {"expression": "6 * 7"})
        run = agent.place.store.get_run(first.run_id)
        second = await called(agent, "add_note", {"text": "6 * 7 is 42"}, session=run.session)
        turns = [turn for turn in agent.place.store.turns(run.session) if turn.role == "user"]
        events = agent.place.store.events(second.run_id)
    assert (first.status, first.steps[0].output["value"]) == ("done", 42)
    assert run.prompt == "calculate, called by editor"
    assert [(turn.text, turn.piped) for turn in turns] == [
        ("calculate, called by editor", True),
        ("add_note, called by editor", True),
    ]
    planned = next(event.body for event in events if event.type == "plan")
    assert planned["inputs"]["text"] == {
        "value": "6 * 7 is 42",
        "origins": [{"kind": "program", "name": "editor"}],
    }


async def test_what_a_program_chooses_is_asked_for(opened):
    """A rule for the tool does not cover where something goes; one that names it does. An address is nobody's
    word, also where the program's own name is that address.
    """
    url = "https://example.com/a"
    async with opened(tools=[store, look]) as agent:
        results = [
            await called(agent, "store", {"path": "a.txt"}),
            await called(agent, "store", {"path": "a.txt"}, allow=("store",)),
            await called(agent, "store", {"path": "a.txt"}, allow=("effect:write",)),
            await called(agent, "store", {"path": "a.txt"}, allow=("store:path=*.txt",)),
            await called(agent, "look", {"url": url}, caller=url),
            await called(agent, "look", {"url": url}, allow=("look:url=https://example.com/*",)),
        ]
        (card,) = [
            event.body
            for event in agent.place.store.events(results[0].run_id)
            if event.type == "approval.requested"
        ]
    refused = "approval_needed"
    assert [result.status for result in results] == [refused, refused, refused, "done", refused, "done"]
    assert card["sinks"] == [
        {"step": "s1", "argument": "path", "value": "a.txt", "origin": "the program editor, untrusted"}
    ]


async def test_private_data_goes_nowhere_unseen(opened):
    """Once a program has read the user's records, a rule has to name everything that it sends, not only where
    to. Control: before that, the place is enough.
    """

    @tool(effect="send", sinks=("to",))
    def post(to: str, body: str) -> str:
        """Send something."""
        return f"sent to {to}"

    letter = {"to": "a@x.org", "body": "hello"}
    async with opened(tools=[post]) as agent:
        before = await called(agent, "post", letter, allow=("post:to=a@x.org",))
        session = agent.place.store.get_run(before.run_id).session
        await called(agent, "add_note", {"text": "the code is 1234"}, session=session)
        await called(agent, "search_notes", {"query": "code"}, session=session)
        after = await called(agent, "post", letter, session=session, allow=("post:to=a@x.org",))
        named = await called(agent, "post", letter, session=session, allow=("post:to=a@x.org;body=*",))
        going_on = await agent.runner.resume(after.run_id, Limits(allow=("post:to=a@x.org",)))
        resumed = await collect(going_on.events())
    runs = (before, after, named, resumed)
    assert [run.status for run in runs] == ["done", "approval_needed", "done", "approval_needed"]


async def test_a_call_that_was_not_allowed_can_be_resumed(opened):
    """From its log alone, with the rule that the refusal named; its words are still the program's."""
    async with opened(tools=[store]) as agent:
        refused = await called(agent, "store", {"path": "a.txt", "content": "x", "more": None})
        again = await agent.runner.resume(refused.run_id, Limits(allow=("store",)))
        still = await collect(again.events())
        last = await agent.runner.resume(refused.run_id, Limits(allow=("store:path=a.txt",)))
        done = await collect(last.events())
    assert [refused.status, still.status, done.status] == ["approval_needed"] * 2 + ["done"]
    assert done.steps[-1].text == "a.txt: x None"


@pytest.mark.parametrize(
    "args",
    [{}, {"expression": 3.5, "x": 1}, {"expression": "\ud800"}, {"expression": math.nan}],
)
async def test_bad_arguments_begin_no_run(opened, args: dict[str, Any]):
    """They are told at once, as is a tool that does not exist."""
    async with opened() as agent:
        with pytest.raises(UsageError, match="calculate"):
            await called(agent, "calculate", args)
        with pytest.raises(NotFound, match="calculat"):
            await called(agent, "calculat", {})
        assert list(agent.place.store.list_runs(10)) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [("", "another program"), ("  an\u202e\x1b[31m\neditor ", "an [31m editor"), ("x" * 99, "x" * 60)],
)
def test_a_program_may_call_itself_anything(said: str, shown: str):
    """Its name is a part of one line, and of no more."""
    start = call_of(REGISTRY.get("calculate"), {"expression": "1"}, said)
    assert start.prompt == f"calculate, called by {shown}"


def test_arguments_may_have_any_names():
    """Also such as no input of a workflow can have."""

    @tool(effect="read")
    def odd(unit: Dashed, inputs: str = "") -> str:
        """Odd."""
        return f"{unit} {inputs}"

    args = {"from-unit": "km", "inputs": "text"}
    start = call_of(odd, args, "editor")
    assert passed(start) == args
