"""The engine beside transformers: the same random weights in float32, the same prompts, both greedy, CPU.

Times are taken from outside, as a caller sees tokens arrive. The peer's caller keeps the cache between turns
by hand, which is the best that transformers offers. Knows nothing of agents.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from .generators import BYTES, Generate, homewit, transformers_peer, write_checkpoint
from .rounds import in_turn
from .table import Report, Row

FAMILIES = ("Llama", "Qwen3")


@dataclass(frozen=True, slots=True)
class Work:
    """Tokens of the prompt, of its answer, and of what the second turn adds to both."""

    prompt: int = 256
    answer: int = 64
    more: int = 32
    repeats: int = 5


@dataclass(frozen=True, slots=True)
class Turns:
    """Two turns: seconds until the first token, per further token, and until the second turn's first."""

    tokens: tuple[int, ...]
    first_s: float
    each_s: float
    second_s: float
    cached: int


def measure(quick: bool) -> Report:
    """Both families; one row for each part of the two turns."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import transformers
    except ImportError:
        return Report("engine", (), ("Not measured: transformers is not installed. Run `make dev`.",))
    import torch

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    work = Work(64, 16, 16, 2) if quick else Work()
    rows, notes = [], []
    for family in FAMILIES:
        with tempfile.TemporaryDirectory() as name:
            parameters = write_checkpoint(Path(name), family)
            generators = homewit(Path(name)), transformers_peer(Path(name))
            ours, theirs = in_turn(
                work.repeats, *(lambda number, one=one: two_turns(one, work, number) for one in generators)
            )
        for what, field in (
            (f"prefill {work.prompt}, first token", "first_s"),
            (f"decode {work.answer}, each token", "each_s"),
            ("second turn, first token", "second_s"),
        ):
            values = [[getattr(turns, field) for turns in side] for side in (ours, theirs)]
            rows.append(Row(f"{family}: {what}", values[0], "transformers", values[1]))
        same = sum(a.tokens == b.tokens for a, b in zip(ours, theirs, strict=True))
        notes.append(
            f"{family}: {parameters / 1e6:.1f}M parameters; {same} of {len(ours)} answers the same token by "
            f"token; second turn: {ours[0].cached} of {work.prompt + work.answer + work.more} prompt tokens "
            f"cached in Homewit, {theirs[0].cached} in transformers"
        )
    versions = f"transformers {transformers.__version__}, torch {torch.__version__}"
    return Report(f"engine: float32, {torch.get_num_threads()} threads, {versions}", rows, notes)


def two_turns(generate: Generate, work: Work, number: int) -> Turns:
    """Answer a prompt of this round's own, then go on after the answer."""
    import torch

    random = torch.Generator().manual_seed(number)
    ids = torch.randint(0, BYTES, (work.prompt + work.more,), generator=random).tolist()
    started = perf_counter()
    tokens, times, _ = generate(ids[: work.prompt], work.answer, False)
    again = perf_counter()
    _, second, cached = generate([*ids[: work.prompt], *tokens, *ids[work.prompt :]], 1, True)
    each_s = (times[-1] - times[0]) / (len(times) - 1)
    return Turns(tuple(tokens), times[0] - started, each_s, second[0] - again, cached)
