"""gemma3_text: windowed layers between full ones, norms on both sides of each half, scaled embeddings."""

from collections.abc import Mapping
from math import sqrt
from typing import Any, Literal

from pydantic import PositiveFloat, PositiveInt

from ..errors import ConfigError
from ..spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec, RotarySpec
from ..weights.tensor_names import Names, whole
from .blueprint import Blueprint
from .config import FamilyConfig, Rope, TransformerConfig, layer_kinds, refuse, rotary_spec, validated
from .names import ATTENTION, GATED, LAYER, MODEL, ROTARY_TABLES

FULL, SLIDING = "full_attention", "sliding_attention"
GLOBAL_THETA, LOCAL_THETA = 1_000_000.0, 10_000.0

NAMES = Names(
    MODEL,
    LAYER,
    {
        "mixer_norm": whole("input_layernorm"),
        "mixer_post_norm": whole("post_attention_layernorm"),
        "ffn_norm": whole("pre_feedforward_layernorm"),
        "ffn_post_norm": whole("post_feedforward_layernorm"),
    },
    {AttentionSpec: ATTENTION, GatedSpec: GATED},
    ignored=ROTARY_TABLES,
)


class _RopeByKind(FamilyConfig):
    """The newer spelling of the rotary options, one set for each kind of layer."""

    full_attention: Rope | None = None
    sliding_attention: Rope | None = None


class _Gemma3(TransformerConfig):
    num_key_value_heads: PositiveInt | None = 4
    head_dim: PositiveInt | None = 256
    max_position_embeddings: PositiveInt = 131_072
    hidden_activation: Literal["gelu_pytorch_tanh"] = "gelu_pytorch_tanh"
    tie_word_embeddings: bool = True
    query_pre_attn_scalar: PositiveFloat = 256.0
    sliding_window: PositiveInt | None = 4096
    sliding_window_pattern: PositiveInt | None = None
    rope_parameters: _RopeByKind | None = None
    rope_scaling: Rope | None = None
    rope_theta: float | None = None
    rope_local_base_freq: float | None = None
    final_logit_softcapping: float | None = None
    attn_logit_softcapping: float | None = None
    use_bidirectional_attention: bool | None = None


def gemma3_text(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Gemma3, config)
    refuse(fields.final_logit_softcapping or fields.attn_logit_softcapping, "soft caps on logits")
    refuse(fields.use_bidirectional_attention, "attention to later tokens")
    kinds = _kinds(fields)
    if SLIDING in kinds and fields.sliding_window is None:
        raise ConfigError(
            "config.json has windowed layers, but no sliding_window. Fetch the checkpoint again."
        )
    layers = {
        FULL: _layer(fields, _global_rotary(fields), None),
        SLIDING: _layer(fields, _local_rotary(fields), fields.sliding_window),
    }
    spec = ModelSpec(
        vocab=fields.vocab_size,
        width=fields.hidden_size,
        context=fields.max_position_embeddings,
        layers=tuple(layers[kind] for kind in kinds),
        norm_eps=fields.rms_norm_eps,
        tie_embeddings=fields.tie_word_embeddings,
        norm="rms_one_plus",
        embedding_scale=sqrt(fields.hidden_size),
    )
    return Blueprint(spec, NAMES)


def _layer(fields: _Gemma3, positions: RotarySpec, window: int | None) -> LayerSpec:
    attention = AttentionSpec(
        heads=fields.num_attention_heads,
        kv_heads=fields.kv_heads,
        head_dim=fields.even_head_dim,
        qkv_bias=fields.attention_bias,
        out_bias=fields.attention_bias,
        qk_norm=True,
        rotary=positions,
        window=window,
        scale=fields.query_pre_attn_scalar**-0.5,
    )
    return LayerSpec(attention, GatedSpec(fields.intermediate_size, activation="gelu_tanh"), post_norms=True)


def _kinds(fields: _Gemma3) -> list[str]:
    """The kind of each layer: as stated, or every n-th one full."""
    stated = layer_kinds(fields, (FULL, SLIDING))
    pattern = fields.sliding_window_pattern or 6
    return stated or [SLIDING if (index + 1) % pattern else FULL for index in range(fields.depth)]


def _global_rotary(fields: _Gemma3) -> RotarySpec:
    stated = fields.rope_parameters.full_attention if fields.rope_parameters else fields.rope_scaling
    return rotary_spec(stated or Rope(), fields.rope_theta or GLOBAL_THETA)


def _local_rotary(fields: _Gemma3) -> RotarySpec:
    """Windowed layers have their own base, and no scaling unless it is stated for them."""
    stated = fields.rope_parameters.sliding_attention if fields.rope_parameters else None
    return rotary_spec(stated or Rope(), fields.rope_local_base_freq or LOCAL_THETA)
