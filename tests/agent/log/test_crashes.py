"""Killed at every moment, resumed, killed again and resumed: no effect happens twice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parent / "crash_points.py"
ALL = ["a", "b", "c", "d", "e"]

pytestmark = pytest.mark.slow


def reports(folder: Path, mode: str, first: int = 1, step: int = 1) -> list[dict[str, Any]]:
    command = [sys.executable, str(PROGRAM), str(folder), mode, str(first), str(step)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) * step >= 18, "a run has more moments than that"
    assert all(report["gapless"] for report in found)
    return found


def twice(report: dict[str, Any]) -> bool:
    return len(report["lines"]) > len(set(report["lines"]))


@pytest.mark.parametrize("mode", ["checked", "keyed", "workflow", "records"])
def test_what_can_be_told_is_done_exactly_once(tmp_path: Path, mode: str):
    """With a check, a key that the outside knows, or records that can be put back: as if nothing happened."""
    found = reports(tmp_path, mode)
    ends = [(sorted(report["lines"]), report["status"], report["answers"]) for report in found]
    wanted = ["b", "c", "d", "e"] if mode == "records" else ALL  # there the last step makes "e" of "a"
    assert ends == [(wanted, "done", 1)] * len(found)
    assert not any("s4" in step for report in found for step, _ in report["ledger"])


def test_what_nobody_can_tell_is_unknown_and_never_repeated(tmp_path: Path):
    """A line that is missing, and one that is there without an outcome, are both called unknown."""
    found = reports(tmp_path, "blind")
    steps = {"a": "s2[0]", "b": "s2[1]", "c": "s2[2]", "d": "s3", "e": "s5"}
    assert not any(map(twice, found))
    for report in found:
        last = dict(report["ledger"])
        unknown = {line for line, step in steps.items() if last.get(step) == "unknown"}
        done = {line for line, step in steps.items() if last.get(step) == "done"}
        assert done <= set(report["lines"]) <= done | unknown
        assert report["status"] == ("unknown" if unknown else "done")
    assert {report["status"] for report in found} == {"unknown", "done"}


def test_control_effects_that_claim_to_be_reads_are_repeated(tmp_path: Path):
    """Control: the same kills do repeat what a careless author declares as a read."""
    assert any(map(twice, reports(tmp_path, "careless", first=2, step=2)))
