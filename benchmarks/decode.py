"""Decoding one token at a time with random weights of usual sizes, beside reading what a token must read.

What must be read are all weights once and the keys and values of every token held. The time that reading as
many bytes takes, in the same run with the same threads, is the floor; the ratio says how close decoding comes
to it.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from .kernels import reading
from .rounds import in_turn
from .shapes import SHAPES, filled_state, random_decoder
from .table import Report, Row

LENGTHS = (512, 4096)
TOKENS = {False: 24, True: 3}  # of one measurement; its time is that of one of them


def measure(quick: bool) -> Report:
    """Each shape in bfloat16, int8 and int4, at two lengths of what is held."""
    from homewit.llm.kernels import library

    try:
        library.open_library()
    except library.KernelsUnavailable as error:
        return Report("decode", (), (f"Not measured: {error}. {error.fix}",))
    import torch

    rows, notes = [], []
    for shape, spec in SHAPES.items():
        if quick and shape != next(iter(SHAPES)):
            continue
        for name, decoder in stored(spec):
            for length in LENGTHS:
                ours, theirs, size = one(decoder, length, quick)
                rows.append(Row(f"{shape} {name}, {length} held", ours, "reading it", theirs))
                notes.append(
                    f"{shape} {name}, {length} held: {1 / sorted(ours)[len(ours) // 2]:.0f} tokens/s, "
                    f"{size / 1e6:.0f} MB a token, read at up to {size / min(theirs) / 1e9:.1f} GB/s"
                )
    title = f"decode: level {library.level()}, {torch.get_num_threads()} threads, each token"
    return Report(title, rows, notes)


def stored(spec: Any) -> Any:
    """The same random weights in each form, one after the other."""
    from homewit.llm.kernels.large_pages import LargePages, offered
    from homewit.llm.quantization.convert import describe, pack_decoder

    for bits in (None, 8, 4):
        decoder = random_decoder(spec)
        if bits is not None:
            pack_decoder(decoder, describe(bits), with_embedding=True)
        if offered():
            pages = LargePages()
            decoder._apply(pages.keep)
        yield "bfloat16" if bits is None else f"int{bits}", decoder


def one(decoder: Any, length: int, quick: bool) -> tuple[list[float], list[float], int]:
    """Seconds per token, seconds of reading as much, and how much that is."""
    state = filled_state(decoder, length)
    cache = sum(2 * spec.mixer.kv_heads * spec.mixer.head_dim * 2 for spec in decoder.spec.layers) * length
    size = weight_bytes(decoder) + cache
    ours, theirs = in_turn(2 if quick else 7, tokens(decoder, state, TOKENS[quick]), reading(size))
    return ours, theirs, size


def weight_bytes(decoder: Any) -> int:
    """Of everything that is read for a token: all but the embeddings of other tokens."""
    held = {t.data_ptr(): t.nbytes for t in (*decoder.parameters(), *decoder.buffers())}
    if decoder.head is not None and decoder.embedding.weight.numel():
        del held[decoder.embedding.weight.data_ptr()]
    return sum(held.values())


def tokens(decoder: Any, state: Any, count: int) -> Callable[[int], float]:
    """Seconds of one greedy token, over `count` of them; the state is left as long as it was."""
    import torch

    from homewit.llm.serving.native import NativeDecoding

    native = NativeDecoding(decoder)

    @torch.inference_mode()
    def decode(number: int) -> float:
        held = state.length
        token = 1
        started = perf_counter()
        for _ in range(count):
            state.reserve(1)
            states = native.hidden([[token]], [state], [1])
            state.commit([token])
            token = int(native.project(states[0]).argmax())
        seconds = perf_counter() - started
        state.rewind(held)
        return seconds / count

    return decode
