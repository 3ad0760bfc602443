"""A run saved as a workflow, and a workflow written to a file, do the same again."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent import UsageError
from homewit.agent.plan import Step
from homewit.agent.planning.arguments import Ref, Text
from homewit.agent.planning.conditions import AllOf, Compare, Empty, Not
from homewit.agent.planning.on_error import OnError, UseCall, UseValue
from homewit.agent.workflows.model import Input, Workflow
from homewit.agent.workflows.queries import WorkflowQueries
from homewit.agent.workflows.reading import read_workflow
from homewit.agent.workflows.saving import name_for
from homewit.agent.workflows.writing import write_workflow


def calls(result: Any) -> list[tuple[str, Any, Any]]:
    return [(step.tool, step.args, step.output) for step in result.steps]


async def saved(agent: Any, run: str, **options: Any) -> dict[str, Any]:
    save = WorkflowQueries(agent.place).blocking["workflows.save"]
    return (await asyncio.to_thread(save, run=run, **options))["item"]


async def test_a_saved_run_does_the_same_again(opened, plan, run_flow, folder):
    """Steps, arguments and results are those of the run; what was typed can be given anew."""
    written = plan(
        ("convert_units", {"value": 5, "from_unit": "miles", "to_unit": "km"}),
        ("write_file", {"path": "distance.txt", "content": {"$ref": "s1.text"}}),
        ("calculate", {"expression": "5 * 2"}),
    )
    async with opened("plan", written, "ok") as agent:
        first = await agent.run("convert 5 miles to km into distance.txt", allow=["write_file"])
        item = await saved(agent, first.run_id, name="distance")
        again = await run_flow(agent, None, name="distance", allow=("write_file",))
        other = await run_flow(
            agent, None, {"value": "7", "path": "b.txt"}, name="distance", allow=("write_file",)
        )
    assert [(one["name"], one["default"], one["needed"]) for one in item["inputs"]] == [
        ("value", 5, False),
        ("from_unit", "miles", False),
        ("to_unit", "km", False),
        ("path", "distance.txt", False),
    ]
    assert [call[:2] for call in calls(again)] == [call[:2] for call in calls(first)]
    assert again.steps[0].output == first.steps[0].output
    assert other.steps[1].args == {"path": "b.txt", "content": other.steps[0].text}
    assert (folder / "b.txt").read_text() == other.steps[0].text == "7 miles = 11.27 km"


async def test_what_is_taken_out_of_a_text_stays_written_out(opened, plan, run_flow):
    """The file becomes an input; what is looked for does not, though the user typed it, too."""
    field = {"value": {"type": "number", "description": "the price"}}
    written = plan(
        ("read_file", {"path": "lamp.txt"}), ("extract", {"text": {"$ref": "s1.text"}, "fields": field})
    )
    async with opened("plan", written, {"value": 5}, "5", {"value": 6}) as agent:
        for name, price in (("lamp", 5), ("sofa", 6)):
            (agent.place.cwd / f"{name}.txt").write_text(f"the price is {price}")
        first = await agent.run("what is the price in lamp.txt")
        item = await saved(agent, first.run_id, name="price")
        again = await run_flow(agent, None, {"path": "sofa.txt"}, name="price")
    assert [one["name"] for one in item["inputs"]] == ["path"]
    assert [run.steps[1].output for run in (first, again)] == [{"value": 5}, {"value": 6}]


async def test_what_the_model_chose_and_what_is_fixed_stays(opened, plan):
    """Only words of the user become inputs, the same word once, and none of those that are to be fixed."""
    written = plan(
        ("add_note", {"text": "cake"}),
        ("add_note", {"text": "cake"}),
        ("add_task", {"title": "eat cake", "due": "2026-11-30"}),
    )
    async with opened("plan", written, "ok") as agent:
        run = await agent.run("note cake twice, and to eat cake on 2026-11-30")
        item = await saved(agent, run.run_id, fixed=["due"], keep=False)
        flow = read_workflow(item["text"], "x").workflow
    assert item["path"] is None
    assert flow is not None
    assert [step.args for step in flow.steps] == [
        {"text": Ref("inputs", "text")},
        {"text": Ref("inputs", "text")},
        {"title": Ref("inputs", "title"), "due": "2026-11-30"},
    ]


async def test_a_run_of_a_workflow_keeps_its_inputs(opened, run_flow):
    """Saved again, it has the same inputs with the values of the run, and its outputs."""
    text = """\
inputs: {n: {type: integer}}
steps: [{id: s, tool: calculate, args: {expression: "${inputs.n} * 2"}}]
outputs: {twice: "${steps.s.value}"}
"""
    async with opened() as agent:
        run = await run_flow(agent, text, {"n": "4"})
        item = await saved(agent, run.run_id, name="twice")
        again = await run_flow(agent, None, name="twice")
    assert [(one["name"], one["default"]) for one in item["inputs"]] == [("n", 4)]
    assert again.text == run.text == "twice: 8"


async def test_what_cannot_be_saved(opened):
    """A run without steps."""
    async with opened("chat", "Hello.", "chat", "Hello.") as agent:
        run = await agent.run("hello there")
        with pytest.raises(UsageError, match="had no plan"):
            await saved(agent, run.run_id)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("What is 17 * 23?", "what-is-17-23"),
        ("17 * 23", "workflow"),
        ("a" * 50, "workflow"),
        ("one two three four five six seven eight nine", "one-two-three-four-five-six-seven-eight"),
    ],
)
def test_names_are_made_of_requests(prompt: str, name: str):
    """Whole words, as many as fit."""
    assert name_for(prompt) == name


ids = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(lambda id: id not in ("item", "inputs"))
words = st.text(st.sampled_from("ab1e.-+ ${}:#\n'\"~é|>%@&*!?,[]"), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e6, 1e6) | words
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=5,
).filter(lambda value: not (isinstance(value, dict) and set(value) in ({"$ask"}, {"$ref"}, {"$text"})))
refs = st.builds(Ref, ids | st.just("inputs"), ids)
mixed = st.builds(lambda word, ref: Text((word, ref)) if word else ref, words, refs)
values = plain | refs | mixed
conditions = st.recursive(
    st.builds(Compare, st.sampled_from(["equals", "less", "contains"]), refs, scalars)
    | st.builds(Empty, refs, st.booleans()),
    lambda inner: st.builds(Not, inner) | st.builds(lambda one, two: AllOf((one, two)), inner, inner),
    max_leaves=4,
)
on_errors = (
    st.none()
    | st.just(OnError(then="continue"))
    | st.builds(OnError, st.integers(1, 10), st.floats(0, 60), st.just("fail"))
    | st.builds(lambda value: OnError(fallback=UseValue(value)), plain)
    | st.builds(
        lambda tool, args: OnError(fallback=UseCall(tool, args)),
        ids,
        st.dictionaries(ids, values, max_size=2),
    )
)


@st.composite
def steps(draw: Any, id: str) -> Step:
    on_error = draw(on_errors)
    loops = not (on_error is not None and isinstance(on_error.fallback, UseCall)) and draw(st.booleans())
    return Step(
        id=id,
        tool=draw(ids),
        args=draw(st.dictionaries(ids, values, max_size=3)),
        after=tuple(draw(st.lists(ids, max_size=2))),
        foreach=draw(refs | st.lists(values, max_size=2)) if loops else None,
        when=draw(st.none() | conditions),
        on_error=on_error,
    )


inputs = st.sampled_from(
    [
        Input(),
        Input("number", "How far", 2.5, needed=False),
        Input("string", "", None, needed=False),
        Input("string", "one: of # these", "b", needed=False, choices=("a", "b", "on", "1")),
        Input("array", items="integer", default=[1], needed=False),
    ]
)


@st.composite
def workflows(draw: Any) -> Workflow:
    names = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    return Workflow(
        name=draw(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)),
        steps=tuple(draw(steps(name)) for name in names),
        inputs=draw(st.dictionaries(ids, inputs, max_size=2)),
        outputs=draw(st.dictionaries(ids, values, max_size=2)),
        description=draw(words),
    )


@given(workflows())
def test_a_written_file_is_read_as_the_same_workflow(flow: Workflow):
    """Whatever it holds: words that YAML takes for something else, dollar signs, line breaks, all forms."""
    text = write_workflow(flow)
    read = read_workflow(text, "other")
    assert read.problems == [], text
    assert read.workflow == flow, text
