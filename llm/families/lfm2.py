"""lfm2: short convolutions in most layers, attention in some."""

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field, NonNegativeFloat, PositiveInt

from ..spec import MAX_WIDTH, AttentionSpec, GatedSpec, Mixer, ShortConvolutionSpec
from ..weights.tensor_names import Names, Part, whole
from .blueprint import Blueprint
from .config import RotaryConfig, layer_kinds, validated
from .dense import attention, transformer
from .names import LAYER, hidden_rows, key_rows, query_rows

FULL, CONVOLUTION = "full_attention", "conv"
NAMES = Names(
    {
        "embedding": whole("model.embed_tokens"),
        "norm": whole("model.embedding_norm"),
        "head": whole("lm_head"),
    },
    LAYER,
    {"mixer_norm": whole("operator_norm"), "ffn_norm": whole("ffn_norm")},
    {
        AttentionSpec: {
            "qkv": (
                Part("self_attn.q_proj", query_rows),
                Part("self_attn.k_proj", key_rows),
                Part("self_attn.v_proj", key_rows),
            ),
            "out": whole("self_attn.out_proj"),
            "query_norm": whole("self_attn.q_layernorm"),
            "key_norm": whole("self_attn.k_layernorm"),
        },
        ShortConvolutionSpec: {
            "input": whole("conv.in_proj"),
            "convolution": whole("conv.conv", "convolution"),
            "out": whole("conv.out_proj"),
        },
        GatedSpec: {
            "gate_up": (Part("feed_forward.w1", hidden_rows), Part("feed_forward.w3", hidden_rows)),
            "down": whole("feed_forward.w2"),
        },
    },
)


class _Lfm2(RotaryConfig):
    intermediate_size: PositiveInt = Field(
        12_288, validation_alias=AliasChoices("block_ff_dim", "intermediate_size")
    )
    num_key_value_heads: PositiveInt | None = 8
    max_position_embeddings: PositiveInt = 128_000
    rms_norm_eps: float = Field(1e-5, validation_alias="norm_eps")
    tie_word_embeddings: bool = Field(
        True, validation_alias=AliasChoices("tie_embedding", "tie_word_embeddings")
    )
    conv_bias: bool = False
    conv_L_cache: PositiveInt = 3
    block_auto_adjust_ff_dim: bool = True
    block_ffn_dim_multiplier: NonNegativeFloat | None = 1.0
    block_multiple_of: PositiveInt = 256
    full_attn_idxs: list[int] | None = None


def lfm2(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Lfm2, config)
    full = attention(fields, theta=1_000_000.0, qk_norm=True)
    convolution = ShortConvolutionSpec(fields.conv_L_cache, fields.conv_bias)
    mixers: list[Mixer] = [full if kind == FULL else convolution for kind in _kinds(fields)]
    return Blueprint(transformer(fields, mixers, GatedSpec(_hidden_size(fields))), NAMES)


def _kinds(fields: _Lfm2) -> list[str]:
    """The kind of each layer: as stated, or attention where the older list says so, or everywhere."""
    stated = layer_kinds(fields, (FULL, CONVOLUTION))
    full = set(range(fields.depth) if fields.full_attn_idxs is None else fields.full_attn_idxs)
    return stated or [FULL if index in full else CONVOLUTION for index in range(fields.depth)]


def _hidden_size(fields: _Lfm2) -> int:
    """The stated size, or two thirds of it, stretched and rounded up as the config asks."""
    size = min(fields.intermediate_size, 2 * MAX_WIDTH)
    if not fields.block_auto_adjust_ff_dim:
        return size
    size = int(2 * size / 3)
    if fields.block_ffn_dim_multiplier is None:
        return size
    multiple = fields.block_multiple_of
    return -(-int(fields.block_ffn_dim_multiplier * size) // multiple) * multiple
