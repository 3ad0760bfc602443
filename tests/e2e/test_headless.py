"""The main job without a person: prompts in, events and exit codes out, on the bundled model.

One home serves all of them, as on any machine; no two ask for the same thing.
"""

from pathlib import Path

import pytest

# In the order in which every run has to tell its story; other types may stand between them.
STORY = ["run.started", "route", "plan", "step.started", "step.finished", "answer", "usage", "run.finished"]


@pytest.fixture(scope="module")
def environment(one_home: dict[str, str]) -> dict[str, str]:
    return one_home


def in_order(wanted: list[str], got: list[str]) -> bool:
    remaining = iter(got)
    return all(kind in remaining for kind in wanted)


def test_a_sum(run):
    """One call, its result in the answer, the events in order and numbered without a gap."""
    ran = run("what is 17 * 23?")
    assert ran.code == 0
    assert ran.calls == [("calculate", {"expression": "17 * 23"})]
    assert "391" in ran.answer
    assert in_order(STORY, [event["type"] for event in ran.events])
    assert [event["seq"] for event in ran.events] == list(range(1, len(ran.events) + 1))
    assert {event["v"] for event in ran.events} == {1}
    assert ran.events[-1] | {"status": "done", "exit_code": 0} == ran.events[-1]


@pytest.mark.slow
def test_a_fact_is_remembered_by_the_next_process(run):
    """Told to one host, known in a process that has none, and gone after it is forgotten."""
    assert run("remember that my sister's birthday is May 3").code == 0
    recalled = run("when is my sister's birthday?", "--no-host")
    assert recalled.code == 0
    assert "May 3" in recalled.answer
    assert recalled.of_type("recall")[0]["items"][0]["text"] == "my sister's birthday is May 3"
    assert run("forget my sister's birthday").code == 0
    assert "May 3" not in run("when is my sister's birthday?").answer


def test_two_steps(run):
    """One sentence, two tools, both in the answer's citations."""
    ran = run("add milk to my tasks and show me my open tasks")
    assert ran.code == 0
    assert [tool for tool, _ in ran.calls] == ["add_task", "list_tasks"]
    assert "milk" in ran.answer
    assert ran.of_type("answer")[-1]["citations"] == ["s1", "s2"]


def test_a_reference_and_an_approval_that_nobody_gives(run, folder: Path):
    """Without somebody to ask the file is not written, the exit code says so, and so does the rule to add."""
    ran = run("convert 5 miles to km and save it to distance.txt")
    assert ran.code == 5
    assert ran.of_type("plan")[0]["steps"][1]["args"]["content"] == {"$ref": "s1.text"}
    assert (
        ran.of_type("approval.resolved")[0] | {"decision": "deny", "by": "headless"}
        == ran.of_type("approval.resolved")[0]
    )
    assert not (folder / "distance.txt").exists()


def test_a_reference_and_a_rule_that_allows_it(run, folder: Path):
    """With a rule for exactly this file the converted distance is written."""
    rule = "write_file:path=distance.txt"
    ran = run("convert 5 miles to km and save it to distance.txt", "--allow", rule)
    assert ran.code == 0
    assert "8.05" in (folder / "distance.txt").read_text(encoding="utf-8")


def test_an_expense_and_its_report(run):
    """Lunch is food: what was spent in one process is summed in the next."""
    spent = run("I spent 12.50 on lunch")
    assert spent.code == 0
    [(tool, args)] = spent.calls
    assert (tool, args["amount"], args["category"]) == ("add_expense", 12.5, "food")
    report = run("how much did I spend on food this month?")
    assert report.code == 0
    assert "12.50" in report.answer


def test_what_no_tool_can_do(run):
    """It says that it cannot, does nothing, and a script can tell from the exit code."""
    ran = run("book me a flight to Mars")
    assert ran.code == 1
    assert ran.calls == []
    assert "no tool" in ran.answer
    assert ran.of_type("error")[0]["code"] == "no_tool"


def test_a_drop_in_plugin_is_used(run, environment: dict[str, str]):
    """A file in the home's tools folder is enough for a prompt to reach the tool."""
    tools = Path(environment["HOMEWIT_HOME"]) / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    (tools / "dice.py").write_text(
        "from homewit.tools import tool\n\n\n"
        "@tool\ndef roll_dice(sides: int) -> str:\n"
        '    """Roll dice.\n\n    Args:\n        sides: number of sides.\n    """\n'
        '    return f"rolled a {sides}-sided one"\n',
        encoding="utf-8",
    )
    ran = run("roll dice with 20 sides")
    assert ran.calls == [("roll_dice", {"sides": 20})]
    assert "20-sided" in ran.answer


@pytest.mark.parametrize(("options", "code"), [(["--max-steps", "1"], 4), (["--model", "/nowhere"], 3)])
def test_limits_and_missing_models_have_their_own_codes(run, options: list[str], code: int):
    """A budget that is too small and a model that is not there end before anything is done."""
    ran = run("add milk to my tasks and show me my open tasks", *options)
    assert ran.code == code
    assert ran.calls == []
