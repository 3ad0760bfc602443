"""The line mode with a pipe: the cheapest way to drive a whole conversation."""

import asyncio
import subprocess

import pytest

from homewit.tui.conversation import Conversation
from homewit.tui.plain import Plain
from homewit.tui.testing import FakeHost, HostRefuses


def talk(command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, "chat", "--plain"], input=text, capture_output=True, text=True, timeout=60
    )


def test_a_conversation_through_a_pipe(fake_program):
    """Each line is answered before the next is read; the end of the input ends the program."""
    done = talk(fake_program("calculate", "remember"), "what is 17 * 23?\nremember it\nhello\n")
    assert (done.returncode, done.stdout) == (
        0,
        "Tool: s1 calculate  17 * 23 = 391  0.0 s\n"
        "Homewit: 17 × 23 is **391**.\n"
        "Memory: remembered sister birthday: May 3\n"
        "Homewit: I will remember that your sister's birthday is **May 3**.\n"
        "Homewit: You said: hello\n",
    )
    assert done.stderr == (
        "Homewit is ready with bundled. /help lists the commands, /quit leaves.\n"
        "To go on: homewit chat --session s_new1\n"
    )


def test_commands_in_the_line_mode(fake_program):
    """The same commands as on the screen, as lines."""
    lines = [
        "/help",
        "/memory",
        "/sessions oven",
        "/tools",
        "/plan 1+1",
        "/doctor",
        "/forget sister",
        "/memory",
        "/permissions",
        "/revoke g_7xq2m4k1zt",
        "/permissions",
        "/undo",
        "hello",
        "/undo",
        "/x",
    ]
    done = talk(fake_program(), "\n".join([*lines, "/quit", "never read"]))
    for text in [
        "/remember TEXT",
        "your sister's birthday: May 3  “my sister's birthday is May 3”",
        "s_dinner1  Menu B needs **no oven**.",
        "calculate   reads              Work out an expression.",
        "○ s1 calculate  expression: 1+1",
        "✔ engine",
        "Forgot: f_3k2m9x1a",
        "nothing is remembered yet",
        "g_7xq2m4k1zt  mail:to=ann@x.org  in its session",
        "revoked g_7xq2m4k1zt: mail:to=ann@x.org",
        "nothing is allowed for longer than once",
        "Removed the note: milk",
    ]:
        assert text in done.stdout
    assert "Problem: nothing was kept in this session yet" in done.stderr
    assert "Problem: no command /x; /help lists the commands" in done.stderr
    assert "never read" not in done.stdout
    assert done.returncode == 0


def test_what_is_asked_in_a_pipe_offers_no_choice(fake_program):
    """Nobody can choose there: what would be done is told, and the answer says the rest."""
    done = talk(fake_program("approval", then="host._headless = True"), "save it\n")
    assert "Approval: needs your OK: write_file" in done.stdout
    assert "allow once" not in done.stdout
    question = [
        {"type": "run.started", "prompt": "x", "session": "s", "model": "m"},
        {"type": "question", "question": "q1", "text": "Which one?"},
        {"type": "answer", "text": "Which one?", "citations": []},
        {"type": "run.finished", "status": "input_needed", "exit_code": 5},
    ]
    then = f"host._runs.append({question!r}); host._headless = True"
    assert talk(fake_program(then=then), "x\n").stdout == "Homewit: Which one?\n"


def test_a_failure_is_told_once(fake_program):
    """The answer says why nothing was done; no other line does."""
    events = [
        {"type": "run.started", "prompt": "x", "session": "s", "model": "m"},
        {"type": "step.finished", "id": "s1", "tool": "fetch_page", "args": {}, "status": "failed",
         "text": "there is no such page"},
        {"type": "error", "code": "no_tool", "message": "no tool serves this request"},
        {"type": "answer", "text": "I did not do it: there is no such page.", "citations": []},
        {"type": "run.finished", "status": "failed", "exit_code": 1},
    ]  # fmt: skip
    done = talk(fake_program(then=f"host._runs.append({events!r})"), "x\n")
    assert (
        done.stdout
        == "Tool: s1 fetch_page  failed  0.0 s\nHomewit: I did not do it: there is no such page.\n"
    )


def test_a_session_goes_on(fake_program):
    """--session shows what was said before the first question."""
    done = subprocess.run(
        [*fake_program(), "chat", "--plain", "--session", "s_dinner1"],
        input="",
        capture_output=True,
        text=True,
    )
    assert done.stdout == "You: plan a dinner for six\nHomewit: Menu B needs **no oven**.\n"


def test_a_host_that_dies_is_told_once(fake_program):
    """The program says what happened and ends with 3 when the input does."""
    dying = "double = host\nasync def host():\n    await double()\n    double.die()\n    return double"
    done = talk(fake_program(then=dying), "hello\n")
    assert done.returncode == 3
    assert done.stderr.count("the engine process stopped") == 1


def test_why_there_is_no_model_ends_with_one_full_stop(fake_program):
    """The host's sentence is followed by what to type, with a single stop between them."""
    refusing = (
        "from homewit.tui.testing import HostRefuses\n"
        "def refuse(params):\n"
        "    raise HostRefuses('There is no model. Choose another one.', exit_code=3)\n"
        "host = FakeHost(answers={'warm': refuse})"
    )
    done = talk(fake_program(then=refusing), "")
    assert (done.returncode, done.stderr.strip()) == (
        3,
        "Problem: There is no model. Choose another one. /retry tries again.",
    )


async def test_a_problem_at_the_start_waits_for_the_end_of_the_wait(capsys: pytest.CaptureFixture[str]):
    """A line tells of the wait and is taken away after it; nothing is written behind it meanwhile."""

    def refuse(_params: object) -> None:
        raise HostRefuses("there is no model", exit_code=3)

    class Nothing:
        async def next(self) -> None:
            return None

    speaker, before = Plain(), []
    speaker.conversation = Conversation(FakeHost(answers={"warm": refuse}), None, speaker.changed)
    connecting = asyncio.create_task(speaker.conversation.connect())
    connecting.add_done_callback(lambda _: before.append(capsys.readouterr().err))
    assert await speaker.listen(Nothing(), connecting) == 3  # type: ignore[arg-type]
    await speaker.conversation.close()
    assert before == [""]
    assert capsys.readouterr().err.startswith("Problem: there is no model. /retry tries again.")
