"""The command line: what it prints where, and the exit code it ends with."""

import json
import subprocess
import sys

import pytest

from homewit.tui.cli import COMMANDS
from homewit.tui.testing import FACT, STATUS, FakeHost, HostRefuses

HELP_PROBE = """
import sys
try:
    from homewit.tui.cli import main
    main(sys.argv[1:])
finally:
    heavy = {"torch", "textual", "sqlalchemy", "pydantic", "asyncio", "rich", "httpx"}
    print(sorted(heavy & {name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["chat", "--help"], ["generate", "--help"]])
def test_help_is_light(args: list[str]):
    """Help imports click and little else."""
    done = subprocess.run([sys.executable, "-c", HELP_PROBE, *args], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert "Usage: homewit" in done.stdout


def test_help_lists_every_command(homewit):
    """The overview names each command once, and each has help of its own."""
    overview = homewit("--help").out
    for name in COMMANDS:
        assert f"\n  {name} " in overview
        assert homewit(name, "--help").code == 0


def test_version(homewit):
    """The version goes to stdout."""
    done = homewit("--version")
    assert done.code == 0
    assert done.out.startswith("homewit 0.")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["memroy"], "did you mean 'memory'?"),
        (["what is 17 * 23?"], 'homewit run "what is 17 * 23? …"'),
        (["run"], "nothing to do: give the request, as in homewit run "),
        (["plan"], "nothing to do: give the request, as in homewit plan "),
        (["generate"], "nothing to do: give the request, as in homewit generate "),
        (["run", "flow.yaml"], "no workflow file flow.yaml here; `homewit workflow list`"),
        (["run", "one", "two", "--input", "a=b"], "--input is for workflows"),
        (["run", "report", "--input", "a"], "an input is given as NAME=VALUE, not 'a'"),
        (["run", "report", "--input", "a=1", "--input", "a=2"], "the input a is given twice"),
        (["run", "report", "--input", "a=-", "--input", "b=-"], "only one input can be read from the pipe"),
        (["run", "x", "--max-steps", "0"], "--max-steps"),
        (["run", "x", "--timeout", "0"], "--timeout"),
        (["run", "x", "--no-such-option"], "--no-such-option"),
        (["tools", "call", "calculate", "17*23"], "'17*23' is not NAME=VALUE; the arguments are: expression"),
        (["tools", "call", "calculate", "{broken"], "not valid JSON"),
        (["generate", "x", "--schema", "missing.json"], "missing.json"),
        (["generate", "x", "--logit-bias", "word=1"], "--logit-bias"),
        (["generate", "x", "--drafts", "65"], "--drafts"),
    ],
)
def test_wrong_usage_ends_with_2(homewit, args: list[str], says: str):
    """What was typed wrong is named, on stderr, and nothing is on stdout."""
    done = homewit(*args)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_run_prints_the_answer_and_narrates_on_stderr(homewit, recording):
    """stdout is the answer and nothing else; the steps are told on stderr."""
    done = homewit("run", "what is 17 * 23?", host=FakeHost([recording("calculate")]))
    assert (done.code, done.out) == (0, "17 × 23 is **391**.\n")
    assert "✔ s1 calculate  17 * 23 = 391" in done.err


def test_run_json_prints_the_events(homewit, recording):
    """One flat event per line, with the envelope of the contract, and nothing else anywhere."""
    done = homewit("run", "what is 17 * 23?", "--json", host=FakeHost([recording("calculate")]))
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["type"] for event in events] == [body["type"] for body in recording("calculate")]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["v"] == 1 and event["run"] == "r_1" for event in events)
    assert (done.code, done.err) == (0, "")


def test_run_passes_its_options_on(homewit):
    """Rules, limits, seed and session reach the host."""
    host = FakeHost()
    homewit("run", "write", "it", "--allow", "write_file", "--allow", "effect:send", "--max-steps", "3",
            "--timeout", "9", "--seed", "7", "--session", "s_1", host=host)  # fmt: skip
    (prompt,) = [params for method, params in host.received if method == "prompt"]
    assert prompt == {
        "text": "write it",
        "session": "s_1",
        "allow": ["write_file", "effect:send"],
        "max_steps": 3,
        "timeout_s": 9.0,
        "seed": 7,
    }
    assert host.received[0][1]["interactive"] is False


def test_a_needed_approval_ends_with_5_and_names_the_rule(homewit, recording):
    """Nobody is there to approve: the exact rule that would allow the step is printed."""
    log = recording("approval")
    asked = next(number for number, body in enumerate(log) if body["type"] == "approval.requested")
    resolved = {"type": "approval.resolved", "approval": "a1", "decision": "deny", "by": "headless"}
    end = {"type": "run.finished", "status": "approval_needed", "exit_code": 5}
    script = [*log[: asked + 1], resolved, end]
    done = homewit("run", "convert 5 miles", host=FakeHost([script], headless=True))
    assert (done.code, done.out) == (5, "")
    assert "path: distance.txt  (from you, in this message)" in done.err
    assert "--allow write_file:path=distance.txt" in done.err


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("failed", 1),
        ("unavailable", 3),
        ("budget", 4),
        ("input_needed", 5),
        ("unknown", 6),
        ("cancelled", 130),
    ],
)
def test_the_run_names_the_exit_code(homewit, status: str, code: int):
    """The exit code is the one of run.finished."""
    end = {"type": "run.finished", "status": status, "exit_code": code}
    assert homewit("run", "x", host=FakeHost([[end]])).code == code


def test_a_model_that_cannot_be_loaded_ends_with_3(homewit):
    """The host's own words, on one line."""

    def refuse(_params):
        raise HostRefuses("models/x has no config.json; give a folder with a checkpoint", exit_code=3)

    done = homewit("run", "x", "--model", "models/x", host=FakeHost(answers={"prompt": refuse}))
    assert (done.code, done.err) == (
        3,
        "homewit: models/x has no config.json; give a folder with a checkpoint\n",
    )


def test_plan_json_is_one_object(homewit):
    """Exactly the object of the contract."""
    done = homewit("plan", "17 * 23", "--json")
    step = {"id": "s1", "tool": "calculate", "args": {"expression": "17 * 23"}, "after": []}
    assert json.loads(done.out) == {"route": "act", "steps": [step], "question": None, "procedure": None}


def test_generate_streams_text_and_reports_json(homewit):
    """Text mode prints what is generated, --json one object."""
    assert homewit("generate", "Once").out == "Once upon a time\n"
    assert json.loads(homewit("generate", "Once", "--json").out) == {
        "text": "Once upon a time",
        "finish_reason": "stop",
        "usage": {"generated": 4},
    }


def test_generate_tells_what_it_cost(homewit):
    """--usage says it on stderr; stdout stays the text."""
    done = homewit("generate", "Once", "--usage")
    assert done.out == "Once upon a time\n"
    assert "4 generated" in done.err


def test_generate_passes_sampling_options(homewit, tmp_path):
    """Each reaches the host under the engine's name; those that were not given are left to the engine."""
    grammar = tmp_path / "grammar.lark"
    grammar.write_text('start: "a"+', encoding="utf-8")
    host = FakeHost()
    homewit("generate", "x", "--top-k", "40", "--typical", "0.9", "--top-p", "0.8", "--min-p", "0.1",
            "--repetition-penalty", "1.1", "--presence-penalty", "0.2", "--frequency-penalty", "0.3",
            "--dry", "0.8", "--logit-bias", "42=-5", "--logit-bias", "7=1.5", "--seed", "3", "--stop", "END",
            "--stop", "\n\n", "--logprobs", "2", "--reasoning-budget", "100", "--drafts", "0",
            "--grammar", str(grammar), "--json", host=host)  # fmt: skip
    (params,) = [params for method, params in host.received if method == "generate"]
    assert params == {
        "prompt": "x", "raw": False, "max_tokens": 256, "temperature": 0.0, "top_k": 40, "typical_p": 0.9,
        "top_p": 0.8, "min_p": 0.1, "repetition_penalty": 1.1, "presence_penalty": 0.2,
        "frequency_penalty": 0.3, "dry_multiplier": 0.8, "logit_bias": {"42": -5.0, "7": 1.5}, "seed": 3,
        "stop": ["END", "\n\n"], "logprobs": 2, "reasoning_budget": 100, "drafts": 0,
        "grammar": 'start: "a"+',
    }  # fmt: skip


def test_generate_passes_a_schema(homewit, tmp_path):
    """The schema file is read here and its object sent."""
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object"}', encoding="utf-8")
    host = FakeHost()
    homewit(
        "generate",
        "x",
        "--schema",
        str(schema),
        "--raw",
        "--max-tokens",
        "5",
        "--temperature",
        "0.5",
        host=host,
    )
    (params,) = [params for method, params in host.received if method == "generate"]
    assert params == {
        "prompt": "x",
        "max_tokens": 5,
        "temperature": 0.5,
        "json_schema": {"type": "object"},
        "raw": True,
    }


LISTS = [
    ["memory", "list"],
    ["memory", "search", "sister"],
    ["sessions", "list"],
    ["sessions", "search", "oven"],
    ["tools", "list"],
    ["doctor"],
]


@pytest.mark.parametrize("args", LISTS)
def test_lists_are_rows_or_json_lines(homewit, args: list[str]):
    """Every list prints at least one line, and with --json one object per line."""
    assert homewit(*args).out.strip()
    for line in homewit(*args, "--json").out.splitlines():
        assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("args", [["runs", "list"], ["model", "list"], ["memory", "search", "zebra"]])
def test_an_empty_list_is_told_on_stderr(homewit, args: list[str]):
    """An empty list prints nothing on stdout and still ends well."""
    done = homewit(*args)
    assert (done.code, done.out) == (0, "")
    assert done.err


def test_a_fact_is_forgotten_by_id_or_by_words(homewit):
    """By its id at once, by words when they match one fact, and otherwise only with --yes."""
    assert homewit("memory", "forget", "f_3k2m9x1a").out == "forgot f_3k2m9x1a\n"
    assert homewit("memory", "forget", "sister").out == "forgot f_3k2m9x1a\n"
    host = FakeHost()
    host.world.facts.append({**FACT, "id": "f_2", "quote": "sister two"})
    done = homewit("memory", "forget", "sister", host=host)
    assert done.code == 2
    assert "f_3k2m9x1a, f_2" in done.err
    assert len(host.world.facts) == 2
    assert homewit("memory", "forget", "sister", "--yes", host=host).out == "forgot f_3k2m9x1a\nforgot f_2\n"


def test_what_is_not_remembered_cannot_be_forgotten(homewit):
    """Words that nothing fits end with 1, like an id that nothing has: the command was used rightly."""
    done = homewit("memory", "forget", "nothing", "at", "all")
    assert (done.code, done.out) == (1, "")
    assert "nothing at all" in done.err


def test_tools_are_called_with_typed_arguments(homewit):
    """A value is text where the tool takes text, and JSON where it takes something else."""
    done = homewit("tools", "call", "calculate", "expression=17 * 23", "--json")
    assert json.loads(done.out)["data"] == {"expression": "17 * 23"}
    assert json.loads(homewit("tools", "call", "calculate", '{"expression": "1"}', "--json").out)["data"] == {
        "expression": "1"
    }


def test_a_session_is_printed_as_it_was_said(homewit):
    """Who said what, in order."""
    assert homewit("sessions", "show", "s_dinner1").out == (
        "You: plan a dinner for six\nHomewit: Menu B needs **no oven**.\n"
    )


def test_what_is_not_there_ends_with_1(homewit):
    """An unknown id is one clear line."""
    done = homewit("sessions", "show", "s_nothing")
    assert (done.code, done.err) == (1, "homewit: there is no s_nothing\n")


def test_undo_says_what_it_took_back(homewit):
    """In words, or as the whole object; of one session when it is named."""
    host = FakeHost()
    assert homewit("undo", "--session", "s_dinner1", host=host).out == "Removed the note: milk\n"
    (asked,) = [params["args"] for method, params in host.received if params.get("name") == "undo"]
    assert asked == {"session": "s_dinner1"}
    assert json.loads(homewit("undo", "--json").out)["step"] == "s1"
    assert homewit("run", "undo", "the", "last", "thing").out == "Removed the note: milk\n"


def test_run_does_not_say_twice_that_no_tool_fits(homewit):
    """stdout has the answer, which says so; stderr adds nothing. Control: --json has every event."""
    events = [
        {"type": "run.started", "prompt": "x", "session": "s", "model": "m"},
        {"type": "error", "code": "no_tool", "message": "no tool serves this request"},
        {"type": "answer", "text": "I have no tool that can do this.", "citations": []},
        {"type": "run.finished", "status": "failed", "exit_code": 1},
    ]
    done = homewit("run", "x", host=FakeHost([events]))
    assert (done.code, done.out, done.err) == (1, "I have no tool that can do this.\n", "")
    assert "no tool serves" in homewit("run", "x", "--json", host=FakeHost([events])).out


def test_resume_follows_the_run(homewit, recording):
    """A resumed run prints its answer and ends with its exit code."""
    done = homewit("resume", "r_9", host=FakeHost([recording("calculate")]))
    assert (done.code, done.out) == (0, "17 × 23 is **391**.\n")


def test_escapes_in_answers_do_not_reach_the_terminal(homewit):
    """Text mode drops them, JSON mode spells them out."""
    events = [
        {"type": "answer", "text": "a\x1b]52;c;aGk=\x07b\u202ec", "citations": []},
        {"type": "run.finished", "status": "done", "exit_code": 0},
    ]
    assert homewit("run", "x", host=FakeHost([events])).out == "abc\n"
    line = homewit("run", "x", "--json", host=FakeHost([events])).out.splitlines()[0]
    assert "\x1b" not in line
    assert json.loads(line)["text"] == "a\x1b]52;c;aGk=\x07b\u202ec"


@pytest.mark.parametrize("group", ["tools", "memory", "model", "workflow", "runs", "secrets"])
def test_the_help_of_a_group_is_whole(homewit, group: str):
    """What a command does is not cut off at the end of its line."""
    listed = homewit(group, "--help").out.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


def test_a_run_warns_of_what_is_wrong_with_the_set_up(homewit):
    """A plugin that was left out explains why nothing fits. Control: --json has events only."""
    problem = "file:parking.py: line 1: invalid syntax"
    host = FakeHost(status={**STATUS, "problems": [problem]})
    assert f"warning: {problem}" in homewit("run", "hello", host=host).err
    assert homewit("run", "hello", "--json", host=host).err == ""


def test_that_no_model_answers_is_said_once(homewit):
    """By the run, which it ends; other warnings stand beside it."""
    missing, lines = "There is no model at 'nope'.", [*STATUS["lines"]]
    lines[1] = {**lines[1], "state": "problem", "text": missing}
    events = [
        {"type": "run.started", "prompt": "x", "session": "s", "model": "nope"},
        {"type": "error", "code": "unavailable", "message": missing},
        {"type": "run.finished", "status": "unavailable", "exit_code": 3},
    ]
    host = FakeHost([events], status={**STATUS, "lines": lines, "problems": ["the disk is full", missing]})
    done = homewit("run", "x", host=host)
    assert done.err.count(missing) == 1
    assert "warning: the disk is full" in done.err


def test_a_run_that_needs_a_yes_names_the_command_that_gives_it(homewit):
    """The same run goes on, with exactly what it asked for; quoted for a shell."""
    step = {"id": "s1", "tool": "write_file", "effect": "write", "args": {"path": "a b"}, "preview": ""}
    events = [
        {"type": "run.started", "prompt": "x", "session": "s", "model": "m"},
        {"type": "approval.requested", "approval": "a1", "sinks": [], "reason": "write_file changes files",
         "steps": [{**step, "rule": "write_file:path=a b"}]},
        {"type": "answer", "text": "I did not do write_file.", "citations": []},
        {"type": "run.finished", "status": "approval_needed", "exit_code": 5},
    ]  # fmt: skip
    done = homewit("run", "x", host=FakeHost([events], headless=True))
    assert (done.code, done.out) == (5, "I did not do write_file.\n")
    assert "homewit resume r_1 --allow 'write_file:path=a b'" in done.err
