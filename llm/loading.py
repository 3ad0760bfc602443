"""From a checkpoint's name to a decoder with its cache: number formats, device, context and memory.

What a caller leaves open is decided here, and what cannot be had is refused here, before weights are read. It
knows nothing of tokenizers, prompts or requests.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import torch

from . import torch_start
from .cache.kv_pages import page_bytes
from .cache.options import MEBIBYTE, CacheOptions, default_memory_mb
from .cache.paged_state import paged_shapes
from .cache.prefix_cache import MIN_PAGES, PAGE_TOKENS, CacheLimits, PrefixCache
from .cache.prefix_files import PrefixFiles
from .errors import RequestError, UnsupportedError
from .families import Blueprint, blueprint_from_config, read_config
from .info import ModelInfo, describe, locate
from .network.decoder import Decoder
from .quantization.config import Quantization, quantization_of
from .quantization.loading import Quantize, check_quantize, load_decoder
from .serving.native import native_decoding
from .serving.passes import DecodeStep
from .serving.runner import Runner
from .spec import ModelSpec
from .weights.fingerprint import fingerprint

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# Below this a model decodes as fast in float32, whose results are the same on every machine.
SMALL_PARAMETERS = 100_000_000
STATE_FORMAT = "states 1"  # changes when states that were stored before must not be read any more


@dataclass(frozen=True, slots=True)
class Choices:
    """What is decided about a checkpoint before its weights are read."""

    folder: Path
    blueprint: Blueprint
    stored: Quantization | None
    info: ModelInfo
    dtype: torch.dtype
    place: torch.device
    context: int
    context_asked: bool
    """Whether the caller named the context, which is then held whole or refused."""


class LoadRunner(Protocol):
    """A way from a checkpoint's name to a runner; `load_runner` is the usual one."""

    def __call__(
        self,
        source: str | Path,
        dtype: str | torch.dtype,
        quantize: Quantize | None,
        device: str,
        context: int | None,
        options: CacheOptions,
    ) -> tuple[Runner, ModelInfo, PrefixFiles | None]: ...


def load_runner(
    source: str | Path,
    dtype: str | torch.dtype,
    quantize: Quantize | None,
    device: str,
    context: int | None,
    options: CacheOptions,
) -> tuple[Runner, ModelInfo, PrefixFiles | None]:
    """A decoder that is ready to run, what it is, and where its prefixes are kept. Raises `LLMError`s."""
    chosen = choose(source, dtype, quantize, device, context)
    spec, stored = chosen.blueprint.spec, chosen.stored
    memory = memory_bytes(options, spec, chosen)
    decoder = load_decoder(chosen.folder, chosen.blueprint, chosen.dtype, chosen.place, quantize, stored)
    name = quantize or (f"int{stored.bits}" if stored else str(chosen.dtype).removeprefix("torch."))
    key, files = stored_prefixes(options, chosen, name)
    limits = CacheLimits(memory, PAGE_TOKENS, options.int8)
    cache = PrefixCache(spec, chosen.context, chosen.dtype, chosen.place, limits, key, files)
    runner = Runner(decoder, chosen.context, cache, _decode_step(decoder, chosen.place, chosen.context))
    return runner, replace(chosen.info, dtype=name, context=runner.context), files


def choose(
    source: str | Path,
    dtype: str | torch.dtype,
    quantize: Quantize | None,
    device: str,
    context: int | None,
) -> Choices:
    """Decide what the caller left open. Raises `LLMError`s for what cannot be had."""
    folder = locate(source)
    config = read_config(folder)
    blueprint, stored = blueprint_from_config(config), quantization_of(config)
    info = describe(source)
    limit = _checked_context(context, blueprint.spec.context)
    place = _pick_device(device)
    if place.type != "cpu":
        torch_start.complete()
    check_quantize(quantize, stored, place)
    number = _pick_dtype(dtype, info, place, quantize is not None or stored is not None)
    return Choices(folder, blueprint, stored, info, number, place, limit, context is not None)


def _decode_step(decoder: Decoder, place: torch.device, context: int) -> DecodeStep | None:
    """What decodes faster than PyTorch's operators here, if anything does."""
    if place.type == "cuda":
        from .gpu.cuda import gpu_decoding

        return gpu_decoding(decoder, -(-context // PAGE_TOKENS))
    return native_decoding(decoder)


def stored_prefixes(
    options: CacheOptions, chosen: Choices, *settings: str
) -> tuple[bytes, PrefixFiles | None]:
    """The key of all that is computed under `settings`, and the files that keep it, if any are wanted."""
    if options.folder is None or not options.disk_mb:
        return b"", None
    everything = (STATE_FORMAT, str(chosen.dtype), *settings, str(options.int8), chosen.place.type)
    key = fingerprint(chosen.folder, chosen.blueprint.spec, everything)
    return key, PrefixFiles(options.folder, key, options.disk_mb * MEBIBYTE)


def memory_bytes(options: CacheOptions, spec: ModelSpec, chosen: Choices, windows_paged: bool = False) -> int:
    """How much the cache of `spec` may take. A context that was asked for is held whole, or refused."""
    context, asked = chosen.context, chosen.context_asked
    shapes = paged_shapes(spec, context, windows_paged)
    pages = max(MIN_PAGES, -(-context // PAGE_TOKENS) + 1)
    needed = pages * page_bytes(shapes, PAGE_TOKENS, chosen.dtype, options.int8)
    needed *= 2 if len(shapes) < len(spec.layers) else 1  # as much again for snapshots
    if options.memory_mb is None:
        on_gpu = chosen.place.type == "cuda"
        free = torch.cuda.mem_get_info(chosen.place)[0] // 2 if on_gpu else default_memory_mb() * MEBIBYTE
        return max(free, needed) if asked else free
    memory = options.memory_mb * MEBIBYTE
    if asked and memory < needed:
        raise RequestError(
            f"A context of {context} tokens takes {-(-needed // MEBIBYTE)} MB of cache, but cache_mb allows "
            f"{options.memory_mb}. Raise cache_mb, lower the context, or keep the cache in int8."
        )
    return memory


def _checked_context(wanted: int | None, available: int) -> int:
    if wanted is None:
        return available
    if not 2 <= wanted <= available:
        raise RequestError(f"A context of {wanted} was asked for; this checkpoint allows 2 to {available}.")
    return wanted


def _pick_device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
    except RuntimeError as error:
        raise UnsupportedError(f"There is no device {device!r}. Use 'auto', 'cpu' or 'cuda'.") from error
    if place.type not in ("cpu", "cuda") or (place.type == "cuda" and not torch.cuda.is_available()):
        raise UnsupportedError(f"The device {device!r} is not available here. Use 'auto' or 'cpu'.")
    return place


def _pick_dtype(
    dtype: str | torch.dtype, info: ModelInfo, place: torch.device, quantized: bool
) -> torch.dtype:
    if quantized:
        if dtype not in ("auto", "bfloat16", torch.bfloat16):
            raise UnsupportedError("Quantized weights are computed with in bfloat16. Leave dtype at 'auto'.")
        return torch.bfloat16
    if isinstance(dtype, torch.dtype):
        dtype = str(dtype).removeprefix("torch.")
    if dtype in DTYPES:
        return DTYPES[dtype]
    if dtype != "auto":
        raise UnsupportedError(f"There is no dtype {dtype!r}. Use 'auto', {', '.join(map(repr, DTYPES))}.")
    stored = DTYPES.get(info.dtype, torch.float32)
    if place.type == "cpu" and (stored is torch.float16 or info.parameters < SMALL_PARAMETERS):
        return torch.float32
    return stored
