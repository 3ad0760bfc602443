"""Runs the tests of `interpreted/`, in which Triton's interpreter takes the place of a GPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_kernels_do_what_the_reference_says():
    """In a process of its own, because Triton decides at its import whether it interprets."""
    pytest.importorskip("triton", reason="Triton is not installed; it exists for Linux alone")
    folder = Path(__file__).parent / "interpreted"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(
        command, env=os.environ | {"TRITON_INTERPRET": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
