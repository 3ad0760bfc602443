"""The real program in a process of its own: signals, pipes and stdin."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STOPS = """
runs.append([{"type": "run.started", "prompt": "x", "session": "s", "model": "m"},
             {"type": "text.delta", "text": "so far"}, {"type": "warning", "message": "waiting"},
             {"type": "stop_here"}])
host = FakeHost(runs)
"""
LEAVE_TAKEN = """
import atexit
atexit.register(lambda: print(next(p for m, p in host.received if m == 'shutdown')))
"""


def start(command: list[str], **options) -> subprocess.Popen[str]:
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(command, text=True, **pipes)


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_end_a_run_with_their_code(fake_program, sent: int, code: int):
    """A signal ends the run with 128 and its number; after Ctrl-C what was answered so far is kept."""
    process = start([*fake_program(then=STOPS), "run", "x"])
    assert process.stderr is not None
    assert "waiting" in process.stderr.readline()
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, "")
    assert out == ("so far\n" if sent == signal.SIGINT else "")


@pytest.mark.parametrize(("sent", "rests"), [(signal.SIGTERM, False), (signal.SIGHUP, True)])
@pytest.mark.parametrize("words", [["run", "x"], ["chat", "--plain"]])
def test_what_runs_rests_when_the_terminal_goes(fake_program, words: list[str], sent: int, rests: bool):
    """Nobody said that it is to end, so it can be resumed. Control: SIGTERM says it."""
    process = start([*fake_program(then=STOPS + LEAVE_TAKEN), *words], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write("x\n")
    process.stdin.flush()
    if "run" in words:
        process.stdin.close()
        process.stdin = None
    told = process.stderr if "run" in words else process.stdout
    assert told is not None
    while "waiting" not in told.readline():
        pass
    process.send_signal(sent)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out.splitlines()[-1]) == (128 + sent, f"{{'park': {rests}}}")


def test_nohup_lets_a_run_go_on(fake_program):
    """Where SIGHUP is ignored it stays so. Control: the test above."""
    ignored = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)"
    process = start([*fake_program(then=STOPS + ignored), "run", "x"])
    assert process.stderr is not None
    assert "waiting" in process.stderr.readline()
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "so far\n")


def test_a_closed_pipe_ends_quietly(fake_program):
    """When the reader goes away nothing is complained about."""
    process = start([*fake_program(), "tools", "list"])
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 141
    process.stderr.close()


def test_piped_text_is_appended_to_the_prompt(fake_program):
    """The request comes first, the piped text after it."""
    done = subprocess.run(
        [*fake_program(), "run", "summarise", "this"], input="one\ntwo\n", capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "You said: summarise this\n\none\ntwo\n")


def test_piped_text_is_sent_apart_from_what_was_typed(fake_program):
    """The host is told which part of the request came through the pipe."""
    told = "import atexit\natexit.register(lambda: print([p for m, p in host.received if m == 'prompt']))"
    for words, text in (["summarise", "this"], "summarise this"), ([], ""), (["summarise", "-"], "summarise"):
        done = subprocess.run(
            [*fake_program(then=told), "run", *words], input="one\n", capture_output=True, text=True
        )
        sent = ast.literal_eval(done.stdout.splitlines()[-1])
        assert [(one["text"], one["piped"]) for one in sent] == [(text, "one")]


def test_piped_text_alone_is_the_prompt(fake_program):
    """Without words the pipe is the request."""
    done = subprocess.run([*fake_program(), "run"], input="hello", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "You said: hello\n")


def test_binary_stdin_is_refused(fake_program):
    """Bytes that are no text are named with their place, before anything is sent."""
    done = subprocess.run([*fake_program(), "run", "x"], input=b"ab\xff", capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"not UTF-8 text (byte 2)" in done.stderr


def test_a_silent_pipe_does_not_hang(fake_program):
    """A pipe that another program left open is given up with a warning."""
    quick = "import homewit.tui.stdin as stdin\nstdin.SILENT_PIPE_S = 0.2"
    process = start([*fake_program(then=quick), "run", "hello"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.wait(timeout=60) == 0
    out, err = process.communicate()
    assert out == "You said: hello\n"
    assert "stdin stayed silent" in err


def test_colour_is_for_terminals_only(fake_program):
    """A redirected stderr gets no escape sequences."""
    done = subprocess.run(
        [*fake_program("failing_tool"), "run", "x"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_ascii_output_is_no_obstacle(fake_program):
    """Where the terminal cannot show a character, its number is written instead of failing."""
    done = subprocess.run(
        [*fake_program("calculate"), "run", "x"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stdout) == (0, "17 \\xd7 23 is **391**.\n")


def test_a_host_that_does_not_start_ends_with_3(tmp_path):
    """When the engine process ends at once, the message names its log."""
    program = (
        "from homewit.tui import host_process; from homewit.tui.cli import main\n"
        "from homewit.tui.launch import Launch\n"
        "host_process.HOST = ('-c', 'raise SystemExit(7)')\n"
        "main(['tools', 'list'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "the engine process stopped (exit code 7); see " in done.stderr
    assert done.stderr.strip().endswith("host.log")


def test_the_host_dies_with_its_client(tmp_path):
    """Killing the client the hard way leaves no host behind: its stdin ends."""
    program = (
        "import asyncio, sys\n"
        "from homewit.tui import host_process\n"
        "host_process.HOST = ('-c', 'import sys; sys.stdin.read()')\n"
        "async def go():\n"
        "    host = await host_process.start()\n"
        "    print(host._process.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(go())"
    )
    client = start([sys.executable, "-c", program])
    assert client.stdout is not None
    host = int(client.stdout.readline())
    client.kill()
    client.communicate()
    for _ in range(3000):
        if not is_alive(host):
            return
        time.sleep(0.02)
    os.kill(host, signal.SIGKILL)
    raise AssertionError("the host outlived its client")


def is_alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        return stat.rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
