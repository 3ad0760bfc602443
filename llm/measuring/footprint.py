"""How many bytes a decoder takes, and how many of them one token reads.

Reading is what bounds decoding: all weights once, and the keys and values of the tokens held. It knows
modules and caches, but measures nothing.
"""

from dataclasses import dataclass

from ..cache.kv_pages import KVShape, page_bytes
from ..cache.prefix_cache import PrefixCache
from ..network.decoder import Decoder
from ..network.experts import Experts
from ..spec import AttentionSpec


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes. `cache` is what is in use at this moment; `token` is what the next token of a sequence reads."""

    weights: int
    cache: int
    token: int


def footprint(decoder: Decoder, cache: PrefixCache, held: int = 0) -> Footprint:
    """What a decoder takes, and what a token behind `held` others reads.

    The states of recurrent layers are left out of a token, and so are the embeddings of other tokens.
    """
    sizes = {tensor.data_ptr(): tensor.nbytes for tensor in (*decoder.parameters(), *decoder.buffers())}
    weights = sum(sizes.values())
    embedding = decoder.embedding.weight
    if decoder.head is not None and embedding.numel():
        del sizes[embedding.data_ptr()]
    read = sum(sizes.values()) - sum(_idle(part) for part in decoder.modules() if isinstance(part, Experts))
    return Footprint(weights, cache.memory_bytes, read + _kept(decoder, cache, held))


def _idle(experts: Experts) -> int:
    """Bytes of the experts that a token is not sent to."""
    routed = experts.gate_up.weight.nbytes + experts.down.weight.nbytes
    return routed - routed * experts.spec.active // experts.spec.experts


def _kept(decoder: Decoder, cache: PrefixCache, held: int) -> int:
    """Bytes of the keys and values that attention reads."""
    total = 0
    for layer in cache.spec.layers:
        mixer = layer.mixer
        if isinstance(mixer, AttentionSpec):
            seen = held if mixer.window is None else min(held, mixer.window)
            shape = KVShape(mixer.kv_heads, mixer.head_dim)
            int8 = cache.int8 and (mixer.window is None or cache.windows_paged)
            total += page_bytes([shape], seen, decoder.embedding.weight.dtype, int8)
    return total
