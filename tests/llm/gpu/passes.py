"""Passes without a device: steps on the CPU, graphs that compute again what they captured, caches of any
kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from homewit.llm.cache.paged_state import PagedState
from homewit.llm.cache.prefix_cache import CacheLimits, PrefixCache
from homewit.llm.gpu.operators import Operators
from homewit.llm.gpu.step import GpuStep
from homewit.llm.network.decoder import Decoder
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec, RotarySpec

from ..tiny import CONTEXT, PAGE, VOCAB

WIDTH, HIDDEN = 32, 48
LLAMA = AttentionSpec(4, 2, 8)
QWEN = AttentionSpec(6, 2, 16, qkv_bias=True, qk_norm=True, rotary=RotarySpec(1e6))
LOCAL = AttentionSpec(4, 1, 16, qk_norm=True, rotary=RotarySpec(1e4), window=16, scale=0.2)
GLOBAL = replace(LOCAL, rotary=RotarySpec(1e6, "linear", 8.0), window=None)
PARTIAL = AttentionSpec(4, 4, 16, rotary=RotarySpec(dims=8))


def _spec(*mixers: AttentionSpec, **options) -> ModelSpec:
    layers = tuple(LayerSpec(mixer, GatedSpec(HIDDEN)) for mixer in mixers)
    return ModelSpec(VOCAB, WIDTH, CONTEXT, layers, **options)


_GEMMA = tuple(
    LayerSpec(mixer, GatedSpec(HIDDEN, activation="gelu_tanh"), post_norms=True)
    for mixer in (LOCAL, GLOBAL, LOCAL)
)
SPECS = {
    "like llama": _spec(LLAMA, LLAMA),
    "like qwen3": _spec(QWEN, QWEN, tie_embeddings=True),
    "like gemma3": ModelSpec(
        VOCAB, WIDTH, CONTEXT, _GEMMA, tie_embeddings=True, norm="rms_one_plus", embedding_scale=WIDTH**0.5
    ),
    "partly rotated": _spec(PARTIAL, replace(PARTIAL, rotary=None)),
}


def decoder_of(spec: ModelSpec, dtype: torch.dtype = torch.float32) -> Decoder:
    """Weights large enough that the likeliest token depends on every token before it; norms that are not
    one.
    """
    decoder = Decoder(spec)
    decoder.initialize(seed=5)
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for parameter in decoder.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8)
            else:
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return decoder.to(dtype).requires_grad_(False).eval()


class Replay:
    """A graph that computes again what was captured."""

    def __init__(self, run: Callable[[], None]) -> None:
        self.run = run
        self.replays = 0

    def replay(self) -> None:
        self.replays += 1
        self.run()


def at_once(work: Callable[[], None]) -> None:
    """The background of a test."""
    work()


def step_for(
    decoder: Decoder,
    operators: Operators,
    background: Callable[[Callable[[], None]], None] = at_once,
    graphs: list[Replay] | None = None,
) -> GpuStep:
    """A step whose kernels need no making and whose graphs are replays, which are added to `graphs`."""
    made = [] if graphs is None else graphs

    def capture(run: Callable[[], None]) -> Replay:
        made.append(Replay(run))
        return made[-1]

    return GpuStep(decoder, CONTEXT // PAGE, operators, lambda step, size: None, capture, background)


def warmed(step: GpuStep, cache: PrefixCache, size: int) -> None:
    """Have `step` prepare and capture passes of `size` rows, with a pass that nobody uses."""
    state = cache.resume([])
    state.reserve(size)
    step.hidden([[1] * size], [state], [1])
    state.release()


def cache_for(decoder: Decoder) -> PrefixCache:
    """Room for eight contexts."""
    weight = decoder.embedding.weight
    probe = PrefixCache(decoder.spec, CONTEXT, weight.dtype, weight.device, CacheLimits(1 << 20, PAGE))
    limits = CacheLimits(2 * 8 * (CONTEXT // PAGE) * probe.page_bytes, PAGE)
    return PrefixCache(decoder.spec, CONTEXT, weight.dtype, weight.device, limits)


def read(decoder: Decoder, state: PagedState, ids: Sequence[int]) -> None:
    """Have the decoder read `ids`."""
    state.reserve(len(ids))
    decoder.hidden(torch.tensor([ids]), state)
    state.commit(ids)


def scattered(decoder: Decoder, cache: PrefixCache, prompts: Sequence[Sequence[int]]) -> list[PagedState]:
    """States that hold `prompts`, in pages that they took in turn."""
    states = [cache.resume([]) for _ in prompts]
    for start in range(0, max(map(len, prompts)), PAGE):
        for state, prompt in zip(states, prompts, strict=True):
            if piece := prompt[start : start + PAGE]:
                read(decoder, state, piece)
    return states


def final_states(decoder: Decoder, ids: Sequence[int], count: int) -> Tensor:
    """What the decoder makes of the last `count` of `ids`, without a cache."""
    return decoder.hidden(torch.tensor([ids]))[0, -count:]
