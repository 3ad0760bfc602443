"""qwen3_next: gated delta rule in most layers, gated attention in every n-th, experts with a shared one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import PositiveInt

from ..spec import AttentionSpec, ExpertsSpec, GatedDeltaSpec, GatedSpec, Mixer
from ..weights.tensor_names import Names, Part, whole
from .blueprint import Blueprint
from .config import layer_kinds, rotary, validated
from .dense import transformer
from .experts import MLP_EXPERTS, SparseConfig, sparse_layers
from .names import ATTENTION, BLOCK, GATED, LAYER, MODEL, key_rows, query_rows

FULL, LINEAR = "full_attention", "linear_attention"


def _query_and_gate_order(spec: AttentionSpec) -> list[int]:
    """Theirs: query and gate of each head in turn. Ours: all queries, then all gates."""
    size = spec.head_dim
    return [
        head * 2 * size + side * size + row
        for side in range(2)
        for head in range(spec.heads)
        for row in range(size)
    ]


def _input_order(spec: GatedDeltaSpec) -> list[int]:
    """Theirs: query, key, values and gates of each key head in turn. Ours: all queries first."""
    shared_by = spec.value_heads // spec.key_heads
    sizes = (spec.key_dim, spec.key_dim, shared_by * spec.value_dim, shared_by * spec.value_dim)
    return _gathered(spec.key_heads, sizes)


def _share_and_step_order(spec: GatedDeltaSpec) -> list[int]:
    """The same for the two numbers of each value head."""
    shared_by = spec.value_heads // spec.key_heads
    return _gathered(spec.key_heads, (shared_by, shared_by))


def _gathered(groups: int, sizes: Sequence[int]) -> list[int]:
    """Rows that lie group by group, part by part within each, in the order part by part, group by group."""
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return [
        group * sum(sizes) + start + row
        for start, size in zip(starts, sizes, strict=True)
        for group in range(groups)
        for row in range(size)
    ]


NAMES = Names(
    MODEL,
    LAYER,
    BLOCK,
    {
        AttentionSpec: {
            **ATTENTION,
            "qkv": (
                Part("self_attn.q_proj", lambda spec: 2 * query_rows(spec), _query_and_gate_order),
                Part("self_attn.k_proj", key_rows),
                Part("self_attn.v_proj", key_rows),
            ),
        },
        GatedDeltaSpec: {
            "input": (
                Part(
                    "linear_attn.in_proj_qkvz", lambda spec: spec.channels + spec.values_width, _input_order
                ),
                Part("linear_attn.in_proj_ba", lambda spec: 2 * spec.value_heads, _share_and_step_order),
            ),
            "convolution": whole("linear_attn.conv1d", "convolution"),
            "decay_log": whole("linear_attn.A_log"),
            "step_bias": whole("linear_attn.dt_bias"),
            "norm": whole("linear_attn.norm"),
            "out": whole("linear_attn.out_proj"),
        },
        GatedSpec: GATED,
        ExpertsSpec: {
            **MLP_EXPERTS,
            "shared.gate_up": (
                Part("mlp.shared_expert.gate_proj", lambda spec: spec.shared),
                Part("mlp.shared_expert.up_proj", lambda spec: spec.shared),
            ),
            "shared.down": whole("mlp.shared_expert.down_proj"),
            "shared_gate": whole("mlp.shared_expert_gate"),
        },
    },
    # Layers that guess several tokens ahead, of no use to the decoder itself.
    ignored=r"mtp\..+",
)


class _Qwen3Next(SparseConfig):
    num_key_value_heads: PositiveInt | None = 2
    head_dim: PositiveInt | None = 256
    norm_topk_prob: bool = True
    shared_expert_intermediate_size: PositiveInt | None = 512
    partial_rotary_factor: float | None = 0.25
    full_attention_interval: PositiveInt = 4
    linear_conv_kernel_dim: PositiveInt = 4
    linear_key_head_dim: PositiveInt = 128
    linear_value_head_dim: PositiveInt = 128
    linear_num_key_heads: PositiveInt = 16
    linear_num_value_heads: PositiveInt = 32


def qwen3_next(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Qwen3Next, config)
    full = AttentionSpec(
        heads=fields.num_attention_heads,
        kv_heads=fields.kv_heads,
        head_dim=fields.even_head_dim,
        qkv_bias=fields.attention_bias,
        out_bias=fields.attention_bias,
        qk_norm=True,
        rotary=rotary(fields, partial_of=fields.even_head_dim),
        output_gate=True,
    )
    linear = GatedDeltaSpec(
        key_heads=fields.linear_num_key_heads,
        value_heads=fields.linear_num_value_heads,
        key_dim=fields.linear_key_head_dim,
        value_dim=fields.linear_value_head_dim,
        kernel=fields.linear_conv_kernel_dim,
    )
    kinds = layer_kinds(fields, (FULL, LINEAR)) or [
        LINEAR if (index + 1) % fields.full_attention_interval else FULL for index in range(fields.depth)
    ]
    mixers: list[Mixer] = [full if kind == FULL else linear for kind in kinds]
    spec = transformer(fields, mixers, sparse_layers(fields))
    return Blueprint(replace(spec, norm="rms_one_plus"), NAMES)
