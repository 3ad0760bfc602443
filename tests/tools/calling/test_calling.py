"""Calling a tool: results, errors, time limits, and code that behaves badly."""

import asyncio
import copy
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from homewit.tools import (
    InvalidArguments,
    Secret,
    ToolContext,
    ToolDenied,
    ToolFailed,
    ToolResult,
    ToolRetry,
    ToolTimeout,
    tool,
)
from homewit.tools.result import number_text


@dataclass
class Receipt:
    text: str
    paid: Decimal
    on: date


@dataclass
class Basket:
    items: list[str]

    @property
    def text(self) -> str:
        return f"{len(self.items)} items"


def returning(value: Any, hint: Any = None) -> Any:
    """A tool that returns a value, declared as `hint` where one is given."""

    def give():
        return value

    give.__annotations__ = {} if hint is None else {"return": hint}
    give.__doc__ = "Give."
    return tool(give)


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        ("hello", str, ToolResult("hello", "hello")),
        (0.1 + 0.2, float, ToolResult(0.1 + 0.2, "0.3")),
        (4.0, None, ToolResult(4.0, "4")),
        (None, None, ToolResult(None, "Done.")),
        (True, bool, ToolResult(True, "yes")),
        (["a", 2.5], list, ToolResult(["a", 2.5], "1. a\n2. 2.5")),
        ([], list, ToolResult([], "Nothing found.")),
        ({"a": 1, "b": [1, 2]}, dict, ToolResult({"a": 1, "b": [1, 2]}, "a: 1\nb: 1, 2")),
        (
            Receipt("Paid.", Decimal("1.50"), date(2026, 5, 3)),
            Receipt,
            ToolResult({"text": "Paid.", "paid": "1.50", "on": "2026-05-03"}, "Paid."),
        ),
        (Basket(["x", "y"]), Basket, ToolResult({"items": ["x", "y"]}, "2 items")),
        ({"text": "T", "paid": "2", "on": "2026-05-03"}, Receipt, None),
    ],
)
async def test_results_have_data_and_text(
    value: Any, hint: Any, expected: ToolResult | None, ctx: ToolContext
):
    """Data is JSON; the text is the result's own, or readable."""
    result = await returning(value, hint).call({}, ctx)
    if expected is None:
        expected = ToolResult({"text": "T", "paid": "2", "on": "2026-05-03"}, "T")
    assert result == expected


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        ("many", int, "something else than it declares"),
        (object(), None, "cannot be written as JSON"),
        (float("nan"), None, "cannot be used"),
        (float("inf"), float, "cannot be used"),
        ({1: {2: lambda: 3}}, None, "cannot be written as JSON"),
    ],
)
async def test_results_that_are_not_usable_fail(value: Any, hint: Any, expected: str, ctx: ToolContext):
    """A result of another type than declared, or that JSON cannot say, is the tool's failure."""
    with pytest.raises(ToolFailed, match=expected):
        await returning(value, hint).call({}, ctx)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.30000000000000004, "0.3"), (8.046720000000001, "8.04672"), (12.0, "12"), (-0.5, "-0.5"), (7, "7")],
)
def test_numbers_are_written_without_noise(number: float, expected: str):
    """Binary fractions do not show."""
    assert number_text(number) == expected


class Boom(Exception):
    pass


def raising(error: BaseException, run_async: bool) -> Any:
    """A tool that raises."""

    @tool
    async def fail_async() -> None:
        """Fail."""
        raise error

    @tool
    def fail() -> None:
        """Fail."""
        raise error

    return fail_async if run_async else fail


@pytest.mark.parametrize("run_async", [False, True])
@pytest.mark.parametrize("error", [Boom("no luck"), SystemExit(3), StopIteration(1), Boom()])
async def test_any_exception_becomes_tool_failed(error: BaseException, run_async: bool, ctx: ToolContext):
    """Also an attempt to exit; the original stays as the cause."""
    with pytest.raises(ToolFailed) as caught:
        await raising(error, run_async).call({}, ctx)
    assert str(caught.value).startswith("fail")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("run_async", [False, True])
@pytest.mark.parametrize(
    "error", [ToolRetry("Not that.", "Try this."), ToolDenied("No."), ToolFailed("Broken.")]
)
async def test_tool_errors_pass_unchanged(error: Exception, run_async: bool, ctx: ToolContext):
    """What the author raised on purpose arrives as it was raised."""
    with pytest.raises(type(error)) as caught:
        await raising(error, run_async).call({}, ctx)
    assert caught.value is error


async def test_nothing_runs_when_arguments_are_wrong(ctx: ToolContext):
    """Validation comes before the call."""
    called: list[int] = []

    @tool
    def note(number: int) -> None:
        """Note a number."""
        called.append(number)

    with pytest.raises(InvalidArguments):
        await note.call({"number": "many"}, ctx)
    await note.call({"number": "4"}, ctx)  # the control
    assert called == [4]


async def test_the_context_is_handed_over_and_sync_tools_run_beside_the_loop(ctx: ToolContext):
    """`ctx` is the context of this call; a blocking tool does not block the loop."""
    threads: list[threading.Thread] = []

    @tool
    def where(*, ctx: ToolContext) -> str:
        """Say where."""
        threads.append(threading.current_thread())
        return str(ctx.cwd)

    assert (await where.call({}, ctx)).data == str(ctx.cwd)
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon


async def test_a_blocking_tool_times_out(ctx: ToolContext):
    """The waiting side gets ToolTimeout at once; the thread is left behind."""
    release = threading.Event()

    @tool(timeout_s=0.05)
    def hang() -> None:
        """Hang."""
        release.wait(30)

    with pytest.raises(ToolTimeout, match=r"hang did not finish within 0\.05 seconds"):
        await hang.call({}, ctx)
    release.set()


async def test_an_async_tool_times_out_and_is_cancelled(ctx: ToolContext):
    """It gets its cancellation, and may clean up."""
    cleaned: list[bool] = []

    @tool(timeout_s=0.05)
    async def hang() -> None:
        """Hang."""
        try:
            await asyncio.sleep(30)
        finally:
            cleaned.append(True)

    with pytest.raises(ToolTimeout):
        await hang.call({}, ctx)
    assert cleaned == [True]


async def test_a_tool_that_ignores_its_cancellation_is_left_behind(ctx: ToolContext, monkeypatch):
    """The caller is freed all the same."""
    monkeypatch.setattr("homewit.tools.calling.running._GRACE_S", 0.05)
    release = asyncio.Event()
    ignored: list[bool] = []

    @tool(timeout_s=0.05)
    async def stubborn() -> None:
        """Stay."""
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                ignored.append(True)

    with pytest.raises(ToolTimeout):
        await stubborn.call({}, ctx)
    assert ignored == [True]
    release.set()
    await asyncio.sleep(0)


async def test_a_timeout_inside_the_tool_is_not_its_own(ctx: ToolContext):
    """A TimeoutError that the tool raised itself is a failure, not the time limit."""
    with pytest.raises(ToolFailed):
        await raising(TimeoutError("the service is slow"), True).call({}, ctx)


async def test_cancelling_the_caller_cancels_the_tool(ctx: ToolContext):
    """An async tool ends when its caller is cancelled."""
    started, ended = asyncio.Event(), asyncio.Event()

    @tool
    async def wait() -> None:
        """Wait."""
        started.set()
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    task = asyncio.ensure_future(wait.call({}, ctx))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


def test_a_hanging_tool_does_not_keep_the_program_from_ending():
    """A process with a blocked tool thread ends when its loop does."""
    program = """
import asyncio, time, pathlib
from homewit.tools import ToolTimeout, tool
from homewit.tools.testing import fake_context
@tool(timeout_s=0.05)
def hang() -> None:
    "Hang."
    time.sleep(600)
try:
    asyncio.run(hang.call({}, fake_context(pathlib.Path.cwd())))
except ToolTimeout:
    print("timeout")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("timeout\n", "", 0)


async def test_the_check_tells_what_happened(ctx: ToolContext):
    """`was_done` asks the tool's check with those arguments that it names; without one the answer is None."""
    sent = ["a@b.c"]

    def was_sent(to: str, *, ctx: ToolContext) -> bool | None:
        return None if to == "?" else to in sent

    def whole(**call: str) -> str:
        return f"{call['text']} to {call['to']}"

    @tool(effect="send", sinks=("to",), check=was_sent, preview=whole)
    def send(to: str, text: str) -> None:
        """Send."""

    calls = [{"to": to, "text": "hello"} for to in ("a@b.c", "x", "?")]
    assert [await send.was_done(call, ctx) for call in calls] == [True, False, None]
    assert await send.foresee(calls[1], ctx) == "hello to x"
    assert await returning(1).was_done({}, ctx) is None


def test_secrets_do_not_show():
    """No form of printing, formatting, copying or pickling gives a secret away; reveal() does."""
    secret = Secret("mail_password", "hunter2")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", "%s" % secret, repr([secret])]  # noqa: UP031
    assert not any("hunter2" in text for text in shown)
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copied(secret)
    assert not hasattr(secret, "__dict__")
    assert secret == Secret("other", "hunter2")
    assert secret != Secret("mail_password", "hunter3")
    assert secret.reveal() == "hunter2"


async def test_a_secret_that_is_returned_is_not_written(ctx: ToolContext):
    """A tool that returns a secret by mistake fails, without its value in the message."""
    with pytest.raises(ToolFailed) as caught:
        await returning(Secret("key", "hunter2")).call({}, ctx)
    assert "hunter2" not in str(caught.value)


@pytest.fixture
def vault(ctx: ToolContext) -> ToolContext:
    """The context with a source of secrets that has any."""
    return replace(ctx, secret=lambda name: Secret(name, f"hunter2 of {name}"))


async def test_a_tool_is_lent_the_secrets_that_it_declares_and_no_others(vault: ToolContext):
    """Asking for another one is denied, and the message names what the author has to do. Control: a declared
    one is given.
    """

    @tool(secrets=("key",))
    def peek(name: str, *, ctx: ToolContext) -> int:
        """Peek."""
        return len(ctx.secret(name).reveal())

    assert (await peek.call({"name": "key"}, vault)).data == len("hunter2 of key")
    with pytest.raises(ToolDenied, match=r"secrets=\('password',\)"):
        await peek.call({"name": "password"}, vault)


async def test_a_secret_that_was_lent_is_struck_out_of_what_comes_out(vault: ToolContext):
    """Results, texts, progress and errors say none of it. Control: the same words stay without lending."""

    @tool(secrets=("key",))
    def leak(how: str, *, ctx: ToolContext) -> dict[str, list[str]]:
        """Leak."""
        words = ctx.secret("key").reveal() if how != "unlent" else "hunter2 of key"
        ctx.progress(f"using {words}")
        if how == "raise":
            raise OSError(f"https://example.com/?key={words} failed")
        if how == "deny":
            raise ToolDenied(f"not with {words}")
        return {words: [f"<{words}>"]}

    said: list[str] = []
    watched = replace(vault, progress=said.append)
    assert await leak.call({"how": "return"}, watched) == ToolResult({"***": ["<***>"]}, "***: <***>")
    with pytest.raises(ToolFailed, match=r"^leak failed: https://example.com/\?key=\*\*\* failed$"):
        await leak.call({"how": "raise"}, watched)
    with pytest.raises(ToolDenied, match=r"^not with \*\*\*$"):
        await leak.call({"how": "deny"}, watched)
    assert said == ["using ***"] * 3
    assert (await leak.call({"how": "unlent"}, vault)).data == {"hunter2 of key": ["<hunter2 of key>"]}


async def test_a_declared_secret_covers_its_variants(tmp_path):
    """A tool with several accounts names the secret once; another name is refused all the same."""

    @tool(secrets=("mail_password",))
    def reads(name: str, *, ctx: ToolContext) -> str:
        """Read a secret."""
        return f"{ctx.secret(name).name} and no more"

    context = ToolContext(cwd=tmp_path, secret=lambda name: Secret(name, "swordfish"))
    result = await reads.call({"name": "mail_password.work"}, context)
    assert result.data == "mail_password.work and no more"
    for other in ("mail_password_work", "calendar_password", "work.mail_password"):
        with pytest.raises(ToolDenied, match="without declaring it"):
            await reads.call({"name": other}, context)
