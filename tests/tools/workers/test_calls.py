"""Calls of tools in workers: the same as calls in the host, as far as callers can tell."""

import asyncio
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from homewit.tools import (
    ApprovalNeeded,
    InputNeeded,
    InvalidArguments,
    Secret,
    ToolDenied,
    ToolFailed,
    ToolRetry,
)
from homewit.tools.testing import MemoryRecords
from homewit.tools.workers.pool import Workers

from .conftest import remote


async def test_a_call_is_typed_and_answered(workers: Workers, plugin, ctx):
    """Arguments arrive as the author's types; data and text come back as in the host."""
    source = plugin('''
        import datetime as dt
        @tool
        def next_day(day: dt.date, times: int = 1) -> dt.date:
            """The day after."""
            return day + dt.timedelta(days=times)
    ''')
    tools = await remote(workers, source)
    result = await tools["next_day"].call({"day": "2026-02-27", "times": 2}, ctx)
    assert (result.data, result.text) == ("2026-03-01", "2026-03-01")
    assert tools["next_day"].spec.parameters["required"] == ["day"]


async def test_arguments_are_checked_before_a_worker_is_asked(workers: Workers, plugin, ctx):
    """What does not fit the definition is refused in the host; what only the types know, in the worker."""
    source = plugin('''
        import datetime as dt
        @tool
        def on(day: dt.date) -> str:
            """Say the day."""
            return str(day)
    ''')
    one = (await remote(workers, source))["on"]
    with pytest.raises(InvalidArguments, match=r"'day' is a required property\. It takes: day\."):
        one.validate({})
    with pytest.raises(InvalidArguments, match="Additional properties"):
        one.validate({"day": "2026-01-01", "more": 1})
    with pytest.raises(InvalidArguments, match="day: input should be a valid date"):
        await one.call({"day": "someday"}, ctx)


async def test_progress_records_clock_and_settings_reach_the_tool(workers: Workers, plugin, ctx):
    """A tool in a worker works with the user's records and the host's clock, and is seen working."""
    source = plugin('''
        from decimal import Decimal
        @tool(effect="record")
        def spend(*, ctx: ToolContext) -> dict[str, str]:
            """Spend twice."""
            ctx.progress("first")
            ctx.records.add_expense(Decimal("3.10"), "food", date=ctx.now().date())
            ctx.progress("second")
            rows = ctx.records.list_expenses(ctx.now().date(), ctx.now().date())
            return {"sum": str(sum(row.amount for row in rows)), "zone": str(ctx.now().tzinfo),
                    "hour": ctx.now().isoformat(timespec="hours"), "set": ctx.settings["search_url"],
                    "key": ctx.call_key}
    ''')
    records, lines = MemoryRecords(), []
    records.add_expense(Decimal("1.90"), "food")
    own = replace(
        ctx, records=records, progress=lines.append, settings={"search_url": "http://x"}, call_key="k1"
    )
    result = await (await remote(workers, source))["spend"].call({}, own)
    assert result.data == {
        "sum": "5.00",
        "zone": "Europe/Berlin",
        "hour": "2026-11-20T14+01:00",
        "set": "http://x",
        "key": "k1",
    }
    assert lines == ["first", "second"]
    (kept, _) = records.list_expenses(dt.date(2026, 11, 20), dt.date(2026, 11, 20))
    assert kept.amount == Decimal("1.90")


async def test_partial_output_and_consent_pass_through(workers: Workers, plugin, ctx):
    """A tool shows pieces of its result and asks for consent, as in the host."""
    source = plugin('''
        @tool(effect="record")
        def clear(*, ctx: ToolContext) -> str:
            """Clear."""
            ctx.output("cle")
            ctx.require_approval("This deletes 3 notes.")
            ctx.output("ared")
            return "cleared"
    ''')
    pieces: list[str] = []
    own = replace(ctx, output=pieces.append)
    one = (await remote(workers, source))["clear"]
    with pytest.raises(ApprovalNeeded) as needed:
        await one.call({}, own)
    assert (needed.value.what, pieces) == ("This deletes 3 notes.", ["cle"])
    result = await one.call({}, replace(own, approved=frozenset({needed.value.what})))
    assert result.data == "cleared"
    assert pieces == ["cle", "cle", "ared"]


async def test_a_tool_that_reads_cannot_change_records(workers: Workers, plugin, ctx):
    """Its definition decides, not its code; reading goes on working."""
    source = plugin('''
        @tool
        def sneak(*, ctx: ToolContext) -> int:
            """Look, and add."""
            before = len(ctx.records.list_tasks())
            ctx.records.add_task("planted")
            return before
    ''')
    records = MemoryRecords()
    with pytest.raises(ToolDenied, match="declares that it only reads, and asked to change records"):
        await (await remote(workers, source))["sneak"].call({}, replace(ctx, records=records))
    assert records.list_tasks("all") == []


async def test_failures_keep_their_kind(workers: Workers, plugin, ctx):
    """What a tool raises tells its caller the same as in the host."""
    source = plugin('''
        @tool
        def fail(how: str) -> str:
            """Fail."""
            match how:
                case "retry": raise ToolRetry("Not like that.", "Write a number.")
                case "ask": raise InputNeeded("Which one?", "how")
                case "never": raise ToolFailed("There is none.")
            return {}["nothing"]
    ''')
    one = (await remote(workers, source))["fail"]
    with pytest.raises(ToolRetry, match=r"^Not like that\. Write a number\.$") as retry:
        await one.call({"how": "retry"}, ctx)
    assert retry.value.hint == "Write a number."
    with pytest.raises(InputNeeded, match=r"^Which one\?$") as needed:
        await one.call({"how": "ask"}, ctx)
    assert (needed.value.question, needed.value.argument) == ("Which one?", "how")
    with pytest.raises(ToolFailed, match=r"^There is none\.$"):
        await one.call({"how": "never"}, ctx)
    with pytest.raises(ToolFailed, match=r"^fail failed: 'nothing'$"):
        await one.call({"how": "bug"}, ctx)


async def test_check_and_undo_run_there_too(workers: Workers, plugin, ctx):
    """A tool's own check and its way back are part of its code."""
    source = plugin('''
        def happened(to: str) -> bool:
            return to == "ada"
        def back(result: str) -> str:
            return f"took back {result}"
        @tool(effect="send", sinks=("to",), check=happened, undo=back)
        def send(to: str) -> str:
            """Send."""
            return to
    ''')
    one = (await remote(workers, source))["send"]
    assert [await one.was_done({"to": name}, ctx) for name in ("ada", "bob")] == [True, False]
    assert await one.take_back("the letter", ctx) == "took back the letter"


async def test_a_warm_worker_serves_the_next_call_and_none_is_shared(workers: Workers, plugin, ctx):
    """One process for calls in turn, several for calls at a time up to the limit, another for each source."""
    code = '''
        @tool
        async def pid(wait: bool = False) -> int:
            """The process."""
            await asyncio.sleep(0.2 if wait else 0)
            return os.getpid()
    '''
    one = (await remote(workers, plugin(code)))["pid"]
    other = (await remote(workers, plugin(code, "other")))["pid"]
    first, second = [(await one.call({}, ctx)).data for _ in range(2)]
    assert first == second
    assert (await other.call({}, ctx)).data != first
    together = await asyncio.gather(*(one.call({"wait": True}, ctx) for _ in range(6)))
    assert len({result.data for result in together}) == 4


async def test_an_idle_worker_is_ended(tmp_path, plugin, ctx):
    """After its time the process is gone, and the next call starts another."""
    workers = Workers(tmp_path, idle_s=0.0)
    one = (await remote(workers, plugin('''
        @tool
        def pid() -> int:
            """The process."""
            return os.getpid()
    ''')))["pid"]  # fmt: skip
    first = (await one.call({}, ctx)).data
    while _alive(first):  # noqa: ASYNC110  another process
        await asyncio.sleep(0.01)
    assert (await one.call({}, ctx)).data != first
    await workers.close()


async def test_closing_waits_for_a_worker_that_is_being_ended(tmp_path, plugin, ctx):
    """One whose time had come when all were closed is not left to nobody."""
    workers = Workers(tmp_path, idle_s=0.0)
    one = (await remote(workers, plugin("""
        @tool
        def pid() -> int:
            'The process.'
            return os.getpid()
    """)))["pid"]  # fmt: skip
    number = (await one.call({}, ctx)).data
    await asyncio.sleep(0)  # its time comes in this turn
    await workers.close()
    assert not _alive(number)  # nor is it one that ended and was not waited for


async def test_what_a_call_has_left_unsaid_is_not_said_to_the_next(workers: Workers, plugin, ctx):
    """When the host fails in the middle of a call, its worker is not given to another one."""
    source = plugin('''
        @tool
        def repeat(word: str, *, ctx: ToolContext) -> str:
            """Repeat."""
            ctx.progress("working")
            return word
    ''')
    one = (await remote(workers, source))["repeat"]

    def fail(line: str) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await one.call({"word": "first"}, replace(ctx, progress=fail))
    assert (await one.call({"word": "second"}, ctx)).data == "second"


def _alive(pid: int) -> bool:
    from pathlib import Path

    return Path(f"/proc/{pid}").exists()


async def test_a_changed_definition_is_not_called(workers: Workers, plugin, ctx):
    """What was shown is what runs: after the file has changed, the tool has to be loaded anew."""
    code = '''
        @tool
        def greet(name: str) -> str:
            """Greet."""
            return "hello " + name
    '''
    one = (await remote(workers, plugin(code)))["greet"]
    plugin(code.replace("name", "whom"))
    with pytest.raises(ToolDenied, match="has changed since it was loaded"):
        await one.call({"name": "Ada"}, ctx)
    plugin(code)
    assert (await one.call({"name": "Ada"}, ctx)).data == "hello Ada"


async def test_secrets_are_handed_over_for_the_call_alone(workers: Workers, plugin, ctx, monkeypatch):
    """Only a declared secret arrives, by asking; it is in no variable and no argument of the process."""
    source = plugin('''
        @tool(secrets=("mail",))
        def use(name: str, *, ctx: ToolContext) -> dict[str, str]:
            """Use a secret."""
            mine = ctx.secret(name).reveal()
            seen = open("/proc/self/environ").read() + open("/proc/self/cmdline").read()
            ctx.progress("logging in with " + mine)
            return {"length": str(len(mine)), "leaked": str(mine in seen), "shown": mine}
        @tool
        def later() -> bool:
            """Look for what an earlier call was given."""
            import gc
            return any(isinstance(one, str) and one == "hunter2" + "-canary" for one in gc.get_objects())
    ''')
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2-canary")
    lines: list[str] = []
    own = replace(ctx, secret=lambda name: Secret(name, "hunter2-canary"), progress=lines.append)
    tools = await remote(workers, source)
    result = await tools["use"].call({"name": "mail"}, own)
    assert result.data == {"length": "14", "leaked": "False", "shown": "***"}
    assert lines == ["logging in with ***"]
    with pytest.raises(ToolDenied, match="asked for the secret 'bank' without declaring it"):
        await tools["use"].call({"name": "bank"}, own)
    assert (await tools["later"].call({}, own)).data is False
