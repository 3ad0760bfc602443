"""``python -m homewit.llm.training``: tokenizer, training, export. Run it again to resume; evaluation is ``--evaluate``."""

import argparse
import ctypes
from pathlib import Path

import torch
from tokenizers import Tokenizer

from ..decoder import Decoder
from .batches import BatchMaker
from .examples import Mixture
from .loop import Recipe, Trainer
from .recipe import bundled_spec
from .vocabulary import save_tokenizer, train_tokenizer

RUNS = Path(__file__).parent / "runs"


def prepare_process() -> None:
    """Keep the processor on arithmetic: no denormal numbers, and freed memory is kept for the next step."""
    torch.set_flush_denormal(True)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc only; elsewhere the allocator keeps memory by itself.
        trim_threshold, mmap_threshold = -1, -3
        mallopt(trim_threshold, 2**31 - 1)
        mallopt(mmap_threshold, 2**30)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m homewit.llm.training", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS / "bundled", help="where state and tokenizer are kept")
    parser.add_argument("--tokens", type=int, default=Recipe().tokens, help="tokens to have seen at the end")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    prepare_process()
    recipe = Recipe(tokens=options.tokens)
    path = options.folder / "tokenizer.json"
    if not path.exists():
        save_tokenizer(train_tokenizer(recipe.seed), options.folder)
    tokenizer = Tokenizer.from_file(str(path))
    decoder = Decoder(bundled_spec())
    decoder.initialize(recipe.seed)
    print(f"{sum(p.numel() for p in decoder.parameters()):,} parameters, {torch.get_num_threads()} threads", flush=True)
    batches = BatchMaker(Mixture(), tokenizer, recipe.batch_tokens, recipe.max_length)
    trainer = Trainer(decoder, batches, recipe, options.folder)
    if trainer.resume():
        print(f"resumed at {trainer.progress.tokens / 1e6:.2f}M tokens", flush=True)
    trainer.run()


if __name__ == "__main__":
    main()
