"""Every kernel compiles to a device's own code, which needs the compiler but no device."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SMALLEST_SHARED = 99 * 1024  # bytes that a program may share on consumer devices
KERNELS = {
    "add_norm",
    "attend",
    "few_rows",
    "gate",
    "join",
    "one_row",
    "one_row_in_groups",
    "rotate_and_store",
}


@pytest.mark.slow
@pytest.mark.parametrize("capability", [80, 90])
def test_every_kernel_compiles(capability: int, tmp_path: Path):
    """With the arguments of a real pass, as the background has them made, and within the smallest devices'
    memory.
    """
    pytest.importorskip("triton", reason="Triton is not installed; it exists for Linux alone")
    program = Path(__file__).with_name("compiling.py")
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, str(program), str(capability)],
        env=environment | {"TRITON_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["kernel"] for each in made} == KERNELS
    assert max(each["shared"] for each in made) <= SMALLEST_SHARED
    assert min(each["binary"] for each in made) > 1000
