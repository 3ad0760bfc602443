"""Load a checkpoint over several devices as an ordinary engine, in the process that leads.

Everything about requests is as on one device: who is served, what is held, which token comes next. Only the
decoder and the pages are others, which announce what they do.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from ..cache.options import CacheOptions
from ..cache.prefix_cache import PAGE_TOKENS, CacheLimits, PrefixCache
from ..cache.prefix_files import PrefixFiles
from ..engine import Engine
from ..errors import RequestError, UnsupportedError
from ..info import ModelInfo
from ..loading import choose, memory_bytes, stored_prefixes
from ..quantization.loading import Quantize
from ..serving.runner import Runner
from .decoder import LeadingDecoder
from .group import LEADER, Group, local_device, rank
from .lead import Lead
from .loading import load_share
from .messages import Load
from .pages import LeadingPages
from .share import Share

TIMEOUT_S = 60.0


def load(
    source: str | Path,
    dtype: str | torch.dtype = "auto",
    device: str = "auto",
    context: int | None = None,
    draft: str | Path | None = None,
    cache: CacheOptions | None = None,
    quantize: Quantize | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Engine:
    """`Engine.load` over all processes that torchrun started, for process 0; the others call `follow`.

    They read `source` in the same place. What `cache` says of memory holds for each device. When a process
    dies, or does not answer for `timeout_s`, requests end with `PeerLost`. Close the engine in the end.

    Raises `UnsupportedError` for what cannot be divided (quantized weights, recurrent layers, heads that do
    not fit the number of devices), otherwise as `Engine.load`.
    """
    if rank() != LEADER:
        raise RequestError("Only process 0 leads. Call `load` in it, and `follow` in all others.")
    lead = Lead(Group(), timeout_s)
    try:
        loader = partial(_load_runner, lead, timeout_s)
        return Engine.load(source, dtype, quantize, local_device(device), context, draft, cache, loader)
    except BaseException:
        lead.close()
        raise


def _load_runner(
    lead: Lead,
    timeout_s: float,
    source: str | Path,
    dtype: str | torch.dtype,
    quantize: Quantize | None,
    device: str,
    context: int | None,
    options: CacheOptions,
) -> tuple[Runner, ModelInfo, PrefixFiles | None]:
    """A `LoadRunner`."""
    chosen = choose(source, dtype, None, device, context)
    if quantize is not None or chosen.stored is not None:
        raise UnsupportedError(
            "Quantized weights cannot be divided among devices yet. Leave quantize out and name the original "
            "checkpoint, or use one device."
        )
    folder, blueprint, place = chosen.folder, chosen.blueprint, chosen.place
    share = Share(blueprint.spec, LEADER, lead.group.size)
    memory = memory_bytes(options, share.spec, chosen, windows_paged=True)
    number = str(chosen.dtype).removeprefix("torch.")
    order = Load(
        str(folder.resolve()), number, place.type, chosen.context, PAGE_TOKENS, options.int8, timeout_s
    )
    with lead.announce(order):
        lead.group.prepare(place, timeout_s)
    with torch.device("meta"):
        decoder = LeadingDecoder(share, lead)
    load_share(decoder, folder, blueprint, chosen.dtype, place)
    key, files = stored_prefixes(options, chosen, number, f"{share.size} devices")
    cache = PrefixCache(
        share.spec,
        chosen.context,
        chosen.dtype,
        place,
        CacheLimits(memory, PAGE_TOKENS, options.int8, windows_paged=True),
        key,
        files,
        partial(LeadingPages, share, lead),
    )
    lead.ready()
    runner = Runner(decoder, chosen.context, cache, release=lead.close)
    return runner, replace(chosen.info, dtype=number, context=runner.context), files
