"""Random decoders of a few thousand weights, and greedy decoding with them, for tests of the runtime."""

import time
from collections.abc import Sequence

import torch

from homewit.llm.cache.prefix_cache import CacheLimits, PrefixCache
from homewit.llm.cache.prefix_files import PrefixFiles
from homewit.llm.network.decoder import Decoder
from homewit.llm.serving.passes import DecodeStep, passes_of
from homewit.llm.serving.schedule import Limits, Priority
from homewit.llm.serving.scheduler import Scheduler
from homewit.llm.serving.sequence import SequenceHandle
from homewit.llm.spec import (
    AttentionSpec,
    ExpertsSpec,
    FeedForward,
    GatedDeltaSpec,
    GatedSpec,
    LayerSpec,
    Mixer,
    ModelSpec,
    ShortConvolutionSpec,
    StateSpaceSpec,
)

VOCAB = 96
CONTEXT = 512
PAGE = 8
SNAPSHOT_SHARE = 1024  # stands for the bytes of a page where no layer has any
FULL = AttentionSpec(4, 2, 8)
WINDOW = AttentionSpec(4, 2, 8, window=16)
DELTA = GatedDeltaSpec(2, 4, 8, 8, kernel=4)
SPACE = StateSpaceSpec(4, 16, 8, groups=2, kernel=4)
KINDS: dict[str, tuple[Mixer, ...]] = {
    "full": (FULL, FULL),
    "window": (FULL, WINDOW, WINDOW),
    "windows only": (WINDOW, WINDOW),
    "delta rule": (DELTA, FULL, DELTA),
    "state space": (SPACE, SPACE),
    "convolution": (ShortConvolutionSpec(3), FULL),
    "experts": (FULL, FULL),
}
FEED_FORWARDS: dict[str, FeedForward] = {"experts": ExpertsSpec(5, 2, 24)}


def tiny_decoder(kind: str = "full", vocab: int = VOCAB) -> Decoder:
    """Weights large enough that the likeliest token depends on every token before it."""
    ffn = FEED_FORWARDS.get(kind, GatedSpec(48))
    decoder = Decoder(ModelSpec(vocab, 32, CONTEXT, tuple(LayerSpec(mixer, ffn) for mixer in KINDS[kind])))
    decoder.initialize(seed=5)
    with torch.no_grad():
        for parameter in decoder.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8)
    return decoder.requires_grad_(False)


def tiny_cache(
    decoder: Decoder, pages: int = 400, int8: bool = False, files: PrefixFiles | None = None
) -> PrefixCache:
    """A cache of `pages` pages; with layers that keep snapshots, they get as much again."""
    weight = decoder.embedding.weight
    probe = PrefixCache(decoder.spec, CONTEXT, weight.dtype, weight.device, CacheLimits(1 << 20, PAGE, int8))
    memory = pages * (probe.page_bytes or SNAPSHOT_SHARE) * (2 if probe.stateful else 1)
    limits = CacheLimits(memory, PAGE, int8)
    return PrefixCache(decoder.spec, CONTEXT, weight.dtype, weight.device, limits, b"tiny" * 4, files)


def tiny_scheduler(
    decoder: Decoder,
    pages: int = 400,
    int8: bool = False,
    limits: Limits | None = None,
    files: PrefixFiles | None = None,
    step: DecodeStep | None = None,
) -> tuple[Scheduler, PrefixCache]:
    """A scheduler over a `tiny_cache`."""
    cache = tiny_cache(decoder, pages, int8, files)
    return Scheduler(cache, passes_of(decoder, step), limits), cache


def expected(decoder: Decoder, prompt: Sequence[int], count: int) -> list[int]:
    """Greedy tokens without any cache."""
    ids = list(prompt)
    for _ in range(count):
        ids.append(int(decoder(torch.tensor([ids]))[0, -1].argmax()))
    return ids[len(prompt) :]


def greedy(
    scheduler: Scheduler,
    decoder: Decoder,
    prompt: Sequence[int],
    count: int,
    priority: Priority = Priority.INTERACTIVE,
    boundaries: Sequence[int] = (),
) -> tuple[list[int], SequenceHandle]:
    """Greedy tokens through the scheduler, and the closed sequence with its counters."""
    ids = list(prompt)
    with SequenceHandle(scheduler, priority, boundaries, len(ids) + count) as sequence:
        for _ in range(count):
            ids.append(following(decoder, sequence, ids))
    return ids[len(prompt) :], sequence


def following(decoder: Decoder, sequence: SequenceHandle, ids: Sequence[int]) -> int:
    """The likeliest token behind `ids`."""
    states = None
    while states is None:
        states = sequence.advance(ids)
    with torch.inference_mode():
        return int(decoder.project(states)[0].argmax())


def await_questions(scheduler: Scheduler, count: int) -> None:
    """Wait until `count` sequences have asked. Held meanwhile, `scheduler.model` has them share a pass."""
    while len(scheduler._queue) < count:
        time.sleep(0.001)


def random_ids(count: int, seed: int) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, VOCAB, (count,), generator=generator).tolist()
