"""Pre-norm transformers with gated feed-forward layers: llama, mistral, qwen2 and qwen3."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import PositiveInt

from ..spec import AttentionSpec, FeedForward, GatedSpec, LayerSpec, Mixer, ModelSpec
from .blueprint import Blueprint
from .config import RotaryConfig, TransformerConfig, layer_kinds, refuse, rotary, validated


class _Llama(RotaryConfig):
    mlp_bias: bool = False


class _Mistral(RotaryConfig):
    max_position_embeddings: PositiveInt = 131_072
    sliding_window: PositiveInt | None = 4096


class _Qwen(RotaryConfig):
    max_position_embeddings: PositiveInt = 32_768
    use_sliding_window: bool = False
    sliding_window: PositiveInt | None = 4096
    max_window_layers: int = 28


def llama(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Llama, config)
    bias = fields.attention_bias
    ffn = GatedSpec(fields.intermediate_size, fields.mlp_bias)
    layer_kinds(fields, ("full_attention",))
    return Blueprint(transformer(fields, attention(fields, qkv_bias=bias, out_bias=bias), ffn))


def mistral(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Mistral, config)
    refuse(fields.layer_types, "a window in some of the layers only")
    mixer = attention(fields, window=fields.sliding_window)
    return Blueprint(transformer(fields, mixer, GatedSpec(fields.intermediate_size)))


def qwen2(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Qwen, config)
    mixers = [attention(fields, qkv_bias=True, window=window) for window in _windows(fields)]
    return Blueprint(transformer(fields, mixers, GatedSpec(fields.intermediate_size)))


def qwen3(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Qwen, config)
    bias = fields.attention_bias
    mixers = [
        attention(
            fields,
            head_dim=fields.head_dim or 128,
            qkv_bias=bias,
            out_bias=bias,
            qk_norm=True,
            window=window,
        )
        for window in _windows(fields)
    ]
    return Blueprint(transformer(fields, mixers, GatedSpec(fields.intermediate_size)))


def attention(
    config: RotaryConfig, theta: float = 10_000.0, head_dim: int | None = None, **options: Any
) -> AttentionSpec:
    """Attention as the config's shared fields describe it, with what the family adds."""
    return AttentionSpec(
        heads=config.num_attention_heads,
        kv_heads=config.kv_heads,
        head_dim=head_dim or config.even_head_dim,
        rotary=rotary(config, theta),
        **options,
    )


def transformer(
    config: TransformerConfig,
    mixers: Mixer | Sequence[Mixer],
    ffns: FeedForward | Sequence[FeedForward],
) -> ModelSpec:
    """A decoder of the given mixers and feed-forward layers, one for all layers or one for each."""
    depth = config.depth
    mixers = mixers if isinstance(mixers, Sequence) else [mixers] * depth
    ffns = ffns if isinstance(ffns, Sequence) else [ffns] * depth
    return ModelSpec(
        vocab=config.vocab_size,
        width=config.hidden_size,
        context=config.max_position_embeddings,
        layers=tuple(LayerSpec(mixer, ffn) for mixer, ffn in zip(mixers, ffns, strict=True)),
        norm_eps=config.rms_norm_eps,
        tie_embeddings=config.tie_word_embeddings,
    )


def _windows(config: _Qwen) -> list[int | None]:
    """The window of each layer: none at all unless the config turns them on, and then of the later ones."""
    stated = layer_kinds(config, ("full_attention", "sliding_attention"))
    if not config.use_sliding_window:
        refuse("sliding_attention" in (stated or ()), "windowed layers without use_sliding_window")
        return [None] * config.depth
    kinds = stated or [
        "sliding_attention" if index >= config.max_window_layers else "full_attention"
        for index in range(config.depth)
    ]
    return [config.sliding_window if kind == "sliding_attention" else None for kind in kinds]
