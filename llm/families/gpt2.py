"""gpt2: learned positions, norms with biases, feed-forward without a gate, matrices stored transposed."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AliasChoices, Field, PositiveInt

from ..spec import MAX_LAYERS, Activation, AttentionSpec, LayerSpec, ModelSpec, PlainSpec
from ..weights.tensor_names import Names, whole
from .blueprint import Blueprint
from .config import FamilyConfig, refuse, validated

ACTIVATIONS: dict[str, Activation] = {
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu": "gelu",
    "silu": "silu",
}
NAMES = Names(
    {
        "embedding": whole("transformer.wte"),
        "positions": whole("transformer.wpe"),
        "norm": whole("transformer.ln_f"),
        "head": whole("lm_head"),
    },
    "transformer.h.{layer}.",
    {"mixer_norm": whole("ln_1"), "ffn_norm": whole("ln_2")},
    {
        AttentionSpec: {
            "qkv": whole("attn.c_attn", "transposed"),
            "out": whole("attn.c_proj", "transposed"),
        },
        PlainSpec: {"up": whole("mlp.c_fc", "transposed"), "down": whole("mlp.c_proj", "transposed")},
    },
    optional_prefix="transformer.",
    # Causal masks that the first checkpoints carry in every layer.
    ignored=r"transformer\.h\.\d+\.attn\.(masked_)?bias",
)


class _GPT2(FamilyConfig):
    vocab_size: PositiveInt
    n_embd: PositiveInt = Field(validation_alias=AliasChoices("n_embd", "hidden_size"))
    n_layer: PositiveInt = Field(validation_alias=AliasChoices("n_layer", "num_hidden_layers"))
    n_head: PositiveInt = Field(validation_alias=AliasChoices("n_head", "num_attention_heads"))
    n_positions: PositiveInt = Field(
        1024, validation_alias=AliasChoices("n_positions", "max_position_embeddings")
    )
    n_inner: PositiveInt | None = None
    activation_function: Literal["gelu_new", "gelu_pytorch_tanh", "gelu", "silu"] = "gelu_new"
    layer_norm_epsilon: float = 1e-5
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    add_cross_attention: bool = False
    tie_word_embeddings: bool = True


def gpt2(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_GPT2, config)
    refuse(fields.add_cross_attention, "attention to another model's states")
    activation = ACTIVATIONS[fields.activation_function]
    ffn = PlainSpec(fields.n_inner or 4 * fields.n_embd, bias=True, activation=activation)
    depth = min(fields.n_layer, MAX_LAYERS + 1)
    spec = ModelSpec(
        vocab=fields.vocab_size,
        width=fields.n_embd,
        context=fields.n_positions,
        layers=tuple(LayerSpec(_attention(fields, index), ffn) for index in range(depth)),
        norm_eps=fields.layer_norm_epsilon,
        tie_embeddings=fields.tie_word_embeddings,
        norm="layer",
        learned_positions=True,
    )
    return Blueprint(spec, NAMES)


def _attention(fields: _GPT2, index: int) -> AttentionSpec:
    head_dim = fields.n_embd // fields.n_head
    scale = head_dim**-0.5 if fields.scale_attn_weights and head_dim else 1.0
    return AttentionSpec(
        heads=fields.n_head,
        kv_heads=fields.n_head,
        head_dim=head_dim,
        qkv_bias=True,
        out_bias=True,
        rotary=None,
        scale=scale / (index + 1) if fields.scale_attn_by_inverse_layer_idx else scale,
    )
