"""The real program on a pseudo-terminal: what a person at a terminal meets."""

import errno
import io
import json
import os
import re
import signal

import pexpect
import pytest
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from homewit.tui.driver import TerminalOutput

from ..terminals import end_program, exit_code
from .conftest import RECORDINGS

SIZE = (24, 80)
LEAVES_FULL_SCREEN = "\x1b[?1049l"
MOUSE_OFF = "\x1b[?1000l"


@pytest.fixture
def terminal(fake_program):
    """Start the program on a terminal; it is ended after the test."""
    running: list[pexpect.spawn] = []

    def start(*recordings: str, args: list[str], then: str = "", delay_s: float = 0.0, **environment: str):
        program, *rest = fake_program(*recordings, then=then, delay_s=delay_s)
        env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment}
        child = pexpect.spawn(program, [*rest, *args], dimensions=SIZE, encoding="utf-8", env=env, timeout=60)
        running.append(child)
        return child

    yield start
    for child in running:
        end_program(child)


def plain_text(raw: str) -> str:
    return re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z$]|\x1b[=>]", "", raw)


def test_long_lines_of_a_list_go_on_below_their_column(terminal):
    """At 80 columns nothing begins at the edge but a new line; words stay whole."""
    item = {
        "name": "secrets",
        "state": "optional",
        "text": "kept in a file; " + "it is not encrypted " * 4,
        "fix": "do it",
    }
    child = terminal(args=["doctor"], then=f"host._answers['doctor'] = lambda _: {{'items': [{item!r}]}}")
    child.expect(pexpect.EOF)
    lines = plain_text(child.before or "").split("\r\n")
    assert lines == [
        "– secrets     kept in a file; it is not encrypted it is not encrypted it is not",
        "              encrypted it is not encrypted",
        "              → do it",
        "",
    ]


def test_the_full_screen_answers_and_leaves_the_terminal_whole(terminal):
    """Type, read, ctrl+q: the terminal is as it was and the way back is printed."""
    child = terminal("calculate", args=[])
    child.expect("ready")
    child.send("what is 17 * 23?\r")
    child.expect("391")
    child.send("\x11")
    child.expect(re.escape(LEAVES_FULL_SCREEN))
    child.expect("To go on: homewit chat --session s_new1")
    child.expect(pexpect.EOF)
    assert exit_code(child) == 0


def test_a_request_that_is_typed_while_the_program_starts_is_sent(terminal):
    """The terminal makes a line break of enter until the program reads it; it is a key all the same."""
    child = terminal("calculate", args=[], then="import time; time.sleep(0.5)")
    child.send("what is 17 * 23?\r")
    child.expect("391")


def test_keys_in_a_row_act_in_a_drawer(terminal):
    """An arrow and a letter that come in one piece: the letter acts in the list and is not searched for."""
    child = terminal(args=[])
    child.expect("ready")
    child.send("/permissions\r")
    child.expect("mail:to=ann")
    child.send("\x1b[Br")
    child.expect("nothing is allowed for longer than once")


def test_a_letter_right_behind_escape_is_for_what_is_below_the_drawer(terminal):
    """Terminals send alt and a letter the same way; neither part is lost, also when they come apart."""
    child = terminal("calculate", args=[])
    child.expect("ready")
    child.send("/permissions\r")
    child.expect("mail:to=ann")
    child.send("\x1b/")
    child.send("memory\r")
    child.expect("birthday")
    child.send("\x1bw")
    child.send("hat is 17 * 23?\r")
    child.expect("391")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_restore_the_terminal(terminal, sent: int, code: int):
    """After SIGTERM and SIGHUP neither mouse reports nor the second screen are left on."""
    child = terminal(args=["chat"])
    child.expect("ready")
    child.kill(sent)
    child.expect(pexpect.EOF)
    assert LEAVES_FULL_SCREEN in child.before
    assert MOUSE_OFF in child.before
    assert exit_code(child) == code


def test_a_terminal_that_is_gone_stops_nothing():
    """Textual's writer goes on to its end: an error would end it, and its full queue hold the program."""

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    writer = WriterThread(TerminalOutput(Gone()))  # type: ignore[arg-type]
    writer.start()
    for number in range(2 * MAX_QUEUED_WRITES):
        writer.write(f"line {number}\n")
    writer.stop()
    assert not writer.is_alive()


def test_the_program_ends_with_its_terminal(terminal):
    """Closing the window while an answer is written leaves no process behind."""
    child = terminal("calculate", args=[], delay_s=0.2)
    child.expect("ready")
    child.send("what is 17 * 23?\r")
    child.expect("calculate")
    child.ptyproc.fileobj.close()
    assert child.wait() == 129


def test_the_line_mode_on_a_terminal(terminal):
    """Prompts, steps, an approval by number, and /quit."""
    child = terminal("approval", args=["--plain"])
    child.expect("You: ")
    child.sendline("convert 5 miles to km and save it to distance.txt")
    child.expect_exact("path: distance.txt  (from you, in this message)")
    child.expect_exact("Approval: 1) allow once 2) deny")
    child.expect("You: ")
    child.sendline("yes")
    child.expect("type 1 to allow once, or 2 to deny")
    child.sendline("1")
    child.expect("Tool: s2 write_file")
    child.expect("Homewit: Five miles are 8.05 km")
    child.expect("You: ")
    child.sendline("/quit")
    child.expect(pexpect.EOF)
    assert exit_code(child) == 0


def test_ctrl_c_stops_the_answer_and_then_leaves(terminal):
    """The first Ctrl-C stops what runs, the next one on an idle line leaves with 130."""
    first_words = "[body['type'] for body in host._runs[0]].index('text.delta') + 1"
    then = f"host._runs[0].insert({first_words}, {{'type': 'stop_here'}})"
    child = terminal("calculate", args=["--plain"], then=then)
    child.expect("You: ")
    child.sendline("what is 17 * 23?")
    child.expect("Homewit: ")
    child.sendintr()
    child.expect("Homewit: stopped.")
    child.expect("You: ")
    child.sendintr()
    child.expect(pexpect.EOF)
    assert exit_code(child) == 130


def test_a_dumb_terminal_gets_the_line_mode(terminal):
    """TERM=dumb needs no flag, and no escape sequence is sent."""
    child = terminal(args=[], TERM="dumb")
    child.expect("You: ")
    child.sendline("hello")
    child.expect("Homewit: You said: hello")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    assert "\x1b" not in child.before


def test_no_color_is_honoured(terminal):
    """With NO_COLOR the narration of a run on a terminal has no colour."""
    child = terminal("failing_tool", args=["run", "fetch", "it"], NO_COLOR="1")
    child.expect(pexpect.EOF)
    assert "private address" in child.before
    assert "\x1b" not in child.before


def test_a_run_on_a_terminal_streams_its_answer(terminal):
    """The answer is written once, while it comes, below the narration."""
    child = terminal("calculate", args=["run", "what", "is", "17 * 23?"])
    child.expect(pexpect.EOF)
    assert plain_text(child.before).count("17 × 23 is **391**.") == 1
    assert exit_code(child) == 0


RED = "\x1b[31m"


@pytest.mark.parametrize(
    ("pasted", "message"),
    [
        (f"\x1b[200~make {RED}this red\x1b[0m, \x11please\x1b[201~", "make this red, please"),
        ("\x1b[200~stop here\x1b[201~\x11\r and here\x1b[201~", "stop here.*and here"),
        (f"no marks around this {RED}red\x1b[0m and \x11quit", "no marks around this red and quit"),
    ],
    ids=["control bytes", "an early end", "a terminal without bracketed paste"],
)
def test_pasted_control_bytes_are_no_keys(terminal, pasted: str, message: str):
    """Neither escape nor ctrl+q nor enter inside a paste does anything; what is sent is the text."""
    child = terminal(args=[])
    child.expect("ready")
    child.send(pasted)
    child.expect(message.split()[-1])
    child.send("\r")
    child.expect(f"You said: {message}")
    child.send("\x11")
    child.expect("To go on: homewit chat --session s_new1")
    child.expect(pexpect.EOF)
    assert exit_code(child) == 0


def test_bytes_that_are_no_text_do_not_end_the_program(terminal):
    """A paste in another encoding shows that something is missing, and the program goes on."""
    child = terminal(args=[])
    child.expect("ready")
    os.write(child.child_fd, b"\x1b[200~caf\xe9 au lait\x1b[201~")
    child.expect("au lait")
    child.send("\r")
    child.expect("You said: caf\ufffd au lait")
    child.send("\x11")
    child.expect(pexpect.EOF)


def test_what_is_typed_after_a_dash_is_typed(terminal):
    """``run -`` on a terminal reads lines up to ctrl+d, and they are the user's own words."""
    told = "import atexit\natexit.register(lambda: print([p for m, p in host.received if m == 'prompt']))"
    child = terminal(args=["run", "-"], then=told)
    child.sendline("what is 1 + 1?")
    child.sendeof()
    child.expect_exact("[{'text': 'what is 1 + 1?', 'allow': []}]")
    child.expect(pexpect.EOF)


def test_the_line_mode_takes_no_control_bytes(terminal):
    """A line with escape sequences is the text without them."""
    child = terminal(args=["--plain"])
    child.expect("You: ")
    child.sendline(f"make {RED}this red")
    child.expect("Homewit: You said: make this red")
    child.sendline("/quit")
    child.expect(pexpect.EOF)


def test_a_slow_start_gives_a_sign_of_life(terminal):
    """A line while the host is waited for, gone before anything else is said."""
    starts_on_enter = (
        "import asyncio, os\n"
        "there = host\n"
        "async def host():\n"
        "    await asyncio.to_thread(os.read, os.open('/dev/tty', os.O_RDONLY), 1)\n"
        "    return await there()\n"
    )
    child = terminal("calculate", args=["run", "what is 17 * 23?"], then=starts_on_enter)
    child.expect_exact("starting …")
    child.send("\r")
    child.expect_exact("\r\x1b[K")
    child.expect("391")
    child.expect(pexpect.EOF)


def test_an_approval_for_longer_by_its_number_in_the_line_mode(terminal, tmp_path):
    """The choices are numbered as they are offered, after once and no."""
    log = [json.loads(line) for line in (RECORDINGS / "approval.jsonl").read_text().splitlines()]
    card = next(event for event in log if event["type"] == "approval.requested")
    card |= {"scopes": ["plan", "session", "date"], "until": "2026-06-02"}
    recorded = tmp_path / "offering.jsonl"
    recorded.write_text("".join(json.dumps(event) + "\n" for event in log))
    child = terminal(str(recorded.with_suffix("")), args=["chat", "--plain"])
    child.expect_exact("You: ")
    child.sendline("save it")
    child.expect_exact("Approval: 1) allow once 2) deny 3) this plan 4) this session 5) until Jun 2")
    child.sendline("9")
    child.expect_exact("Approval: type 1 to allow once, 3 to allow this plan")
    child.sendline("4")
    child.expect_exact("I saved that")


def test_a_reminder_in_the_line_mode(terminal):
    """It comes on a line of its own, with the bell; what was to be typed is asked for again."""
    told = {"text": "take \x1b[2Jpills", "due": "today at 08:00", "missed": 0}
    then = f"host._answers['doctor'] = lambda _: host.say('reminder', {told!r}) or {{'items': []}}"
    child = terminal(args=["chat", "--plain"], then=then)
    child.expect_exact("You: ")
    child.sendline("/doctor")
    child.expect_exact("Reminder: take pills (today at 08:00)\x1b\\\a")
    child.expect_exact("Reminder: take pills (today at 08:00)\r\n")
    child.expect_exact("You: ")
