"""An editor starts the real program and works with it: a request, an approval, the end of the pipe."""

import json
from pathlib import Path
from typing import Any

import acp
from acp.schema import AllowedOutcome, RequestPermissionResponse

from .conftest import PROGRAM

GREETING = '''from homewit.tools import tool


@tool(effect="read", phrases=["greet {name}"])
def greet(name: str) -> str:
    """Greet somebody.

    Args:
        name: Who it is.
    """
    return f"Good morning, {name}"
'''


class Editor:
    """Says yes to all that it is asked, and keeps what it is told."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.asked: list[str] = []

    def on_connect(self, conn: Any) -> None:
        pass

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.updates.append(update)

    async def request_permission(self, session_id: str, tool_call: Any, options: Any, **_: Any) -> Any:
        self.asked.append(tool_call.title)
        return RequestPermissionResponse(outcome=AllowedOutcome(outcome="selected", option_id="once"))

    def text(self) -> str:
        chunks = (one for one in self.updates if one.session_update == "agent_message_chunk")
        return "".join(one.content.text for one in chunks)


async def test_an_editor_works_with_the_program(environment, folder):
    """Requests are carried out in the editor's folder, by plugins, too; the program ends with the pipe."""
    plugins = Path(environment["HOMEWIT_HOME"]) / "tools"
    plugins.mkdir(parents=True)
    (plugins / "greeting.py").write_text(GREETING)
    editor = Editor()
    program, *words = PROGRAM
    started = acp.spawn_agent_process(
        editor,  # type: ignore[arg-type]
        program,
        *words,
        "acp",
        env=environment,
        cwd="/",
        use_unstable_protocol=True,
    )
    async with started as (agent, process):
        await agent.initialize(protocol_version=acp.PROTOCOL_VERSION)
        session = await agent.new_session(cwd=str(folder), mcp_servers=[])

        async def say(text: str) -> str:
            turn = await agent.prompt(session_id=session.session_id, prompt=[acp.text_block(text)])
            return turn.stop_reason

        assert await say("what is 17 * 23?") == "end_turn"
        assert "391" in editor.text()
        assert await say("convert 5 miles to km and save it to distance.txt") == "end_turn"
        assert "8.05" in (folder / "distance.txt").read_text()
        assert [asked.split()[0] for asked in editor.asked] == ["write_file"]
        assert await say("greet Ada") == "end_turn"
        assert "Good morning, Ada" in editor.text()
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0


def test_stdout_belongs_to_the_protocol(homewit):
    """What is no request is answered as JSON-RPC has it, and nothing else is printed."""
    lines = [
        "this is no request",
        '{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": 1}}',
        '{"jsonrpc": "2.0", "id": 2, "method": "session/prompt", "params": {"sessionId": "s", "prompt": []}}',
        '{"jsonrpc": "2.0", "id": 3, "method": "no/such", "params": {}}',
    ]
    done = homewit("acp", given="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert {answer["id"]: "result" in answer for answer in answers} == {1: True, 2: False, 3: False}


def test_there_must_be_somebody_to_talk_with(homewit):
    """A file or nothing instead of an editor is said so, at once."""
    done = homewit("acp")
    assert (done.returncode, done.stdout) == (2, "")
    assert "an editor starts it" in done.stderr


def test_a_terminal_is_told_what_it_is_for(chat):
    """Nobody talks JSON-RPC by hand."""
    chat("acp").expect("homewit chat")
