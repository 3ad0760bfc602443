"""A process that forks: the child has none of the parent's threads, and computes all the same."""

import subprocess
import sys

import pytest

PROGRAM = """
import os
import torch
from homewit.llm.kernels.matrix import NativeMatrix, pack

torch.set_num_threads(2)
random = torch.Generator().manual_seed(1)
matrix = NativeMatrix(pack(torch.randn(200, 96, generator=random), 8))
x = torch.randn(5, 96, generator=random)
expected = matrix.multiply(x)
child = os.fork()
if child == 0:
    os._exit(0 if torch.equal(matrix.multiply(x), expected) else 1)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), torch.equal(matrix.multiply(x), expected))
"""


@pytest.mark.slow
def test_a_forked_child_starts_threads_of_its_own(level: str):
    """Neither the child nor the parent afterwards waits for threads that are not there."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=600)
    assert (done.stdout, done.returncode) == ("0 True\n", 0)
