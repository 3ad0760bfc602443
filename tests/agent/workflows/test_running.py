"""Runs of workflows: inputs, outputs, origins, approvals, failures. No model is asked."""

from typing import Any

import pytest

from homewit.agent.workflows.input_values import InputInvalid
from homewit.agent.workflows.problems import WorkflowInvalid
from homewit.tools import tool

TRIP = """\
name: trip
inputs:
  miles: {type: number, description: How far}
  file: {default: trip.txt}
steps:
  - id: convert
    tool: convert_units
    args: {value: "${inputs.miles}", from_unit: miles, to_unit: km}
  - id: save
    tool: write_file
    args: {path: "${inputs.file}", content: "It is ${steps.convert.value} km."}
outputs: {km: "${steps.convert.value}", file: "${steps.save.path}"}
"""


def ends(result: Any) -> list[tuple[str, str]]:
    return [(step.id, step.status) for step in result.steps]


async def test_inputs_steps_and_outputs(opened, run_flow, folder):
    """Inputs fill arguments and texts, the steps run, and the answer is made of the outputs."""
    async with opened() as agent:
        result = await run_flow(agent, TRIP, {"miles": "3"}, allow=("write_file:path=trip.txt",))
        events = agent.place.store.events(result.run_id)
    assert (result.status, ends(result)) == ("done", [("convert", "done"), ("save", "done")])
    assert result.text == "km: 4.828032\nfile: trip.txt"
    assert (folder / "trip.txt").read_text() == "It is 4.828032 km."
    answer = next(event.body for event in events if event.type == "answer")
    assert answer["outputs"] == {"km": 4.828032, "file": "trip.txt"}
    assert [event.type for event in events][:3] == ["run.started", "route", "plan"]


async def test_an_input_may_be_called_text(opened, run_flow):
    """Of a result ``text`` is its readable form; of the inputs it is the one of that name."""
    text = """\
inputs: {text: {}}
steps: [{id: keep, tool: add_note, args: {text: "${inputs.text}"}}]
outputs: {kept: "${steps.keep.text}", given: "${inputs.text}"}
"""
    async with opened() as agent:
        result = await run_flow(agent, text, {"text": "Feed the roses."})
        answer = next(one.body for one in agent.place.store.events(result.run_id) if one.type == "answer")
    assert result.status == "done", result.text
    assert answer["outputs"]["given"] == "Feed the roses."
    assert "Feed the roses." in answer["outputs"]["kept"]


async def test_without_somebody_to_approve_nothing_is_written(opened, run_flow, folder):
    """The policy of prompts, and the rule that would allow it."""
    async with opened() as agent:
        result = await run_flow(agent, TRIP, {"miles": 3})
    assert (result.exit_code, ends(result)) == (5, [("convert", "done"), ("save", "denied")])
    assert "--allow 'write_file:path=trip.txt'" in result.text
    assert not (folder / "trip.txt").exists()


async def test_one_card_shows_where_the_values_come_from(opened, run_flow, keep):
    """What was given is the user's, what stands in a file is the file's, in the home folder the user's."""
    text = TRIP.replace(
        "steps:", "steps:\n  - {id: log, tool: write_file, args: {path: log.txt, content: x}}", 1
    )
    keep("trip", text)

    async def origins(source: str | None, name: str) -> set[tuple[str, str]]:
        async with opened() as agent:
            given = {"miles": "3", "file": "there.txt"}
            result = await run_flow(agent, source, given, name=name)
            (card,) = [
                one.body
                for one in agent.place.store.events(result.run_id)
                if one.type == "approval.requested"
            ]
        return {(sink["value"], sink["origin"]) for sink in card["sinks"]}

    assert await origins(text, "flow.yaml") == {("log.txt", "the workflow flow.yaml"), ("there.txt", "you")}
    assert await origins(None, "trip") == {("log.txt", "you"), ("there.txt", "you")}


async def test_what_was_piped_fills_content_and_no_sink(opened, run_flow, folder):
    """A rule for the tool covers the file's path, but not one that came through a pipe."""
    text = """\
inputs: {path: {}, content: {}}
steps: [{id: save, tool: write_file, args: {path: "${inputs.path}", content: "${inputs.content}"}}]
"""
    allow = ("write_file",)
    async with opened() as agent:
        given = {"path": "a.txt", "content": "b"}
        fine = await run_flow(agent, text, given, piped=("content",), allow=allow)
        refused = await run_flow(agent, text, given, piped=("path",), allow=allow)
    assert (fine.status, refused.status) == ("done", "approval_needed")
    assert "a pipe, untrusted" in refused.steps[0].text or "--allow 'write_file:path=a.txt'" in refused.text


async def test_an_address_in_a_file_is_asked_for_and_one_that_was_given_is_not(opened, run_flow, keep):
    """A file from elsewhere contacts nobody by itself; the user's own file does, and so does their input."""
    fixed = "steps: [{id: page, tool: look, args: {url: https://example.com/a}}]\n"
    given = "inputs: {url: {}}\nsteps: [{id: page, tool: look, args: {url: '${inputs.url}'}}]\n"
    keep("fixed", fixed)

    @tool(effect="network", sinks=("url",))
    def look(url: str) -> str:
        """Look at a page."""
        return url

    async with opened(tools=[look]) as agent:
        elsewhere = await run_flow(agent, fixed)
        own = await run_flow(agent, None, name="fixed")
        typed = await run_flow(agent, given, {"url": "https://example.com/a"})
    assert [elsewhere.status, own.status, typed.status] == ["approval_needed", "done", "done"]


async def test_missing_inputs_headless_and_asked_for(opened, run_flow):
    """Without somebody there the run needs input; with somebody it asks until the reply fits."""
    text = """\
inputs: {n: {type: integer, description: How many}}
steps: [{id: s, tool: calculate, args: {expression: "${inputs.n} * 2"}}]
"""
    async with opened() as agent:
        result = await run_flow(agent, text)
    assert (result.status, result.exit_code) == ("input_needed", 5)
    assert result.text == "flow.yaml needs its input n: --input n=…"

    from homewit.agent.workflows.starting import Start

    questions = []
    async with opened(interactive=True) as agent:
        run = await agent.runner.start_workflow(Start(text, "flow.yaml", own=False))
        replies = iter(["many", "21"])
        async for event in run.events():
            if event.body.type == "question":
                questions.append(event.body.text)
                run.reply(event.body.question, next(replies))
            if event.body.type == "answer":
                assert event.body.text == "21 * 2 = 42"
    assert questions == [
        "How many? (a whole number)",
        "The input n takes a whole number, not 'many'. How many? (a whole number)",
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mils": "3"}, "flow.yaml has no input 'mils'; did you mean 'miles'? Its inputs are: miles, file."),
        ({"miles": "three"}, "The input miles takes a number, not 'three'."),
    ],
)
async def test_inputs_that_do_not_fit(opened, run_flow, given, message):
    """Nothing is begun."""
    async with opened() as agent:
        with pytest.raises(InputInvalid) as raised:
            await run_flow(agent, TRIP.replace("name: trip\n", ""), given)
        assert agent.place.store.list_runs() == []
    assert str(raised.value) == message


async def test_a_file_that_is_wrong_is_not_begun(opened, run_flow):
    """All problems are in the message, each with its place."""
    async with opened() as agent:
        with pytest.raises(WorkflowInvalid) as raised:
            await run_flow(agent, "steps: [{id: a, tool: calclate}]\nx: 1\n")
    assert str(raised.value).splitlines() == [
        "flow.yaml:1:23: there is no tool 'calclate'; did you mean 'calculate'?",
        "flow.yaml:2:1: unknown key 'x'",
    ]


async def test_a_list_a_condition_and_a_text(opened, run_flow):
    """foreach over an input, a condition on one, and texts of lists."""
    text = """\
inputs:
  numbers: {type: array, items: integer}
  loud: {type: boolean, default: false}
steps:
  - id: twice
    tool: calculate
    foreach: ${inputs.numbers}
    args: {expression: "${item} * 2"}
  - id: shout
    tool: add_note
    when: {equals: ["${inputs.loud}", true]}
    args: {text: "doubled ${inputs.numbers}"}
outputs: {first: "${steps.twice.0.value}", note: "${steps.shout.text}"}
"""
    async with opened() as agent:
        quiet = await run_flow(agent, text, {"numbers": "4, 5"})
        loud = await run_flow(agent, text, {"numbers": [4, 5], "loud": "yes"})
        notes = [note.text for note in agent.place.store.records.search_notes("")]
    assert sorted(ends(quiet)[:2]) == [("twice[0]", "done"), ("twice[1]", "done")]
    assert ends(quiet)[2:] == [("twice", "done"), ("shout", "omitted")]
    assert (quiet.status, quiet.text) == ("done", "first: 8\nnote: ")
    assert (loud.status, notes) == ("done", ["doubled 4, 5"])


async def test_arguments_that_a_condition_keeps_from_being_used_need_not_fit(opened, run_flow):
    """A condition may stand guard over a value that the tool would refuse."""
    text = """\
inputs: {spent: {type: number, default: 0}}
steps:
  - id: note
    tool: add_expense
    when: {greater: ["${inputs.spent}", 0]}
    args: {amount: "${inputs.spent}", category: food}
"""
    async with opened() as agent:
        nothing = await run_flow(agent, text)
        something = await run_flow(agent, text, {"spent": 5})
    assert (nothing.status, ends(nothing)) == ("done", [("note", "omitted")])
    assert (something.status, ends(something)) == ("done", [("note", "done")])


def flaky(fails: int) -> Any:
    """A tool that fails so often before it works."""
    calls = []

    @tool
    def fetch(name: str) -> str:
        """Fetch a thing."""
        calls.append(name)
        if len(calls) <= fails or name == "never":
            raise RuntimeError("it is closed")
        return f"a {name}"

    return fetch


@pytest.mark.parametrize(
    ("on_error", "fails", "status", "shown", "said"),
    [
        ("fail", 1, "failed", [("get", "failed"), ("say", "skipped"), ("end", "skipped")], None),
        ("continue", 1, "done", [("get", "failed"), ("say", "omitted"), ("end", "done")], None),
        ("{retry: 2, wait_s: 0}", 2, "done", [("get", "done"), ("say", "done"), ("end", "done")], "a cake"),
        (
            "{retry: 2, wait_s: 0}",
            3,
            "failed",
            [("get", "failed"), ("say", "skipped"), ("end", "skipped")],
            None,
        ),
        (
            "{fallback: {value: none}}",
            1,
            "done",
            [("get", "failed"), ("say", "done"), ("end", "done")],
            "none",
        ),
        (
            "{fallback: {tool: calculate, args: {expression: '1 + 1'}}}",
            1,
            "done",
            [("get", "failed"), ("get", "done"), ("say", "done"), ("end", "done")],
            "1 + 1 = 2",
        ),
    ],
)
async def test_what_happens_when_a_step_fails(opened, run_flow, on_error, fails, status, shown, said):
    """Stop, go on without, try again, or take something else: as the file says."""
    text = f"""\
steps:
  - {{id: get, tool: fetch, args: {{name: cake}}, on_error: {on_error}}}
  - {{id: say, tool: add_note, args: {{text: "${{steps.get.text}}"}}}}
  - {{id: end, tool: current_time, after: get}}
"""
    text = text.replace("${steps.get.text}", "${steps.get}") if "value" in on_error else text
    if "tool: calculate" in on_error:
        text = text.replace("fetch, args: {name: cake}", "fetch_any, args: {name: cake}")
    fetch = flaky(fails)
    async with opened(tools=[fetch, _anything()]) as agent:
        result = await run_flow(agent, text)
        notes = [note.text for note in agent.place.store.records.search_notes("")]
    assert (result.status, ends(result)) == (status, shown)
    assert notes == ([] if said is None else [said])


def _anything() -> Any:
    @tool
    def fetch_any(name: str) -> dict[str, Any]:
        """Fetch what may be anything."""
        raise RuntimeError("it is closed")

    return fetch_any


async def test_items_that_fail_are_left_out_or_replaced(opened, run_flow):
    """Each item by itself: without it, or with the value in its place."""
    text = """\
steps:
  - id: get
    tool: fetch
    foreach: [a, never, b]
    args: {name: "${item}"}
    on_error: ON_ERROR
outputs: {all: "${steps.get}"}
"""
    async with opened(tools=[flaky(0)]) as agent:
        without = await run_flow(agent, text.replace("ON_ERROR", "continue"))
        replaced = await run_flow(agent, text.replace("ON_ERROR", "{fallback: {value: nothing}}"))
    assert (without.status, without.text) == ("done", "all: a a, a b")
    assert (replaced.status, replaced.text) == ("done", "all: a a, nothing, a b")
