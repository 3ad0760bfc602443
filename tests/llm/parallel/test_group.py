"""Where no processes were started, or no such device is there, the error says what to do."""

import pytest

from homewit.llm import UnsupportedError, parallel
from homewit.llm.parallel.__main__ import main
from homewit.llm.parallel.group import VARIABLES, local_device


def test_without_torchrun_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The leader's call and the followers' name what is missing, and the way to start."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for call in (parallel.rank, parallel.follow, lambda: parallel.load("bundled")):
        with pytest.raises(UnsupportedError, match=r"RANK, .* is not set.*torchrun --nproc-per-node DEVICES"):
            call()


def test_the_script_says_why_it_cannot_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason on stderr, nothing on stdout, and the code of an engine that is not available."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.argv", ["parallel", "bundled", "what is 17 * 23?"])

    assert main() == 3

    out, error = capsys.readouterr()
    assert out == ""
    assert "Start the program with: torchrun" in error


def test_a_device_is_chosen_for_each_process() -> None:
    """A caller names the kind of devices, never a single one."""
    assert local_device("cpu") == "cpu"
    with pytest.raises(UnsupportedError, match="one, not several"):
        local_device("cuda:1")


def test_a_process_without_a_gpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More processes than GPUs is an error, not a process that runs somewhere else."""
    monkeypatch.setenv("LOCAL_RANK", "99")
    with pytest.raises(UnsupportedError, match="Process 99 of this machine has no GPU"):
        local_device("cuda")
