"""The engine beside llama.cpp and transformers: the same random weights, each engine in its own process.

Three sizes of models that people run on a CPU, each in bfloat16, int8 and int4 here, and in F16, Q8_0 and
Q4_0 there. Each side reads 512 new tokens, then decodes behind 512 and 4,096 held ones.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any

from .checkpoints import Pair, checkpoint_folder, packed, write_pair
from .contest import ContenderFailed, Process
from .kernels import reading
from .rounds import in_turn
from .shapes import SHAPES
from .table import Report, Row

PRECISIONS = {"bf16": "F16", "int8": "Q8_0", "int4": "Q4_0"}
HELD = (512, 4096)
PREFILL = 512
CONTEXT = 4096 + 512
MEBIBYTE = 1 << 20
ALLOWED_MB = 300  # beyond weights and cache
PREFILL_TARGET = 1 / 1.2
BANDWIDTH_TARGET = 0.85


def measure(quick: bool, only: str = "") -> Report:
    """A row for each shape, precision, work and peer; `quick` takes the smallest shape alone.

    `only` keeps the models in whose name (`Qwen3 0.6B int8`) it is found.
    """
    rows: list[Row] = []
    notes: list[str] = []
    with checkpoint_folder() as checkpoints:
        for shape in list(SHAPES)[: 1 if quick else None]:
            precisions = [precision for precision in PRECISIONS if only in f"{shape} {precision}"]
            if not precisions:
                continue
            try:
                pair = write_pair(checkpoints, shape)
            except ImportError as error:
                pair = write_pair(checkpoints, shape, kinds=())
                notes.append(f"llama.cpp was left out: {error}. `make bench` installs it.")
            for precision in precisions:
                try:
                    found = list(contest(shape, precision, pair, quick))
                except ContenderFailed as error:
                    notes.append(f"{shape} {precision}: not measured. {error}")
                    continue
                rows += [one for one in found if isinstance(one, Row)]
                notes += [one for one in found if isinstance(one, str)]
    return Report("peers: one request, each engine in a process of its own", rows, notes)


def contest(shape: str, precision: str, pair: Pair, quick: bool) -> Iterator[Row | str]:
    """All rows and notes of one model in one precision."""
    repeats, tokens = (1, 16) if quick else (3, 32)
    kind = PRECISIONS[precision]
    small = SHAPES[shape] is next(iter(SHAPES.values()))
    with ExitStack() as stack:
        engines = [stack.enter_context(Process("homewit", packed(pair.hf, precision), CONTEXT))]
        if kind in pair.gguf:
            engines.append(stack.enter_context(Process("llama.cpp", pair.gguf[kind], CONTEXT)))
        if precision == "bf16" and small:  # the larger ones would take it half an hour
            engines.append(stack.enter_context(Process("transformers", pair.hf, CONTEXT)))
        names = [engine.name for engine in engines]
        work = f"{shape} {precision}, read {PREFILL}"
        times = in_turn(repeats, *(engine.measure(prefill=PREFILL, seed=0) for engine in engines))
        yield from beside(work, names, times, PREFILL_TARGET)
        for held in HELD:
            limit = 1 / 1.5 if small else 1.0
            work = f"{shape} {precision}, token behind {held}"
            asked = [engine.measure(decode=tokens, held=held) for engine in engines]
            size = token_bytes(shape, precision, held)
            *times, reads = in_turn(repeats, *asked, reading(size))
            yield from beside(work, names, times, limit)
            share = median(reads) / median(times[0])
            wanted = "" if small else f", wanted {BANDWIDTH_TARGET:.0%}"
            yield (
                f"{work}: {1 / median(times[0]):.1f} tokens/s, {share:.0%} of reading {size / 1e6:.0f} MB "
                f"at {size / median(reads) / 1e9:.1f} GB/s{wanted}"
            )
        weights, cache = token_bytes(shape, precision, 0), cache_bytes(shape, HELD[-1])
        peaks = {engine.name: engine.ask(memory=True)["peak"] // MEBIBYTE for engine in engines}
        yield (
            f"{shape} {precision}: peak memory {listed(peaks, 'MB')}; weights and cache take "
            f"{(weights + cache) // MEBIBYTE} MB, wanted {(weights + cache) // MEBIBYTE + ALLOWED_MB} at most"
        )
        starts = {engine.name: f"{engine.start_s:.1f}" for engine in engines}
        yield f"{shape} {precision}: from nothing to the first token {listed(starts, 's')}"


def beside(work: str, names: list[str], times: list[list[float]], target: float) -> Iterator[Row]:
    """Rows of Homewit, the first, beside each of the others."""
    if len(names) == 1:
        yield Row(work, times[0])
    for name, values in zip(names[1:], times[1:], strict=True):
        yield Row(work, times[0], name, values, target if name == "llama.cpp" else None)


def listed(values: dict[str, Any], unit: str) -> str:
    """`Homewit 1 MB, llama.cpp 2 MB`."""
    return ", ".join(f"{name} {value} {unit}" for name, value in values.items())


def token_bytes(shape: str, precision: str, held: int) -> int:
    """What decoding one token has to read: all weights once, and the keys and values of what is held."""
    import torch

    from homewit.llm.network.decoder import Decoder
    from homewit.llm.quantization.convert import describe, empty_packed

    with torch.device("meta"):
        decoder = Decoder(SHAPES[shape]).bfloat16()
    if precision != "bf16":
        empty_packed(decoder, describe(8 if precision == "int8" else 4))
        return sum(t.nbytes for t in (*decoder.parameters(), *decoder.buffers())) + cache_bytes(shape, held)
    return sum(parameter.nbytes for parameter in decoder.parameters()) + cache_bytes(shape, held)


def cache_bytes(shape: str, held: int) -> int:
    """Keys and values of `held` tokens in bfloat16."""
    return sum(4 * layer.mixer.kv_heads * layer.mixer.head_dim for layer in SHAPES[shape].layers) * held
