"""A process that dies or falls silent is an error for those that need it, not a wait without end."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from . import outlive
from .processes import start_two

PROGRAM = Path(outlive.__file__)
SOON_S, LATE_S = 300, 800  # for a healthy end, and after which silence counts as death


@contextmanager
def two(
    folder: Path, timeout_s: float, until: str = "serving", late_s: float = 0
) -> Iterator[tuple[subprocess.Popen[str], subprocess.Popen[str]]]:
    """A leader that has come as far as `until`, and its follower."""
    leader, follower = processes = start_two(PROGRAM, str(folder), str(timeout_s), str(late_s))
    try:
        assert leader.stdout is not None
        while (line := leader.stdout.readline()) != f"{until}\n":
            assert line == "loaded\n"
        yield leader, follower
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def said(process: subprocess.Popen[str]) -> list[str]:
    """The errors that it reported at its end."""
    output, _ = process.communicate(timeout=SOON_S)
    assert process.returncode == 0
    return [line for line in output.splitlines() if line not in ("loaded", "serving")]


def test_a_follower_that_dies_is_an_error(qwen3: Path) -> None:
    """The request that runs ends with a typed error, and so does every later one; the leader lives on."""
    with two(qwen3, LATE_S) as (leader, follower):
        follower.send_signal(signal.SIGKILL)
        first, second = said(leader)

    assert first.startswith("PeerLost: A process that holds a share of the model is gone")
    assert second == first


def test_a_leader_that_dies_ends_its_followers(qwen3: Path) -> None:
    """They are not left behind with their memory, and say why they end."""
    with two(qwen3, LATE_S) as (leader, follower):
        leader.send_signal(signal.SIGKILL)
        (error,) = said(follower)

    assert error.startswith("PeerLost: The leader or another holder of the model is gone")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be stopped here")
def test_a_follower_that_falls_silent_is_an_error(qwen3: Path) -> None:
    """It counts as dead after the time that was agreed on; waking up, it finds the leader gone and ends.

    While they connect and load they wait for each other much longer.
    """
    with two(qwen3, 2, until="loaded", late_s=4) as (leader, follower):
        os.kill(follower.pid, signal.SIGSTOP)
        first, _ = said(leader)
        os.kill(follower.pid, signal.SIGCONT)
        (error,) = said(follower)

    assert "did not answer within 2 s" in first
    assert error.startswith("PeerLost: The leader or another holder of the model is gone")
