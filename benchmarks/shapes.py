"""The decoders that speed is stated for, with random weights: sizes of models that people run on a CPU.

Random weights write nonsense, but reading and multiplying them costs what real ones cost.
"""

from homewit.llm.cache.kv_pages import KVPages
from homewit.llm.cache.paged_state import PagedState, paged_shapes
from homewit.llm.cache.pages import PagePool
from homewit.llm.network.decoder import Decoder
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec, RotarySpec

CONTEXT = 8192
PAGE_TOKENS = 64


def _spec(
    vocab: int, width: int, layers: int, heads: tuple[int, int, int], hidden: int, head_norms: bool
) -> ModelSpec:
    attention = AttentionSpec(*heads, qk_norm=head_norms, rotary=RotarySpec(theta=500_000.0))
    layer = LayerSpec(attention, GatedSpec(hidden))
    return ModelSpec(vocab, width, CONTEXT, (layer,) * layers, tie_embeddings=True)


SHAPES = {
    "Llama 135M": _spec(49_152, 576, 30, (9, 3, 64), 1536, head_norms=False),
    "Qwen3 0.6B": _spec(151_936, 1024, 28, (16, 8, 128), 3072, head_norms=True),
    "Llama 1.2B": _spec(128_256, 2048, 16, (32, 8, 64), 8192, head_norms=False),
}


def random_decoder(spec: ModelSpec) -> Decoder:
    """In bfloat16, with weights as small as trained ones."""
    import torch

    with torch.device("meta"):
        decoder = Decoder(spec)
    decoder = decoder.to(torch.bfloat16).to_empty(device="cpu")
    random = torch.randn(1 << 20, generator=torch.Generator().manual_seed(1)).mul_(0.02).bfloat16()
    with torch.no_grad():
        for parameter in decoder.parameters():
            if parameter.ndim == 1:
                parameter.fill_(1.0)
            else:
                flat = parameter.view(-1)
                for start in range(0, flat.numel(), random.numel()):
                    piece = flat[start : start + random.numel()]
                    piece.copy_(random[: piece.numel()])
    return decoder.requires_grad_(False).eval()


def filled_state(decoder: Decoder, length: int) -> PagedState:
    """A state that holds `length` tokens whose keys and values are random, without having computed them."""
    import torch

    pool = PagePool(CONTEXT // PAGE_TOKENS, PAGE_TOKENS)
    place = torch.device("cpu")
    storage = KVPages(pool, paged_shapes(decoder.spec, CONTEXT), torch.bfloat16, place)
    state = PagedState(decoder.spec, CONTEXT, storage, place)
    state.reserve(length)
    for spec, layer in zip(decoder.spec.layers, state.layers, strict=True):
        shape = (2, 1, spec.mixer.kv_heads, length, spec.mixer.head_dim)
        layer.append(*torch.randn(shape, dtype=torch.bfloat16))
    state.commit([1] * length)
    return state
