"""What quantization costs: predictions of a packed model beside those of the same checkpoint in bfloat16.

`python -m benchmarks.quality [FOLDER] [--quick]` compares another checkpoint. The text is what this
repository says of itself; for the bundled model there are also sentences in its own language that it was not
trained on.
"""

import argparse
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .table import Report

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md")
MOST_TOKENS = {False: 20_000, True: 1500}


def measure(quick: bool, source: str = "bundled") -> Report:
    """A note for each text and each number of bits."""
    import torch

    from homewit.llm import Engine
    from homewit.llm.quantization.checkpoint import quantize_checkpoint
    from homewit.llm.quantization.quality import compare

    original = Engine.load(source, dtype="bfloat16", device="cpu")
    notes = []
    for name, pieces in texts(original, source, MOST_TOKENS[quick]):
        for bits in (8, 4):
            with tempfile.TemporaryDirectory() as folder:
                quantize_checkpoint(original.info.path, Path(folder) / "packed", bits)
                packed = Engine.load(Path(folder) / "packed", device="cpu")
                with torch.inference_mode():
                    found = compare(original.logits, packed.logits, pieces)
            notes.append(
                f"{name}, {found.tokens} tokens, {bits} bits: perplexity {found.perplexity:.4g} instead of "
                f"{found.original_perplexity:.4g} ({found.ratio - 1:+.2%}), divergence "
                f"{found.divergence:.4f} nats, the same token likeliest in {found.agreement:.1%}"
            )
    return Report(f"quality: {original.info.name}, packed beside bfloat16", (), notes)


def texts(engine: Any, source: str, most: int) -> list[tuple[str, list[Sequence[int]]]]:
    """Name and pieces of each text."""
    from homewit.llm.quantization.quality import windows

    paths = [path for pattern in DOCUMENTS for path in sorted(ROOT.glob(pattern))]
    ids = engine.tokenizer.encode("\n".join(path.read_text(encoding="utf-8") for path in paths))[:most]
    found = [("documents", list(windows(ids)))]
    if source == "bundled":
        found.append(("its own language", own_language(engine, most)))
    return found


def own_language(engine: Any, most: int) -> list[Sequence[int]]:
    """Requests and their answers with frames and words that were held back from training."""
    from tokenizers import Tokenizer

    from homewit.llm.training.examples import Mixture, Splits

    tokenizer = Tokenizer.from_file(str(engine.info.path / "tokenizer.json"))
    mixture, rng = Mixture(Splits(frames=True, words=True)), random.Random(11)
    pieces: list[Sequence[int]] = []
    while sum(map(len, pieces)) < most:
        pieces.append(tokenizer.encode(mixture.draw(rng).text).ids[:500])
    return pieces


def main() -> None:
    """Read the command line and print the report."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.quality", description="What packing weights costs."
    )
    parser.add_argument("source", nargs="?", default="bundled", help="a folder with a checkpoint")
    parser.add_argument("--quick", action="store_true", help="few tokens; rough figures")
    chosen = parser.parse_args()
    print(measure(chosen.quick, chosen.source).render())


if __name__ == "__main__":
    main()
