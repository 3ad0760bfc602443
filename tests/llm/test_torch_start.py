"""What the host imports torch without: a model loads and writes without it, and who needs it gets it."""

import subprocess
import sys

import pytest
import torch

from homewit.llm import Engine, SamplingParams
from homewit.llm.decoding.sampling import draw

PROGRAM = """
import sys
from homewit.llm import torch_start
torch_start.leave_out()
from homewit.llm import Engine, SamplingParams
engine = Engine.load("bundled", dtype="float32")
greedy = engine.generate("what is", SamplingParams(max_tokens=8, temperature=0))
print("".join(chunk.text for chunk in greedy))
left_out = sys.modules[torch_start.LEFT_OUT]
print("activate_meta" in vars(left_out))
import torch
from homewit.llm.decoding.sampling import draw
print(draw(torch.arange(40.0) / 40, seed=3, position=7))
print("activate_meta" in vars(left_out), hasattr(left_out, "activate_meta"), hasattr(left_out, "nothing"))
"""


@pytest.mark.slow
def test_what_is_left_out_changes_nothing_that_is_computed():
    """Greedy text without it, and draws of chance with it: as in a process where torch is whole."""
    engine = Engine.load("bundled", dtype="float32")
    greedy = engine.generate("what is", SamplingParams(max_tokens=8, temperature=0))
    text = "".join(chunk.text for chunk in greedy)
    drawn = draw(torch.arange(40.0) / 40, seed=3, position=7)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == f"{text}\nFalse\n{drawn}\nTrue True False\n"
