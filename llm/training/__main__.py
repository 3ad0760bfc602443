"""``python -m homewit.llm.training``: tokenizer, training, export. Run it again to resume; evaluation is ``--evaluate``."""

import argparse
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m homewit.llm.training", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS / "bundled", help="where state and tokenizer are kept")
    parser.add_argument("--tokens", type=int, default=Recipe().tokens, help="tokens to have seen at the end")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
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
