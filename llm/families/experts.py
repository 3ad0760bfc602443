"""Transformers whose feed-forward layers are experts: mixtral and qwen3_moe."""

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field, PositiveInt

from ..spec import AttentionSpec, ExpertsSpec, FeedForward, GatedSpec
from ..weights.tensor_names import Names, Part, Parts, whole
from .blueprint import Blueprint
from .config import RotaryConfig, layer_kinds, refuse, validated
from .dense import attention, transformer
from .names import ATTENTION, BLOCK, GATED, LAYER, MODEL, ROTARY_TABLES, hidden_rows

MLP_EXPERTS: dict[str, Parts] = {
    "router": whole("mlp.gate"),
    "gate_up": (
        Part("mlp.experts.{expert}.gate_proj", hidden_rows),
        Part("mlp.experts.{expert}.up_proj", hidden_rows),
    ),
    "down": whole("mlp.experts.{expert}.down_proj"),
}
NAMES = Names(
    MODEL,
    LAYER,
    BLOCK,
    {AttentionSpec: ATTENTION, GatedSpec: GATED, ExpertsSpec: MLP_EXPERTS},
    ignored=ROTARY_TABLES,
)
MIXTRAL_NAMES = Names(
    MODEL,
    LAYER,
    BLOCK,
    {
        AttentionSpec: ATTENTION,
        ExpertsSpec: {
            "router": whole("block_sparse_moe.gate"),
            "gate_up": (
                Part("block_sparse_moe.experts.{expert}.w1", hidden_rows),
                Part("block_sparse_moe.experts.{expert}.w3", hidden_rows),
            ),
            "down": whole("block_sparse_moe.experts.{expert}.w2"),
        },
    },
    ignored=ROTARY_TABLES,
)


class _Mixtral(RotaryConfig):
    max_position_embeddings: PositiveInt = 131_072
    rms_norm_eps: float = 1e-5
    sliding_window: PositiveInt | None = None
    num_local_experts: PositiveInt = Field(
        8, validation_alias=AliasChoices("num_local_experts", "num_experts")
    )
    num_experts_per_tok: PositiveInt = 2


class SparseConfig(RotaryConfig):
    """Which layers are sparse, and how their experts are chosen."""

    max_position_embeddings: PositiveInt = 32_768
    num_experts: PositiveInt = Field(validation_alias=AliasChoices("num_experts", "num_local_experts"))
    num_experts_per_tok: PositiveInt
    moe_intermediate_size: PositiveInt
    norm_topk_prob: bool = False
    decoder_sparse_step: PositiveInt = 1
    mlp_only_layers: list[int] | None = None
    shared_expert_intermediate_size: PositiveInt | None = None


class _Qwen3Moe(SparseConfig):
    use_sliding_window: bool = False
    sliding_window: PositiveInt | None = 4096


def mixtral(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Mixtral, config)
    layer_kinds(fields, ("full_attention",))
    mixer = attention(fields, theta=1_000_000.0, window=fields.sliding_window)
    ffn = ExpertsSpec(fields.num_local_experts, fields.num_experts_per_tok, fields.intermediate_size)
    return Blueprint(transformer(fields, mixer, ffn), MIXTRAL_NAMES)


def qwen3_moe(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Qwen3Moe, config)
    layer_kinds(fields, ("full_attention",))
    refuse(fields.shared_expert_intermediate_size, "a shared expert in this family")
    bias = fields.attention_bias
    mixer = attention(
        fields,
        qkv_bias=bias,
        out_bias=bias,
        qk_norm=True,
        window=fields.sliding_window if fields.use_sliding_window else None,
    )
    return Blueprint(transformer(fields, mixer, sparse_layers(fields)), NAMES)


def sparse_layers(config: SparseConfig) -> list[FeedForward]:
    """Experts in every n-th layer but those that are listed as dense."""
    dense = GatedSpec(config.intermediate_size)
    sparse = ExpertsSpec(
        config.num_experts,
        config.num_experts_per_tok,
        config.moe_intermediate_size,
        config.norm_topk_prob,
        config.shared_expert_intermediate_size,
    )
    only_dense = set(config.mlp_only_layers or ())
    return [
        dense if index in only_dense or (index + 1) % config.decoder_sparse_step else sparse
        for index in range(config.depth)
    ]
