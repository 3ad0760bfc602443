"""Decoding and prefill of random decoders on a device, by kernels and by PyTorch's operators.

A token reads all weights once and what its sequence holds, so the floor is what reading as many bytes takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter, sleep
from typing import Any

import torch

from homewit.llm.cache.kv_pages import page_bytes
from homewit.llm.cache.paged_state import PagedState, paged_shapes
from homewit.llm.cache.prefix_cache import CacheLimits, PrefixCache
from homewit.llm.gpu.packing import pack_on_device
from homewit.llm.gpu.step import GpuStep
from homewit.llm.network.decoder import Decoder
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec, RotarySpec

CONTEXT = 4096
PAGE = 32
PATIENCE_S = 120.0  # for kernels to be made


def _llama(width: int, layers: int, heads: tuple[int, int, int], hidden: int, tied: bool) -> ModelSpec:
    layer = LayerSpec(AttentionSpec(*heads, rotary=RotarySpec(theta=500_000.0)), GatedSpec(hidden))
    return ModelSpec(128_256, width, CONTEXT, (layer,) * layers, tie_embeddings=tied)


# The share of measured bandwidth that one request is to reach in bfloat16.
SHAPES = {
    "Llama 8B": (_llama(4096, 32, (32, 8, 128), 14_336, tied=False), 0.70),
    "Llama 1B": (_llama(2048, 16, (32, 8, 64), 8192, tied=True), 0.50),
}


@dataclass(frozen=True, slots=True)
class Device:
    """Where to measure, how a step is made there, and how to wait until it has done what it was told."""

    place: torch.device
    dtype: torch.dtype
    step: Callable[[Decoder, int], GpuStep]
    wait: Callable[[], None]


def random_decoder(spec: ModelSpec, kind: str, device: Device) -> Decoder:
    """Weights as small as trained ones, in the device's format or packed."""
    with torch.device("meta"):
        decoder = Decoder(spec)
    decoder = decoder.to(device.dtype).to_empty(device=device.place)
    random = torch.Generator(device.place).manual_seed(1)
    with torch.no_grad():
        for parameter in decoder.parameters():
            if parameter.ndim == 1:
                parameter.fill_(1.0)
            else:
                parameter.normal_(0.0, 0.02, generator=random)
    decoder.requires_grad_(False).eval()
    if kind != "dense":
        pack_on_device(decoder, kind)
    return decoder


@torch.inference_mode()
def states(decoder: Decoder, count: int, length: int, device: Device) -> list[PagedState]:
    """Sequences that hold `length` random keys and values, with room for more."""
    cache = _cache(decoder, count * (length // PAGE + 8), device)
    made = []
    for _ in range(count):
        state = cache.resume([])
        state.reserve(length)
        for spec, layer in zip(decoder.spec.layers, state.layers, strict=True):
            shape = (2, 1, spec.mixer.kv_heads, length, spec.mixer.head_dim)
            layer.append(*torch.randn(shape, device=device.place).to(device.dtype))
        state.commit([1] * length)
        made.append(state)
    return made


def read_bytes(step: GpuStep, decoder: Decoder, count: int, length: int) -> int:
    """What one pass of a token for each of `count` sequences must read."""
    element = step.model.dtype.itemsize
    cache = sum(2 * layer.mixer.kv_heads * layer.mixer.head_dim * element for layer in decoder.spec.layers)
    return step.model.nbytes + count * length * cache


@torch.inference_mode()
def ready(step: GpuStep, held: Sequence[PagedState]) -> str:
    """Use passes of this size until one was captured; what kept it from being, or nothing."""
    size = step.graphs.size_for(len(held))
    until = monotonic() + PATIENCE_S
    while size is not None and monotonic() < until:
        if size in step.graphs.problems:
            return step.graphs.problems[size]
        for state in held:
            state.reserve(1)
        step.hidden([[1]] * len(held), held, [1] * len(held))
        if step.graphs.captured(size):
            return ""
        sleep(0.02)
    return f"no graph after {PATIENCE_S:.0f} s"


@torch.inference_mode()
def by_kernels(step: GpuStep, held: Sequence[PagedState], tokens: int) -> float:
    """Seconds of a pass, over `tokens` greedy ones."""

    def one(ids: list[list[int]]) -> torch.Tensor:
        found = step.hidden(ids, held, [1] * len(held))
        if found is None:
            raise RuntimeError(f"a pass was not taken: {step.graphs.problems}")
        return step.project(torch.cat(found))

    return _decoded(held, tokens, one)


@torch.inference_mode()
def by_operators(decoder: Decoder, held: Sequence[PagedState], tokens: int) -> float:
    """The same by the decoder itself."""
    place = decoder.embedding.weight.device

    def one(ids: list[list[int]]) -> torch.Tensor:
        rows = [torch.tensor([each], device=place) for each in ids]
        if len(held) == 1:
            return decoder.project(decoder.hidden(rows[0], held[0])[0])
        return decoder.project(torch.cat(decoder.hidden_joined(rows, held), dim=1)[0])

    return _decoded(held, tokens, one)


@torch.inference_mode()
def prefill(decoder: Decoder, length: int, device: Device) -> float:
    """Seconds of reading a prompt of `length` tokens."""
    state = _cache(decoder, length // PAGE + 4, device).resume([])
    state.reserve(length)
    ids = torch.randint(0, decoder.spec.vocab, (1, length), device=device.place)
    device.wait()
    started = perf_counter()
    decoder.project(decoder.hidden(ids, state)[:, -1]).argmax().item()
    return perf_counter() - started


def _cache(decoder: Decoder, pages: int, device: Device) -> PrefixCache:
    """Room for so many pages."""
    size = page_bytes(paged_shapes(decoder.spec, CONTEXT), PAGE, device.dtype, int8=False)
    limits = CacheLimits(pages * size, PAGE)
    return PrefixCache(decoder.spec, CONTEXT, device.dtype, device.place, limits)


def _decoded(held: Sequence[PagedState], tokens: int, one: Callable[[list[list[int]]], Any]) -> float:
    lengths = [state.length for state in held]
    ids = [[1] for _ in held]
    started = perf_counter()
    for _ in range(tokens):
        for state in held:
            state.reserve(1)
        following = one(ids).argmax(-1).tolist()
        for state, each in zip(held, ids, strict=True):
            state.commit(each)
        ids = [[token] for token in following]
    seconds = perf_counter() - started
    for state, length in zip(held, lengths, strict=True):
        state.rewind(length)
    return seconds / tokens
