"""Other programs use Homewit's tools: the real program, the official client, both eras of the protocol."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")
from mcp import MCPError
from mcp_types import INVALID_PARAMS, InputRequiredResult

from homewit.memory import Store

from .conftest import PROGRAM

pytestmark = pytest.mark.slow

HELLO = {"path": "hello.txt", "content": "Hello!\n"}


def text_of(result: Any) -> str:
    return "\n".join(block.text for block in result.content)


def runs_of(environment: dict[str, str]) -> list[dict[str, Any]]:
    """All runs with their plan and how they ended, the newest first."""
    with Store.open(Path(environment["HOMEWIT_HOME"]) / "homewit.db") as store:
        return [
            {
                "prompt": run.prompt,
                "session": run.session,
                "inputs": next((e.body["inputs"] for e in store.events(run.id) if e.type == "plan"), {}),
                "ended": [e.body["status"] for e in store.events(run.id) if e.type == "run.finished"],
            }
            for run in store.list_runs(100)
        ]


async def test_what_there_is(served, era):
    """Tools are listed with their schemas and what they do; parts of Homewit's own plans are not."""
    async with served(mode=era) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert {"calculate", "write_file", "add_note", "count_down"} <= set(listed)
    assert not {"sub_task", "extract", "remind_now"} & set(listed)
    calculate, write_file = listed["calculate"], listed["write_file"]
    assert calculate.title == "Calculate"
    assert calculate.input_schema["required"] == ["expression"]
    assert calculate.output_schema is not None
    assert (calculate.annotations.read_only_hint, calculate.annotations.open_world_hint) == (True, False)
    assert (write_file.annotations.read_only_hint, write_file.annotations.destructive_hint) == (False, True)
    assert listed["fetch_page"].annotations.open_world_hint


async def test_a_call_has_text_and_data(served, era):
    """What the tool gives, as text and, where it is an object, as data that fits the schema of the list."""
    async with served(mode=era) as client:
        result = await client.call_tool("calculate", {"expression": "17 * 23"})
    assert not result.is_error
    assert "391" in text_of(result)
    assert result.structured_content["value"] in (391, "391")


async def test_records_are_kept_and_found(served, era, environment):
    """What changes only Homewit's own records runs unasked; the words count as the program's."""
    async with served(mode=era) as client:
        await client.call_tool("add_note", {"text": f"The roses bloom, says {era}."})
        found = await client.call_tool("search_notes", {"query": f"roses {era}"})
    assert f"says {era}" in text_of(found)
    searched, run = runs_of(environment)[:2]
    assert searched["session"] == run["session"]
    assert run["prompt"] == "add_note, called by gardener"
    assert run["inputs"]["text"]["origins"] == [{"kind": "program", "name": "gardener"}]


async def test_the_user_is_asked_by_the_client(served, era, folder):
    """The form shows what would be done and that the program wrote it; a yes makes it happen once."""
    seen: list[str] = []

    def allow(message: str) -> str:
        seen.append(message)
        return "allow once"

    async with served(mode=era, asked=allow) as client:
        result = await client.call_tool("write_file", HELLO)
        again = await client.call_tool("write_file", {**HELLO, "content": "Again\u202e!"})
    assert (result.is_error, again.is_error) == (False, False), text_of(result)
    assert (folder / "hello.txt").read_text() == "Again\u202e!"
    assert len(seen) == 2
    assert "write_file  changes files" in seen[0]
    assert "path: hello.txt  (from the program gardener, untrusted)" in seen[0]
    assert "for longer" not in seen[0]  # it is not offered
    assert "Again⟨U+202E⟩!" in seen[1]


async def test_only_a_clear_yes_is_one(served, era, folder):
    """Whatever else is answered is no: nothing is done, and the program is told so."""
    answers = ["decline", "cancel", "deny", "yes please"]
    async with served(mode=era, asked=lambda _: answers.pop()) as client:
        results = [await client.call_tool("write_file", HELLO) for _ in range(4)]
    assert answers == []
    assert [(one.is_error, "not allowed" in text_of(one)) for one in results] == [(True, True)] * 4
    assert not (folder / "hello.txt").exists()


async def test_an_answer_that_comes_too_late(served, era, environment, folder):
    """The run was cancelled while the user was asked: nothing is done, and the program is told."""

    def cancel_first(_: str) -> str:
        with Store.open(Path(environment["HOMEWIT_HOME"]) / "homewit.db") as store:
            (run,) = store.list_runs(1)
        subprocess.run([*PROGRAM, "runs", "cancel", run.id], env=environment, cwd=folder, check=True)
        return "allow once"

    async with served(mode=era, asked=cancel_first) as client:
        result = await client.call_tool("write_file", HELLO)
    assert result.is_error
    assert not (folder / "hello.txt").exists()


async def test_a_client_that_cannot_ask(served, era, environment, folder):
    """Nothing is approved, and what would allow the call is told; just that call can be allowed later."""
    async with served(mode=era) as client:
        refused = await client.call_tool("write_file", HELLO)
    told = text_of(refused)
    assert refused.is_error
    assert "homewit mcp --allow write_file:path=hello.txt" in told
    assert not (folder / "hello.txt").exists()
    words = told.partition("with: homewit resume ")[2].split()
    resuming = [*PROGRAM, "resume", *words]
    await asyncio.to_thread(subprocess.run, resuming, env=environment, cwd=folder, check=True)
    assert (folder / "hello.txt").read_text() == "Hello!\n"


async def test_rules_name_what_the_program_may_choose(served, era, folder):
    """A rule for the tool does not let another program choose the place; one that names the place does."""
    async with served("--allow", "write_file", mode=era) as client:
        broad = await client.call_tool("write_file", HELLO)
    async with served("--allow", "write_file:path=*.txt", mode=era) as client:
        named = await client.call_tool("write_file", HELLO)
        other = await client.call_tool("write_file", {**HELLO, "path": "hello.sh"})
    assert [broad.is_error, named.is_error, other.is_error] == [True, False, True]
    assert sorted(path.name for path in folder.iterdir()) == ["hello.txt"]


async def test_addresses_of_a_program_are_nobodys_words(served, era):
    """An address that a user typed is contacted at once; one that a program names is asked for, whatever the
    program calls itself.
    """
    asked: list[str] = []

    def refuse(message: str) -> str:
        asked.append(message)
        return "deny"

    async with served(mode=era, asked=refuse) as client:
        fetched = await client.call_tool("fetch_page", {"url": "https://gardener.example/"})
        sent = await client.call_tool("post", {"to": "gardener", "body": "x"})
    assert (fetched.is_error, sent.is_error) == (True, True)
    assert ["https://gardener.example/" in asked[0], "to: gardener" in asked[1]] == [True, True]


async def test_bad_calls(served, era):
    """An unknown tool is an error of the protocol; arguments that do not fit are told to the model."""
    async with served("--only", "calculate", "--only", "count_down", mode=era) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["calculate", "count_down"]
        for name in ("calculator", "write_file", "sub_task"):
            with pytest.raises(MCPError) as caught:
                await client.call_tool(name, {})
            assert (caught.value.code, name in str(caught.value)) == (INVALID_PARAMS, True)
        for args in ({}, {"expression": 1, "more": 2}, {"expression": {"$ref": "s1"}}):
            result = await client.call_tool("calculate", args)
            assert (result.is_error, "expression" in text_of(result)) == (True, True)
        failed = await client.call_tool("calculate", {"expression": "1 / 0"})
        assert (failed.is_error, "zero" in text_of(failed)) == (True, True)


async def test_progress_is_told(served, era):
    """What a tool says meanwhile reaches a client that wants to know, in order."""
    told: list[tuple[float, str | None]] = []

    async def show(progress: float, _total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async with served(mode=era) as client:
        result = await client.call_tool("count_down", {"start": 3}, progress_callback=show)
    assert text_of(result) == "lift-off"
    assert told == [(1, "3 to go"), (2, "2 to go"), (3, "1 to go")]


async def test_several_calls_at_once(served, era):
    """Each gets its own result."""
    async with served(mode=era) as client:
        calls = [client.call_tool("calculate", {"expression": f"{n} * {n}"}) for n in range(8)]
        results = await asyncio.gather(*calls)
    assert [int(result.structured_content["value"]) for result in results] == [n * n for n in range(8)]


async def test_a_call_that_is_cancelled_ends(served, era, environment, wait_until):
    """Who stops waiting ends the run, and with it what the tool does."""
    waits = asyncio.Event()

    async def begun(*_: object) -> None:
        waits.set()

    async with served("--allow", "wait_for_ever:mark=*", mode=era) as client:
        call = asyncio.create_task(client.call_tool("wait_for_ever", {"mark": era}, progress_callback=begun))
        await waits.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        ended = await asyncio.to_thread(wait_until, lambda: _ended(environment, era))
        still = await client.call_tool("calculate", {"expression": "1 + 1"})
    assert ended in ("cancelled", "unknown")
    assert not still.is_error


async def test_a_client_that_leaves_leaves_nothing_behind(served, era, environment, wait_until):
    """stdin is closed in the middle of a call: the run is ended."""
    waits = asyncio.Event()

    async def begun(*_: object) -> None:
        waits.set()

    async with served("--allow", "wait_for_ever:mark=*", mode=era) as client:
        mark = f"left {era}"
        call = asyncio.create_task(client.call_tool("wait_for_ever", {"mark": mark}, progress_callback=begun))
        await waits.wait()
    with pytest.raises((MCPError, asyncio.CancelledError)):
        await call
    ended = await asyncio.to_thread(wait_until, lambda: _ended(environment, mark))
    assert ended in ("cancelled", "unknown")


def _ended(environment: dict[str, str], mark: str) -> str:
    """How the run with that mark ended; empty while it goes on."""
    for run in runs_of(environment):
        if run["inputs"].get("mark", {}).get("value") == mark:
            return "".join(run["ended"])
    return ""


async def test_an_edited_file_shows_at_the_next_list(served, era, environment):
    """A drop-in file that comes, changes or goes while the client is there."""
    path = Path(environment["HOMEWIT_HOME"]) / "tools" / f"late_{era.replace('-', '_')}.py"
    tool = f"late_{era.replace('-', '_')}"
    source = 'from homewit.tools import tool\n\n@tool\ndef NAME() -> str:\n    """SAYS."""\n    return "x"\n'

    async def described(client: Any) -> str | None:
        return {one.name: one.description for one in (await client.list_tools()).tools}.get(tool)

    async with served(mode=era) as client:
        before = await described(client)
        path.write_text(source.replace("NAME", tool).replace("SAYS", "Come late"), encoding="utf-8")
        there = await described(client)
        path.write_text(source.replace("NAME", tool).replace("SAYS", "Come even later"), encoding="utf-8")
        changed = await described(client)
        path.unlink()
        gone = await described(client)
    assert (before, there, changed, gone) == (None, "Come late.", "Come even later.", None)


async def test_the_state_of_a_question_is_good_for_its_own_call(served, folder):
    """In 2026-07-28 the client calls again with what the user said: not for another call, and not twice."""

    async def elicited(*_: object) -> None:
        raise AssertionError("the test answers by itself")

    async with served(mode="2026-07-28", elicitation_callback=elicited) as client:
        call = client.session.call_tool
        asked = await call("write_file", HELLO, allow_input_required=True)
        assert isinstance(asked, InputRequiredResult)
        (name,) = asked.input_requests
        yes: Any = {
            "input_responses": {name: {"action": "accept", "content": {"answer": "allow once"}}},
            "request_state": asked.request_state,
            "allow_input_required": True,
        }
        for tool, args in (("write_file", {**HELLO, "path": "other.txt"}), ("make_folder", {"path": "x"})):
            with pytest.raises(MCPError, match="belongs to another call"):
                await call(tool, args, **yes)
        assert not list(folder.iterdir())
        silent = {"request_state": asked.request_state, "allow_input_required": True}
        again = await call("write_file", HELLO, **silent)  # nothing was filled in: it is asked again
        assert isinstance(again, InputRequiredResult)
        assert again.input_requests == asked.input_requests
        assert again.request_state != asked.request_state
        yes["request_state"] = again.request_state
        made = await call("write_file", HELLO, **yes)
        assert not made.is_error
        with pytest.raises(MCPError, match="expired"):
            await call("write_file", HELLO, **yes)
