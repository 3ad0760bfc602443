"""``python -m homewit.llm.training``: tokenizer, training, export, evaluation. Run it again to resume.

``--export``, ``--evaluate`` and ``--development`` do only that, from the state or checkpoint that is there.
"""

import argparse
import ctypes
import signal
from collections.abc import Mapping
from pathlib import Path

import torch
from tokenizers import Tokenizer

from ..compact.reader import CompactReader
from ..engine import Engine
from ..network.decoder import Decoder
from .batches import BatchMaker
from .card import write_card
from .evaluation import CELLS, DEVELOPMENT, Evaluation, load_handwritten, summary
from .examples import Mixture
from .export import export
from .loop import Recipe, Trainer, compiled_loss, read_progress
from .recipe import bundled_spec, write_json
from .vocabulary import save_tokenizer, train_tokenizer

RUNS = Path(__file__).parent / "runs"
BUNDLED = Path(__file__).parents[1] / "bundled"


def prepare_process() -> None:
    """Keep the processor on arithmetic: no denormal numbers, and freed memory is kept for the next step.

    A polite end (SIGTERM) saves the state, as Ctrl-C does.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    torch.set_flush_denormal(True)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc only; elsewhere the allocator keeps memory by itself.
        trim_threshold, mmap_threshold = -1, -3
        mallopt(trim_threshold, 2**31 - 1)
        mallopt(mmap_threshold, 2**30)


def train(folder: Path, recipe: Recipe) -> None:
    prepare_process()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tokenizer.json"
    if not path.exists():
        save_tokenizer(train_tokenizer(recipe.seed), folder)
    decoder = Decoder(bundled_spec())
    decoder.initialize(recipe.seed)
    print(
        f"{sum(p.numel() for p in decoder.parameters()):,} parameters, {torch.get_num_threads()} threads",
        flush=True,
    )
    batches = BatchMaker(Mixture(), Tokenizer.from_file(str(path)), recipe.batch_tokens, recipe.max_length)
    trainer = Trainer(decoder, batches, recipe, folder, compiled_loss())
    if trainer.resume():
        print(f"resumed at {trainer.progress.tokens / 1e6:.2f}M tokens", flush=True)
    trainer.run()


def evaluate(checkpoint: Path, folder: Path, count: int, misses: bool) -> None:
    """Measure every cell, print one line each, and keep figures and model card beside the checkpoint."""
    engine = Engine.load(checkpoint)
    evaluation = Evaluation(CompactReader(engine))
    outcomes = [outcome for cell in CELLS for outcome in evaluation.generated(cell, count)]
    by_hand = list(evaluation.handwritten(load_handwritten()))
    tables = {"generated": summary(outcomes), "handwritten": summary(by_hand)}
    for outcome in outcomes:
        if misses and not outcome.right:
            print(f"{outcome.cell}: {outcome.shown}")
    for table in tables.values():
        print_table(table)
    write_json(checkpoint / "evaluation.json", tables)
    progress = read_progress(folder / "state.safetensors")
    write_card(checkpoint, tables, progress, Recipe(), engine.info.parameters)


def show_development(checkpoint: Path) -> None:
    """Every miss among the utterances that may be looked at, and the shares of each cell."""
    evaluation = Evaluation(CompactReader(Engine.load(checkpoint)))
    outcomes = list(evaluation.handwritten(load_handwritten(DEVELOPMENT)))
    for outcome in outcomes:
        if not outcome.right:
            print(f"{outcome.cell}: {outcome.shown}")
    print_table(summary(outcomes))


def print_table(table: Mapping[str, Mapping[str, float]]) -> None:
    for cell, row in table.items():
        shares = "  ".join(f"{column} {row[column]:6.1%}" for column in ("route", "name", "exact"))
        print(f"{cell:40} {row['items']:5.0f}  {shares}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m homewit.llm.training", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=RUNS / "bundled", help="where state and tokenizer are kept"
    )
    parser.add_argument("--tokens", type=int, default=Recipe().tokens, help="tokens to have seen at the end")
    parser.add_argument("--target", type=Path, default=BUNDLED, help="where the checkpoint is exported to")
    parser.add_argument("--export", action="store_true", help="only export")
    parser.add_argument("--evaluate", action="store_true", help="only evaluate the exported checkpoint")
    parser.add_argument("--items", type=int, default=300, help="items per generated cell")
    parser.add_argument("--misses", action="store_true", help="print the misses of the generated cells")
    parser.add_argument(
        "--development", action="store_true", help="only show the misses in development.jsonl"
    )
    options = parser.parse_args()
    everything = not (options.export or options.evaluate or options.development)
    if everything:
        train(options.folder, Recipe(tokens=options.tokens))
    if everything or options.export:
        export(options.folder, options.target)
    if everything or options.evaluate:
        evaluate(options.target, options.folder, options.items, options.misses)
    if options.development:
        show_development(options.target)


if __name__ == "__main__":
    main()
