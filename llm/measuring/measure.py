"""Measures one checkpoint on this machine, as its users meet it: through `Engine.generate`, text and all.

Prompts are random tokens that are no control tokens, nothing is guessed ahead, and an end of text is made all
but impossible, so that every answer is as long as asked. It knows neither peers nor how numbers are shown.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from statistics import median
from time import perf_counter

import torch

from .. import torch_start
from ..engine import Engine
from ..generation import MAX_BIAS, SamplingParams
from ..kernels import library
from ..kernels.reading import ReadSpeed
from .plan import Plan, plan
from .process_memory import process_memory
from .result import Decode, Measurement, Memory, Prefill

FIRST = 16  # tokens of the first request

Tell = Callable[[str], None]


def measure(load: Callable[[], Engine], quick: bool = False, tell: Tell = lambda _: None) -> Measurement:
    """Load and measure; `tell` hears what goes on.

    Raises the `LLMError`s of loading, and `CacheFull` when the cache is too small for its context.
    """
    tell("loading the model")
    started = perf_counter()
    engine = load()
    load_s = perf_counter() - started
    steps, prompts = plan(engine.info.context, quick), _Prompts(engine)
    tell(f"reading {steps.prefill:,} tokens, {steps.rounds} times")
    first = prompts.take(min(FIRST, steps.prefill))
    first_token_s = _token_times(engine, first, 1)[0]
    prefill_s = median(_token_times(engine, prompts.take(steps.prefill), 1)[0] for _ in range(steps.rounds))
    contexts = [prompts.take(length) for length in steps.held]
    for ids in contexts:
        tell(f"reading {len(ids):,} tokens to decode behind")
        _token_times(engine, ids, steps.tokens + 1)
    peak, held = process_memory()  # before the block that is read for comparison takes its share
    sizes = engine.footprint()
    decode, read_bytes_per_s = _decode(engine, contexts, steps, tell)
    return Measurement(
        model=engine.info.name,
        dtype=engine.info.dtype,
        parameters=engine.info.parameters,
        context=engine.info.context,
        device=engine.device.type,
        threads=torch.get_num_threads(),
        kernels=_level(engine),
        load_s=load_s,
        first_prompt=len(first),
        first_token_s=first_token_s,
        prefill=Prefill(steps.prefill, prefill_s, steps.prefill / prefill_s),
        decode=decode,
        memory=Memory(peak, held, sizes.weights, sizes.cache),
        read_bytes_per_s=read_bytes_per_s,
        notes=(*steps.notes, *_ended(contexts, decode), *_notes(engine)),
    )


class _Prompts:
    """Random tokens, each prompt beginning with another, so that nothing of it is in the cache already."""

    def __init__(self, engine: Engine) -> None:
        tokenizer = engine.tokenizer
        left_out = tokenizer.control_ids | tokenizer.eos_ids
        self._ids = [
            token
            for token in range(engine.spec.vocab)
            if token not in left_out and tokenizer.token_text(token) is not None
        ] or [0]
        torch_start.complete()
        self._random = torch.Generator().manual_seed(0)
        self._beginnings = cycle(torch.randperm(len(self._ids), generator=self._random).tolist())

    def take(self, length: int) -> list[int]:
        rest = torch.randint(len(self._ids), (length - 1,), generator=self._random).tolist()
        return [self._ids[index] for index in (next(self._beginnings), *rest)]


def _token_times(engine: Engine, ids: Sequence[int], count: int) -> list[float]:
    """Seconds from the request until each of `count` tokens."""
    unending = dict.fromkeys(engine.tokenizer.eos_ids, -MAX_BIAS)
    params = SamplingParams(max_tokens=count, drafts=0, logit_bias=unending)
    started, times = perf_counter(), []
    for chunk in engine.generate(ids, params):
        times += [perf_counter() - started] * len(chunk.tokens)
    return times


def _decode(
    engine: Engine, contexts: Sequence[Sequence[int]], steps: Plan, tell: Tell
) -> tuple[tuple[Decode, ...], float | None]:
    """Decoding behind each of `contexts`, and the bytes that the machine reads per second.

    The two take turns, because a machine is not as fast at every moment. Lengths at which an end of text came
    all the same, so that there was no second token, are left out.
    """
    times: list[list[float]] = [[] for _ in contexts]
    speeds: list[float] = []
    reading = ReadSpeed(steps.block) if _level(engine) is not None else None
    for number in range(steps.rounds):
        tell(f"decoding, round {number + 1} of {steps.rounds}")
        for ids, seconds in zip(contexts, times, strict=True):
            at = _token_times(engine, ids, steps.tokens + 1)
            seconds += [(at[-1] - at[0]) / (len(at) - 1)] if len(at) > 1 else []
            speeds += [reading.measure()] if reading is not None else []
    speed = median(speeds) if speeds else None
    found = [
        _decoded(engine, len(ids), steps.tokens, median(seconds), speed)
        for ids, seconds in zip(contexts, times, strict=True)
        if seconds
    ]
    return tuple(found), speed


def _decoded(engine: Engine, held: int, tokens: int, seconds: float, speed: float | None) -> Decode:
    size = engine.footprint(held).token
    share = None if speed is None else size / seconds / speed
    return Decode(held, tokens, seconds, 1 / seconds, size, share)


def _level(engine: Engine) -> str | None:
    """The level of the kernels, where the model is on the CPU and there are any."""
    return library.level() if engine.device.type == "cpu" and library.available() else None


def _ended(contexts: Sequence[Sequence[int]], decode: Sequence[Decode]) -> Iterator[str]:
    for missing in {len(ids) for ids in contexts} - {each.held for each in decode}:
        yield f"{missing:,} tokens held: not measured, because the model ended its text at once"


def _notes(engine: Engine) -> Iterator[str]:
    if engine.device.type != "cpu":
        yield "read bandwidth: measured for models on the CPU alone"
        return
    try:
        library.open_library()
    except library.KernelsUnavailable as error:
        yield f"read bandwidth: not measured, because {error}"
        return
    if not engine.is_native:
        yield "decoding: by PyTorch, because the native kernels do not run this kind of model"
