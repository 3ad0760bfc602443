"""How `homewit mcp` ends, and what else may stand on its pipes: the real program, spoken to line by line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from homewit.agent.hosting import address

pytest.importorskip("mcp")
from .conftest import PROGRAM

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "gardener", "version": "1"},
}
pytestmark = pytest.mark.slow


class Spoken:
    """A program, and what is said to it and by it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._id = 0

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def send(self, method: str, **params: Any) -> int:
        self._id += 1
        self.say(json.dumps({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}))
        return self._id

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a request; nothing else is said before it."""
        wanted = self.send(method, **params)
        answer = self.hear()
        assert answer["id"] == wanted, answer
        return answer

    def begin(self) -> None:
        self.ask("initialize", **HELLO)
        self.say('{"jsonrpc": "2.0", "method": "notifications/initialized"}')

    def ends(self) -> tuple[int, str, str]:
        """Exit code, and what was said at last."""
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err


@pytest.fixture
def spoken(environment: dict[str, str], folder: Path) -> Iterator[Callable[..., Spoken]]:
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **variables: str) -> Spoken:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command, env = [*PROGRAM, "mcp", *options], {**environment, **variables}
        started.append(subprocess.Popen(command, env=env, cwd=folder, text=True, **pipes))
        return Spoken(started[-1])

    yield start
    for process in started:
        process.kill()
        process.communicate()


def waits(program: Spoken) -> int:
    """Begin a call that never ends by itself; its id, once the tool runs."""
    program.begin()
    call = {"name": "wait_for_ever", "arguments": {"mark": "x"}, "_meta": {"progressToken": 7}}
    wanted = program.send("tools/call", **call)
    assert program.hear()["params"] == {"progressToken": 7, "progress": 1, "message": "waits"}
    return wanted


def newest_run(environment: dict[str, str]) -> dict[str, Any]:
    command = [*PROGRAM, "runs", "list", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[0])


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_end_it_with_their_code(spoken, environment, wait_until, sent: int, code: int):
    """Though its client waits and stdin is open; what was going on is ended, too."""
    program = spoken("--allow", "wait_for_ever:mark=*")
    waits(program)
    program.process.send_signal(sent)
    program.process.wait(timeout=120)
    returned, out, err = program.ends()
    assert (returned, err.strip()) == (code, "")
    assert [message.get("error", {}).get("code") for message in map(json.loads, out.splitlines())] in (
        [],
        [-32000],
    )
    assert wait_until(lambda: newest_run(environment)["status"] in ("cancelled", "unknown"))


def test_a_host_that_dies_is_told_and_replaced(spoken, environment):
    """The call that it took along ends with an error that says so, and the next one has another host."""
    program = spoken("--allow", "wait_for_ever:mark=*")
    wanted = waits(program)
    there = address.published(Path(environment["HOMEWIT_HOME"]))
    assert there is not None
    os.kill(there.pid, signal.SIGKILL)
    answer = program.hear()
    assert (answer["id"], answer["result"]["isError"]) == (wanted, True)
    assert "the engine process stopped" in answer["result"]["content"][0]["text"]
    again = program.ask("tools/call", name="calculate", arguments={"expression": "6 * 7"})
    assert again["result"]["structuredContent"]["value"] == 42
    program.process.stdin.close()
    program.process.stdin = None
    assert program.ends()[0] == 0


def test_without_a_host_it_ends(spoken, tmp_path: Path):
    """A home that cannot be used: its client is told, and so is whoever reads its log."""
    (tmp_path / "file").write_text("no folder")
    program = spoken(HOMEWIT_HOME=str(tmp_path / "file"), HOMEWIT_HOST="private")
    program.begin()
    assert "error" in program.ask("tools/list")
    code, _, err = program.ends()
    assert code != 0
    assert err.startswith("homewit: ")
    assert "Traceback" not in err


def test_only_the_protocol_is_on_stdout(spoken):
    """What is no message is left out, in both directions, and a call may have any text."""
    program = spoken()
    for line in ("", "hello", "[]", '{"jsonrpc": "2.0"}', '{"a": ' + "[" * 200, "\u2028"):
        program.say(line)
    program.begin()
    text = "one\ntwo\u2028three \u0007 é 😀"
    noted = program.ask("tools/call", name="add_note", arguments={"text": text})
    assert noted["result"]["isError"] is False
    assert text.strip() in noted["result"]["content"][0]["text"]
    program.process.stdin.close()
    program.process.stdin = None
    assert program.ends() == (0, "", "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--only", "calculat"), "homewit: there is no tool 'calculat'; did you mean 'calculate'?\n"),
        (("--only", "extract"), "homewit: the tool 'extract' is a part of Homewit's own plans"),
        (("--allow", "write_file:pth=x"), "homewit: The rule 'write_file:pth=x' can never apply."),
        (("--allow", "effect:execute=x"), "homewit: "),
    ],
)
def test_options_are_checked_at_once(spoken, options: tuple[str, ...], told: str):
    """Exit code 2, before any client says anything."""
    code, out, err = spoken(*options).ends()
    assert (code, out) == (2, "")
    assert err.startswith(told)


def test_without_the_extra_it_says_what_to_install(environment):
    """Exit code 2, and one line."""
    without = "import sys; sys.modules['mcp'] = None; from homewit.tui.cli import main; main(['mcp'])"
    done = subprocess.run([sys.executable, "-c", without], env=environment, capture_output=True, text=True)
    told = "homewit: this needs an extra that is not installed: pip install 'homewit[mcp]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_the_settings_of_the_document_start_it(spoken):
    """The entry that other programs take, as docs/serving.md shows it, is this program and its command."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "serving.md").read_text(encoding="utf-8")
    shown = json.loads(text.partition("```json\n")[2].partition("```")[0])["mcpServers"]["homewit"]
    assert shown["command"] == "homewit"
    assert shown["args"][0] == "mcp"
    program = spoken(*shown["args"][1:])
    program.begin()
    listed = program.ask("tools/list")["result"]["tools"]
    assert "calculate" in [tool["name"] for tool in listed]
