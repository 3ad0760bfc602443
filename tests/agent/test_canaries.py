"""Twenty secrets, given to a plugin that shows them in every way it knows: none is found afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.agent.errors import AgentError
from homewit.agent.testing import ScriptedEngine
from homewit.tools.secrets import open_store

WAYS = {
    "a result": "return value",
    "a nested result": "return {value: [value, {'a': 'x' + value}]}",
    "an error of a tool": "raise ToolFailed('no login with ' + value)",
    "an error": "raise ValueError(value)",
    "an error from another": "try: int(value)\n        except ValueError as error: raise KeyError(value)",
    "an assertion": "assert value == 'right', value",
    "a hint": "raise ToolRetry('Not ' + value, 'Use ' + value)",
    "a question": "raise InputNeeded('Is it ' + value + '?', 'way')",
    "a consent": "ctx.require_approval('This sends ' + value)",
    "standard output": "print(value); sys.stdout.flush()",
    "standard error": "print(value, file=sys.stderr); sys.stderr.flush()",
    "a log": "logging.error('with %s', value)",
    "a warning": "warnings.warn(value)",
    "a traceback": "try: raise OSError(value)\n        except OSError: traceback.print_exc()",
    "progress": "ctx.progress('trying ' + value)",
    "output": "ctx.output('trying ' + value)",
    "a record": "ctx.records.add_note('my password is ' + value)",
    "a variable": "os.environ['PASSWORD'] = value",
    "an end": "sys.stderr.write(value); sys.stderr.flush(); os._exit(3)",
    "a crash": "faulthandler.enable(); held = value; ctypes.string_at(0)",
    "a timeout": "ctx.progress(value); time.sleep(60)",
    "too much": "return value * 3_000_000",
}


def canary(number: int) -> str:
    return f"canary-{number:02}-v3ry-s3cret"


CANARIES = [canary(number) for number in range(len(WAYS))]

PLUGIN = """
import ctypes, faulthandler, logging, os, sys, time, traceback, warnings
from homewit.tools import InputNeeded, ToolContext, ToolFailed, ToolRetry, tool
"""


def plugin() -> str:
    """A tool for each way; each has one secret and looks for it in the open afterwards."""
    tools = [
        f'''
@tool(effect="record", secrets=("c{number}",), timeout_s={2 if way == "a timeout" else 60})
def way_{number}(*, ctx: ToolContext) -> object:
    """Show a secret."""
    value = ctx.secret("c{number}").reveal()
    if True:
        {code}
    return "done"
'''
        for number, (way, code) in enumerate(WAYS.items())
    ]
    return PLUGIN + "".join(tools)


@pytest.fixture
def prepared(home: Path) -> Path:
    """A home with the plugin and its secrets, in a file."""
    (home / "tools").mkdir(parents=True)
    (home / "tools/shows.py").write_text(plugin())
    (home / "config.toml").write_text('secrets = "file"\n')
    store = open_store(home, "file")
    for number, value in enumerate(CANARIES):
        store.put(f"c{number}", value)
    return home


def found_in(home: Path, *texts: str) -> Iterator[str]:
    """Where a canary is: files of the home but the one that keeps them, and texts."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.name != "secrets.json":
            content = path.read_bytes()
            yield from (f"{path.name}: {value}" for value in CANARIES if value.encode() in content)
    for number, text in enumerate(texts):
        yield from (f"text {number}: {value}" for value in CANARIES if value in text)


async def call(agent: Agent, number: int) -> str:
    """What comes of a call by hand, whatever it is."""
    try:
        return repr(await agent.runner.call_tool(f"way_{number}", {}))
    except AgentError as error:
        return repr(error) + repr(error.__cause__)


@pytest.mark.slow
async def test_none_is_found(
    prepared: Path, plan, happened, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    """In the database, its log, results, errors, events, prompts, logs, and what is printed."""
    caplog.set_level("DEBUG")
    shown = plan(("way_0", {}), ("way_1", {}), ("way_14", {}), ("way_15", {}), ("way_16", {}))
    engine = ScriptedEngine(["act", shown, "Done.", "Done.", "Done."])
    async with Agent.open(engine, cwd=prepared.parent) as agent:
        assert agent.place.problems == ()
        results = [await call(agent, number) for number in range(len(WAYS))]
        events: list[Any] = await happened(agent, "show me all of it", allow=["effect:record"])
        processes = list(environments())
    assert "***" in results[0] + str(events)
    printed = capfd.readouterr()
    texts = (*results, str(events), repr(engine.calls), caplog.text, printed.out, printed.err, *processes)
    assert list(found_in(prepared, *texts)) == []


def environments() -> Iterator[str]:
    """The command line and environment of every process here, as far as they can be read."""
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                yield (process / name).read_text("utf-8", "replace")
            except OSError:
                continue


async def test_control_what_was_not_lent_is_found(prepared: Path, caplog: pytest.LogCaptureFixture):
    """Control: the same words, which the tool knows of itself, are in the result and in the database."""
    (prepared / "tools/shows.py").write_text(
        PLUGIN
        + f'''
@tool
def way_0(*, ctx: ToolContext) -> str:
    """Show what was never lent."""
    ctx.progress("{canary(1)}")
    return "{canary(0)}"
'''
    )
    async with Agent.open(ScriptedEngine([]), cwd=prepared.parent) as agent:
        result = await call(agent, 0)
    found = list(found_in(prepared, result))
    assert f"text 0: {canary(0)}" in found
    assert any(one.startswith("homewit.db") and one.endswith(canary(0)) for one in found)


def test_there_are_enough_of_them():
    """The list does not shrink unnoticed."""
    assert len(WAYS) >= 20
