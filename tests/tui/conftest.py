"""Recorded runs, the double of the host, and a full-screen program to drive, for the tests of this folder."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual._context import visible_screen_stack
from textual.keys import _character_to_key

from homewit.tui.app import HomewitApp
from homewit.tui.cli import main
from homewit.tui.conversation import Conversation
from homewit.tui.launch import Launch
from homewit.tui.screens.chat import ChatScreen
from homewit.tui.testing import FakeHost, split_runs
from homewit.tui.widgets.composer import Composer

from ..residents import end_host

PROGRAM = [sys.executable, "-m", "homewit.tui"]
CHARACTERS = {"enter": "\r", "tab": "\t", "space": " ", "escape": "\x1b"}
"""Of the keys with a name that have one."""
START = {"type": "run.started", "prompt": "x", "session": "s_new1", "model": "bundled"}
END = {"type": "run.finished", "status": "done", "exit_code": 0}
HALF = [
    START,
    {"type": "text.delta", "text": "Once upon "},
    {"type": "stop_here"},
    {"type": "text.delta", "text": "a"},
    END,
]
"""An answer that is half written until the test goes on."""
KEYS_WAIT_S = 120.0
"""For the keys before them: nothing hangs here unless a test says so, and a busy machine takes its time."""
RECORDINGS = Path(__file__).parent / "recordings"


@pytest.fixture
def recording() -> Callable[[str], list[dict[str, Any]]]:
    """The events of one recorded run, by the name of its file."""

    def read(name: str) -> list[dict[str, Any]]:
        (run,) = split_runs((RECORDINGS / f"{name}.jsonl").read_text(encoding="utf-8"))
        return [dict(body) for body in run]

    return read


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """``wait_until(met)``: what ``met`` says once it says anything, for processes that tell nobody."""

    def wait(met: Callable[[], Any], patience_s: float = 60.0) -> Any:
        giving_up = time.monotonic() + patience_s
        while not (found := met()):
            assert time.monotonic() < giving_up, "this never came about"
            time.sleep(0.02)
        return found

    return wait


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def homewit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Done]]:
    """Run the command line in this process against a double of the host; stdin is empty."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    monkeypatch.setattr("homewit.tui.stdin._STDIN", nothing)

    def run(*args: str, host: FakeHost | None = None) -> Done:
        with pytest.raises(SystemExit) as exit_info:
            main(args, Launch(host or FakeHost()))
        captured = capsys.readouterr()
        return Done(int(exit_info.value.code or 0), captured.out, captured.err)

    yield run
    os.close(nothing)


@dataclass(slots=True)
class Driver:
    """A running program with what tests do to it."""

    app: HomewitApp
    pilot: Any
    host: FakeHost
    conversation: Conversation

    @property
    def chat(self) -> ChatScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def composer(self) -> Composer:
        return self.chat.query_one(Composer)

    async def until(self, met: Callable[[], Any]) -> None:
        """Let the program work until something holds, and what it is at has come to its end; tells what is on
        the screen when it never does. Patience is counted in rounds: a standstill takes one of them.
        """
        for _ in range(6000):
            await self.pilot.pause(0.01)
            if met():
                await self.pilot._wait_for_screen()
                await self.pilot._wait_for_screen()
                return
        raise AssertionError(f"this never came about; the screen shows:\n{self.text()}")

    async def ready(self) -> None:
        """Until the model is loaded and the program has said all that it says at its start."""
        await self.until(
            lambda: (
                self.conversation.state.host.engine == "ready"
                and all(worker.is_finished for worker in self.app.workers if worker.name == "connect")
            )
        )

    def typed(self, *keys: str) -> None:
        """Press keys all at once, as they come from a slow line."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(events.Key(name, key if len(key) == 1 else CHARACTERS.get(key)))

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the last of them has done all that it does in the program itself."""
        self.typed(*keys)
        taken = asyncio.Event()
        if self.app.call_later(taken.set):
            await taken.wait()
        await self.app._typed.caught_up()

    async def say(self, text: str) -> None:
        """Write a line and press enter."""
        self.composer.put(text)
        await self.press("enter")

    async def shows(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text() for text in texts))

    def lines(self) -> list[str]:
        """The screen as text, line by line, as the terminal gets it."""
        visible_screen_stack.set(self.app._background_screens)  # what shows through, as when it is drawn
        strips = self.app.screen._compositor.render_strips()
        return [
            "".join(segment.text for segment in strip).rstrip() for strip in strips[: self.app.size.height]
        ]

    def text(self) -> str:
        return "\n".join(self.lines())


@pytest.fixture
def chatting() -> Callable[..., Any]:
    """Open the full-screen program on a double of the host."""

    @asynccontextmanager
    async def open_it(
        host: FakeHost | None = None, size: tuple[int, int] = (100, 32), session: str | None = None
    ) -> AsyncIterator[Driver]:
        host = host or FakeHost()
        conversation = Conversation(host, None, lambda _: None)
        await conversation.launch()
        app = HomewitApp(conversation, session)
        app._typed.patience_s = KEYS_WAIT_S
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Driver(app, pilot, host, conversation)
        await conversation.close()
        await asyncio.sleep(0)

    return open_it


@pytest.fixture
def fake_program(tmp_path: Path) -> Callable[..., list[str]]:
    """A command line that runs the real program in a new process, on a double of the host."""

    def write(*names: str, then: str = "", delay_s: float = 0.0) -> list[str]:
        script = tmp_path / "program.py"
        script.write_text(
            "import sys\n"
            "from pathlib import Path\n"
            "from homewit.tui.cli import main\n"
            "from homewit.tui.launch import Launch\n"
            "from homewit.tui.testing import FakeHost, split_runs\n"
            f"folder = Path({str(RECORDINGS)!r})\n"
            "runs = []\n"
            f"for name in {list(names)!r}:\n"
            "    runs += split_runs((folder / f'{name}.jsonl').read_text(encoding='utf-8'))\n"
            f"host = FakeHost(runs, delay_s={delay_s})\n"
            f"{then}\n"
            "main(sys.argv[1:], Launch(host))\n",
            encoding="utf-8",
        )
        return [sys.executable, str(script)]

    return write


@pytest.fixture
def resident(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Run the program in an empty folder; the host that it leaves is ended after the test."""
    monkeypatch.setenv("HOMEWIT_HOST", "resident")
    (tmp_path / "work").mkdir()

    def run(*args: str, **options) -> subprocess.CompletedProcess[str]:
        given = {"stdin": subprocess.DEVNULL, "cwd": tmp_path / "work", **options}
        return subprocess.run([*PROGRAM, *args], capture_output=True, text=True, timeout=120, **given)

    yield run
    end_host(home)
