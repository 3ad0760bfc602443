"""The host as a process: protocol on stdout and nothing else, events of concurrent runs, and an orderly
end.
"""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from homewit.agent.hosting.rpc import LONGEST_LINE
from homewit.memory import Store

NO_TORCH = "raise ImportError('torch must not be loaded')"
NOISY = """
import sys
from homewit.tools import tool
print("noise while loading")

@tool(effect="send", sinks=("to",))
def mail(to: str) -> str:
    "Send a mail."
    print("noise while running")
    sys.__stdout__.write("more noise\\n")
    return f"sent to {to}"
"""

ENDLESS = {"slow": "word " * 5000, "pause_s": 0.05}


class Client:
    """The other end of the pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._id = 0

    def send(self, method: str, **params: Any) -> int:
        self._id += 1
        request = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")  # type: ignore[union-attr]
        return self._id

    async def next(self) -> dict[str, Any]:
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)  # type: ignore[union-attr]
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        self.lines.append(message)
        return message

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer to a request; what comes before it is kept in ``lines``."""
        wanted = self.send(method, **params)
        while (message := await self.next()).get("id") != wanted:
            pass
        return message

    async def until(self, type_: str) -> dict[str, Any]:
        """The next event of a type."""
        while (message := await self.next()).get("params", {}).get("type") != type_:
            pass
        return message["params"]

    async def leave(self) -> int:
        """Close stdin, read the rest, and return the exit code."""
        self.process.stdin.close()  # type: ignore[union-attr]
        while line := await self.process.stdout.readline():  # type: ignore[union-attr]
            self.lines.append(json.loads(line))
        return await asyncio.wait_for(self.process.wait(), 60)


@pytest.fixture
def host(tmp_path: Path, folder: Path):
    """``host(output, …)``: a running host whose model is a script; torch cannot be imported in it."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "torch.py").write_text(NO_TORCH)

    @asynccontextmanager
    async def start(*outputs: Any) -> AsyncIterator[Client]:
        script = tmp_path / "script.json"
        script.write_text(json.dumps(outputs))
        environment = {
            **os.environ,
            "HOMEWIT_MODEL": f"scripted:{script}",
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(tmp_path / "fake"), os.environ.get("PYTHONPATH")))
            ),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "homewit.agent.host",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=environment,
        )
        try:
            yield Client(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return start


async def test_a_conversation(host, plan, home):
    """Initialize, a run with an approval, a question answered by the next prompt, and an end at end of
    input. What a plugin prints stays with the process that runs it.
    """
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "noisy.py").write_text(NOISY)
    outputs = (
        "act",
        plan(("mail", {"to": "a@x.org"})),
        "Sent.",
        "act",
        plan(("set_reminder", {"text": "call", "at": {"$ask": "When?"}})),
        "Done.",
        {"slow": "never " * 5000, "pause_s": 0.05},
    )
    async with host(*outputs) as client:
        early = await client.ask("warm")
        assert (early["error"]["code"], early["error"]["data"]) == (-32000, {"exit_code": 2})

        status = (await client.ask("initialize", interactive=True))["result"]
        assert [line["name"] for line in status["lines"]] == ["engine", "model", "memory", "tools"]
        assert status["home"] == str(home)

        run = (await client.ask("prompt", text="mail a@x.org"))["result"]
        assert not any(line.get("method") == "event" for line in client.lines)  # the answer goes first
        card = await client.until("approval.requested")
        assert card["run"] == run["run"]
        wrong = await client.ask("approve", run=run["run"], approval="a9", decision="allow")
        assert wrong["error"]["code"] == -32001
        await client.ask("approve", run=run["run"], approval=card["approval"], decision="allow")
        assert (await client.until("run.finished"))["status"] == "done"

        run = (await client.ask("prompt", text="remind me to call", session=run["session"]))["result"]
        await client.until("question")
        again = await client.ask("prompt", text="tomorrow at 9am", session=run["session"])
        assert again["result"] == run
        assert (await client.until("run.finished"))["status"] == "done"

        client.send("generate", prompt="go on", max_tokens=9)
        while (await client.next()).get("method") != "text":
            pass
        assert await client.leave() == 0
        noise = (await client.process.stderr.read()).decode()  # type: ignore[union-attr]
    assert not any(word in noise for word in ("noise while loading", "noise while running", "more noise"))


async def test_runs_are_cancelled_one_by_one_and_at_the_end(host):
    """A cancelled run keeps what it said; the one that is going on when the client leaves is cancelled,
    too.
    """
    slow = ENDLESS
    async with host("chat", slow, "chat", slow) as client:
        await client.ask("initialize")
        first = (await client.ask("prompt", text="talk"))["result"]
        await client.until("text.delta")
        await client.ask("cancel", run=first["run"])
        end = await client.until("run.finished")
        assert (end["status"], end["exit_code"]) == ("cancelled", 130)
        second = (await client.ask("prompt", text="talk again"))["result"]
        await client.until("text.delta")
        assert await client.leave() == 0
    last = client.lines[-1]["params"]
    assert (last["run"], last["type"], last["status"]) == (second["run"], "run.finished", "cancelled")
    answers = [
        line["params"]["text"] for line in client.lines if line.get("params", {}).get("type") == "answer"
    ]
    assert all(answer.startswith("word") for answer in answers)
    assert len(answers) == 2


@pytest.mark.parametrize(("park", "status"), [(True, "running"), (False, "cancelled")])
async def test_a_client_may_let_its_runs_rest(host, home, park, status):
    """As one does whose terminal was closed; the run can be resumed then. Control: one that just leaves."""
    async with host("chat", ENDLESS) as client:
        await client.ask("initialize")
        run = (await client.ask("prompt", text="talk"))["result"]["run"]
        await client.until("text.delta")
        await client.ask("shutdown", park=park)
        assert await client.leave() == 0
    with Store.open(home / "homewit.db") as store:
        assert store.get_run(run).status == status


async def test_a_signal_ends_it_in_order(host):
    """SIGTERM stores how the run ended before the process does."""
    async with host("chat", ENDLESS) as client:
        await client.ask("initialize")
        await client.ask("prompt", text="talk")
        await client.until("text.delta")
        client.process.send_signal(signal.SIGTERM)
        assert (await client.until("run.finished"))["status"] == "cancelled"
        assert await asyncio.wait_for(client.process.wait(), 60) == 0


async def test_what_is_no_request_gets_an_error_and_the_host_lives_on(host):
    """Bad JSON, bad shapes, unknown methods and wrong parameters each have their code."""
    async with host() as client:
        for line in (b"{nonsense\n", b"[1]\n", b'{"id": 7}\n'):
            client.process.stdin.write(line)  # type: ignore[union-attr]
        codes = [(await client.next())["error"]["code"] for _ in range(3)]
        assert sorted(codes) == [-32700, -32600, -32600]
        assert (await client.ask("fly"))["error"]["code"] == -32601
        bad = (await client.ask("prompt", colour="red"))["error"]
        assert (bad["code"], bad["data"]) == (-32602, {"exit_code": 2})
        await client.ask("initialize")
        assert (await client.ask("initialize"))["error"]["code"] == -32000
        assert (await client.ask("prompt", text=" "))["error"]["data"] == {"exit_code": 2}
        assert (await client.ask("prompt", text="x", allow=["effect:spend"]))["error"]["data"] == {
            "exit_code": 2
        }
        assert (await client.ask("query", name="runs.show", args={"id": "r_x"}))["error"]["code"] == -32001
        assert (await client.ask("shutdown"))["result"] == {}
        assert await client.leave() == 0


async def test_a_line_without_end_is_refused_and_ends_the_host(host):
    """What follows it cannot be trusted to begin at a line's start, so the host says so and leaves."""
    async with host() as client:
        client.process.stdin.write(b"x" * (LONGEST_LINE + 1))  # type: ignore[union-attr]
        error = (await client.next())["error"]
        assert (error["code"], error["data"]) == (-32600, {"exit_code": 2})
        assert "longer than 16 MiB" in error["message"]
        assert await asyncio.wait_for(client.process.wait(), 60) == 0


async def test_what_cannot_be_opened_is_an_error_with_its_exit_code(host, home, tmp_path):
    """A missing model, a broken database and a broken configuration each say what is wrong."""
    async with host() as client:
        await client.ask("initialize", model="no/such/folder")
        missing = (await client.ask("warm"))["error"]
    assert (missing["code"], missing["data"]) == (-32002, {"exit_code": 3})
    with sqlite3.connect(home / "homewit.db") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    async with host() as client:
        newer = (await client.ask("initialize"))["error"]
    assert (newer["code"], newer["data"]) == (-32003, {"exit_code": 1})
    assert "newer" in newer["message"]
    (home / "config.toml").write_text("colour = 1")
    async with host() as client:
        broken = (await client.ask("initialize"))["error"]
    assert (broken["code"], broken["data"]) == (-32000, {"exit_code": 2})


async def test_what_is_asked_while_the_agent_is_opened_waits_for_it(host):
    """A command that is typed at once gets its answer. Control: without `initialize` there is none."""
    async with host() as client:
        refused = await client.ask("query", name="tools.list")
        assert "initialize" in refused["error"]["message"]
        client.send("initialize")
        answered = await client.ask("query", name="tools.list")
        assert answered["result"]["items"]


async def test_a_plan_alone(host, plan):
    """``plan`` answers with the object of ``homewit plan --json``."""
    async with host("act", plan(("calculate", {"expression": "17 * 23"}))) as client:
        await client.ask("initialize")
        answer = (await client.ask("plan", text="what is 17 * 23?"))["result"]
    assert (answer["route"], [step["tool"] for step in answer["steps"]]) == ("act", ["calculate"])


async def test_a_client_that_shows_no_reminders_takes_none(host, home):
    """Each is shown by one client only, so one that asks the user about its calls alone leaves them. Control:
    the next one shows it.
    """
    home.mkdir(parents=True, exist_ok=True)
    with Store.open(home / "homewit.db") as store:
        store.records.add_reminder("tea", datetime.now(UTC) - timedelta(minutes=1))
    async with host() as client:
        await client.ask("initialize", interactive=True, reminded=False)
        await client.ask("query", name="tools.list")
        assert await client.leave() == 0
        assert not any(line.get("method") == "reminder" for line in client.lines)
    async with host() as client:
        await client.ask("initialize", interactive=True)
        while (message := await client.next()).get("method") != "reminder":
            pass
    assert message["params"]["text"] == "tea"
