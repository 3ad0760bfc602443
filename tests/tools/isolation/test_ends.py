"""How processes end: with their group, whoever holds their pipes, and whoever is cancelled meanwhile."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from homewit.tools.isolation.group import Group
from homewit.tools.processes import Process, answer_of, plain_environment, start_piped, start_to_listen

from ..moments import HOW, How, Moment
from ..workers.test_misbehaviour import running

proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
# Starts a process that goes on, in its group or in a session of its own, says its number, and waits or not.
STARTS = (
    "import subprocess, sys, time\n"
    "away, stays = (word == 'yes' for word in sys.argv[1:])\n"
    "print(subprocess.Popen(['sleep', '7600'], start_new_session=away).pid, flush=True)\n"
    "time.sleep(7600 * stays)\n"
)


async def starting(*, away: bool, stays: bool) -> tuple[Process, int]:
    """A process that has started another one, and that one's number."""
    words = ["yes" if word else "no" for word in (away, stays)]
    process = await start_piped([sys.executable, "-c", STARTS, *words], plain_environment())
    assert process.stdout is not None
    return process, int(await process.stdout.readline())


@proc
async def test_what_it_has_started_ends_with_it_when_it_ends_by_itself():
    """Nobody has to end it for that."""
    process, other = await starting(away=False, stays=False)
    assert await process.wait() == 0
    while running(other):  # noqa: ASYNC110  it was told to end before, and takes a moment for it
        await asyncio.sleep(0.01)
    process.end()


@proc
async def test_its_end_does_not_wait_for_who_holds_its_pipes():
    """What has left the group goes on, as nothing but a sandbox can end it; what was said is still read."""
    process, other = await starting(away=True, stays=True)
    try:
        process.end()
        assert await process.wait() == -9
        assert running(other)
        assert process.stdout is not None
        assert await process.stdout.read() == b""
    finally:
        os.kill(other, 9)


async def test_what_was_said_before_the_end_is_read_after_it():
    """Also the last words, when nobody has read before."""
    process = await start_piped(["sh", "-c", "echo said; echo wrong >&2"], plain_environment())
    await process.wait()
    process.end()
    assert process.stdout is not None
    assert process.stderr is not None
    assert (await process.stdout.read(), await process.stderr.read()) == (b"said\n", b"wrong\n")


def test_a_number_is_not_signalled_once_it_may_be_somebody_elses(monkeypatch):
    """The group is ended while its leader was not waited for, and never after that."""
    signalled: list[tuple[int, bool]] = []
    leader = subprocess.Popen(["sh", "-c", "exit 4"], start_new_session=True)

    def note(number: int, how: int) -> None:
        signalled.append((number, leader.returncode is None))

    monkeypatch.setattr(os, "killpg", note)
    group = Group(leader)
    assert group.wait() == 4
    assert signalled == [(leader.pid, True)]
    group.kill()
    assert signalled == [(leader.pid, True)]


def open_files() -> set[str]:
    """What this process has open, but for what it looks with."""
    folder = Path("/proc/self/fd")
    found = set()
    for one in folder.iterdir():
        with suppress(OSError):
            found.add(f"{one.name} {one.readlink()}")
    return {one for one in found if "/fd" not in one}


def children() -> Iterator[int]:
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            yield from map(int, (thread / "children").read_text().split())


@proc
@pytest.mark.parametrize("how", HOW)
async def test_a_start_that_is_cancelled_leaves_nothing(how: How):
    """Neither a process nor a pipe, at whatever moment. Control: one that is not cancelled has both."""
    before, number, came = open_files(), 0, True
    process = None
    while came:
        number += 1
        moment = Moment(number, how)
        task = asyncio.ensure_future(moment.run(start_piped(["sleep", "7700"], plain_environment())))
        await asyncio.wait({task})
        came = moment.came
        await asyncio.sleep(0)  # what is closed is closed a turn later
        if task.cancelled():
            assert open_files() == before
        else:
            process = task.result()
            assert len(open_files() - before) == 3
            assert process.pid in children()
            process.end()
            await process.wait()
    assert number > 1
    assert process is not None
    while open_files() != before:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_a_program_that_is_not_there_leaves_nothing():
    """The error is that of the system."""
    before = open_files()
    for start in (start_piped, start_to_listen):
        with pytest.raises(FileNotFoundError):
            await start(["/nowhere/at-all"], plain_environment())
        await asyncio.sleep(0)
    assert open_files() == before


async def test_without_threads_nothing_is_left_running(monkeypatch):
    """A process that nobody could watch is ended at once."""

    def full(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = set(children())
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", full)
        with pytest.raises(RuntimeError, match="can't start"):
            await start_piped(["sleep", "7800"], plain_environment())
        with pytest.raises(RuntimeError, match="can't start"):
            answer_of(["sleep", "7800"], cwd=Path("/"), timeout_s=60, max_bytes=10)
    assert set(children()) == before


@proc
def test_a_program_that_takes_too_long_ends_with_what_it_started(tmp_path: Path):
    """Else whoever holds its output would be waited for."""
    with pytest.raises(TimeoutError, match=r"no answer within 0\.5 seconds"):
        answer_of(
            ["sh", "-c", f"sleep 7900 & echo $! > {tmp_path}/pid; wait"],
            cwd=tmp_path, timeout_s=0.5, max_bytes=100,
        )  # fmt: skip
    said = (tmp_path / "pid").read_text() if (tmp_path / "pid").exists() else ""
    while said and running(int(said)):
        time.sleep(0.01)
