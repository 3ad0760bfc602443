"""``python -m homewit.llm.training``: tokenizer, training, export, evaluation. Run it again to resume.

``--export`` and ``--evaluate`` do only that, from the state that is there.
"""

import argparse
import ctypes
import signal
from pathlib import Path

import torch
from tokenizers import Tokenizer

from ..compact_reader import CompactReader
from ..decoder import Decoder
from ..engine import Engine
from .batches import BatchMaker
from .card import write_card
from .evaluation import CELLS, Evaluation, load_handwritten, summary
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
    for cell, row in [*tables["generated"].items(), *tables["handwritten"].items()]:
        print(
            f"{cell:40} {row['items']:5.0f}  route {row['route']:6.1%}  name {row['name']:6.1%}  exact {row['exact']:6.1%}"
        )
    write_json(checkpoint / "evaluation.json", tables)
    progress = read_progress(folder / "state.safetensors")
    write_card(checkpoint, tables, progress, Recipe(), engine.info.parameters)


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
    options = parser.parse_args()
    everything = not (options.export or options.evaluate)
    if everything:
        train(options.folder, Recipe(tokens=options.tokens))
    if everything or options.export:
        export(options.folder, options.target)
    if everything or options.evaluate:
        evaluate(options.target, options.folder, options.items, options.misses)


if __name__ == "__main__":
    main()
