"""The contract checks: built-in tools pass them, and each rule can fail."""

import datetime as dt
from typing import Any

import pytest

from homewit.tools import Effect, InvalidArguments, Records, ToolContext, ToolFailed, tool
from homewit.tools.testing import (
    ContractBroken,
    FakeNet,
    MemoryRecords,
    check_plugin,
    check_tool,
    fake_context,
    problems_of,
)

from ..conftest import TOOLS


def complete(function: Any, **options: Any) -> Any:
    return tool(**options)(function)


def undocumented(x: int) -> int:
    return x


def undescribed(x: int) -> int:
    """Return it."""
    return x


def misdescribed(x: int) -> int:
    """Return it.

    Args:
        x: the number.
        y: not there.
    """
    return x


def untyped(x: int):
    """Return it.

    Args:
        x: the number.
    """
    return x


def send(to: str) -> str:
    """Send it.

    Args:
        to: to whom.
    """
    return f"Sent to {to}."


def was_sent(recipient: str) -> bool:
    return True


def noisy() -> str:
    """Print."""
    print("debug")
    return "x"


def silent() -> str:
    """Say nothing."""
    return ""


def failing() -> str:
    """Fail."""
    raise ValueError("no luck")


def lying() -> int:
    """Return something else."""
    return "many"  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (complete(undocumented), "it has no docstring"),
        (complete(undescribed), "the parameter 'x' has no description"),
        (complete(misdescribed), "the docstring describes 'y', which is not a parameter"),
        (complete(untyped), "its result has no type"),
        (complete(send, effect="send"), "no parameter is declared as a sink"),
        (complete(send, effect="send", sinks=["to"]), "it has no check"),
        (complete(send, effect="record"), "it has no undo"),
        (complete(send, effect="write", sinks=["to"], check=was_sent), "its check takes ['recipient']"),
        (complete(send, effect="write", sinks=["to"], preview=was_sent), "its preview takes ['recipient']"),
        (complete(send, description="long " * 100), "its description is longer"),
        (complete(noisy), "it printed to stdout"),
        (complete(silent), "gave a result without text"),
        (complete(failing), "it raised ToolFailed: failing failed: no luck"),
        (complete(lying), "something else than it declares"),
        (send, "is not a tool; mark the function with @tool"),
    ],
)
async def test_each_rule_can_fail(declared: Any, expected: str, ctx: ToolContext):
    """Control: a tool that breaks one rule is reported by that rule."""
    needs_no_arguments = getattr(declared, "function", None) in (noisy, silent, failing, lying)
    with pytest.raises(ContractBroken) as caught:
        await check_tool(declared, *([{}] if needs_no_arguments else []), ctx=ctx)
    assert expected in str(caught.value)


async def test_a_good_plugin_has_no_problems(ctx: ToolContext):
    """Nothing to complain about, nothing said."""

    def was_sent(to: str) -> bool | None:
        return None

    good = tool(effect=Effect.SEND, sinks=["to"], check=was_sent)(send)
    assert problems_of(good) == []
    await check_tool(good, {"to": "a@b.c"}, ctx=ctx)
    with pytest.raises(ContractBroken, match="InvalidArguments"):
        await check_tool(good, {"whom": "a@b.c"}, ctx=ctx)


async def test_the_fake_context_has_no_network(folder):
    """A test that forgets to give a client fails plainly instead of going out."""
    with pytest.raises(ToolFailed, match="This context has no network"):
        fake_context(folder).net()
    with pytest.raises(ToolFailed, match="no network"):
        await TOOLS["fetch_page"].call({"url": "https://example.com"}, fake_context(folder))


def test_memory_records_keep_the_protocol():
    """The double behaves as the database does, for what tools use."""
    records: Records = MemoryRecords()
    note = records.add_note("hello world")
    task = records.add_task("milk", dt.date(2026, 11, 23))
    assert [found.id for found in records.search_notes("WORLD")] == [note.id]
    assert records.find_tasks("MIL") == [task]
    assert records.complete_task(task.id).done
    assert (len(records.list_tasks("open")), len(records.list_tasks("done"))) == (0, 1)
    assert records.find("task", task.id).done
    assert records.reopen_task(task.id) == task == records.find("task", task.id)
    assert records.find("note", task.id) is None
    assert [records.remove("note", note.id), records.remove("note", note.id)] == [True, False]
    assert records.search_notes("") == []


def test_arguments_may_not_carry_a_context():
    """A caller cannot pass its own context through the arguments."""
    with pytest.raises(InvalidArguments):
        TOOLS["read_file"].validate({"path": "x", "ctx": {"roots": ["/"]}})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "print('hello')\nfrom homewit.tools.builtin.clock import current_time\ntools = [current_time]",
            "it printed",
        ),
        ("from homewit.tools.builtin.clock import current_time\ntools = [current_time]", "has this name"),
        ("tools = []", "it has no tools"),
        ("tools = [1]", "expected tools made with @tool, found int"),
        ("import homewit_not_there", "cannot be loaded: No module named 'homewit_not_there'"),
        (
            "from homewit.tools import tool\n@tool\ndef f(x: int) -> int:\n  return x\ntools = [f]",
            "f: it has no docstring",
        ),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_told(tmp_path, monkeypatch, source: str, expected: str):
    """Each rule can fail; the message lists what is wrong."""
    name = f"plugin_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ContractBroken) as caught:
        check_plugin(f"{name}:tools")
    assert expected in str(caught.value)


def test_a_plugin_without_the_named_list_is_told():
    """The entry point is as much a part of the contract as the tools."""
    with pytest.raises(ContractBroken, match="cannot be loaded"):
        check_plugin("homewit.tools:not_there")


async def test_the_fake_network_answers_and_remembers(tmp_path):
    """Parameters are part of the address; a status may stand before the answer."""
    net = FakeNet(lambda url: (404, {}) if "nowhere" in url else {"url": url})
    ctx = fake_context(tmp_path, net=net)
    found = await ctx.net().get("https://x.org/a", params={"q": "1 2"})
    missing = await ctx.net().request("POST", "https://x.org/nowhere", json={})
    assert (found.json(), missing.status) == ({"url": "https://x.org/a?q=1+2"}, 404)
    assert net.asked == ["https://x.org/a?q=1+2", "https://x.org/nowhere"]
