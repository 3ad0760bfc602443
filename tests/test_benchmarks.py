"""The benchmarks run and print their tables; how long anything takes is nobody's business here."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent


def benchmarks(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m benchmarks`` from the repository root, as ``make bench`` does."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
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
        "grammar of tools seen before",
    ]
    assert ("sqlite3, 4 commits" in rows[0], "sqlite3, 400 commits" in rows[3]) == (True, True)
    assert (float(ends[0][1]) >= 0, float(ends[3][1]) >= 0) == (True, True)
    assert [end for _, end in (*ends[1:3], *ends[4:])] == ["–", "–", "–", "–"]


@pytest.mark.slow
def test_the_plugins_benchmark_prints_its_table():
    """First and later starts, in many files and in one, beside a server of the MCP SDK."""
    pytest.importorskip("mcp")
    done = benchmarks("plugins", "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    _, table = done.stdout.split("plugins: starts with 40 tools\n\n")
    _, *rows, _ = table.splitlines()
    assert [row.split("  ")[0] for row in rows] == [
        f"40 tools in {where}, {when}"
        for where in ("20 files", "one file")
        for when in ("first start", "later ones")
    ]
    assert all("mcp: a server with the same" in row and float(row.split()[-1]) >= 0 for row in rows)


def test_the_gpu_benchmark_says_why_it_measured_nothing():
    """Without a device that is no failure."""
    if torch.cuda.is_available():
        pytest.skip("there is a device here")
    done = benchmarks("gpu", "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Not measured: no CUDA device can be used here" in done.stdout


@pytest.mark.slow
def test_the_gpu_benchmark_can_measure():
    """All of it with operations of plain PyTorch on the CPU, so that it works when a device is at hand."""
    program = """
import json, torch
from benchmarks import gpu, gpu_passes
from benchmarks.gpu_checks import Sizes
from homewit.llm.gpu.reference import ReferenceOperators
from homewit.llm.gpu.step import GpuStep
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec

class Replay:
    def __init__(self, run):
        self.replay = run

def step(decoder, pages):
    nothing = lambda step, size: None
    return GpuStep(decoder, pages, ReferenceOperators(), nothing, Replay, lambda work: work())

layers = (LayerSpec(AttentionSpec(4, 2, 16), GatedSpec(128)),) * 2
shapes = {"tiny": (ModelSpec(256, 64, 4096, layers, tie_embeddings=True), 0.5)}
device = gpu_passes.Device(torch.device("cpu"), torch.float32, step, lambda: None)
sizes = Sizes(64, 128, 4, 2, 16, (0, 5, 40))
report, values = gpu.everything(device, ReferenceOperators(), sizes, shapes, True)
json.dumps(values)
print(report.render())
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    assert "72 of 72 comparisons of kernels with plain PyTorch passed" in done.stdout
    for kind in ("dense", "int8", "int4", "fp8"):
        assert f"tiny {kind}, 2 at once: " in done.stdout
    assert "tiny dense, prompt of 64: " in done.stdout


def test_an_unknown_benchmark_is_refused():
    """A name that does not exist is a usage error that lists those that do."""
    done = benchmarks("speed")
    assert (done.returncode, done.stdout) == (2, "")
    assert all(name in done.stderr for name in ("engine", "start", "plan"))
