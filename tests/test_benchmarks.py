"""The benchmarks run and print their tables; how long anything takes is nobody's business here."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def benchmarks(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m benchmarks`` from the repository root, as ``make bench`` does."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_the_plan_benchmark_prints_its_table():
    """Each measurement has a row; some have a peer and a ratio, the others say that they have none."""
    done = benchmarks("plan", "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    _, table = done.stdout.split("plan: 20 steps that do nothing, scripted engine\n\n")
    head, *rows = table.splitlines()
    assert head.split() == ["measurement", "Homewit", "peer", "ratio"]
    ends = [(row.split("  ")[0], row.split()[-1]) for row in rows]
    assert [name for name, _ in ends] == [
        "one step",
        "one run until its plan",
        "one run of 10 steps",
        "100 steps side by side",
        "grammar of a plan",
    ]
    assert ("sqlite3, 4 commits" in rows[0], "sqlite3, 400 commits" in rows[3]) == (True, True)
    assert (float(ends[0][1]) > 0, float(ends[3][1]) > 0) == (True, True)
    assert [end for _, end in (*ends[1:3], ends[4])] == ["–", "–", "–"]


def test_an_unknown_benchmark_is_refused():
    """A name that does not exist is a usage error that lists those that do."""
    done = benchmarks("speed")
    assert (done.returncode, done.stdout) == (2, "")
    assert all(name in done.stderr for name in ("engine", "start", "plan"))
