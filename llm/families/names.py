"""The tensor names that most families share, to be taken as they are or in pieces."""

from ..spec import AttentionSpec, ExpertsSpec, GatedSpec
from ..weights.tensor_names import Names, Part, Parts, whole

MODEL: dict[str, Parts] = {
    "embedding": whole("model.embed_tokens"),
    "norm": whole("model.norm"),
    "head": whole("lm_head"),
}
LAYER = "model.layers.{layer}."
BLOCK: dict[str, Parts] = {
    "mixer_norm": whole("input_layernorm"),
    "ffn_norm": whole("post_attention_layernorm"),
}


def query_rows(spec: AttentionSpec) -> int:
    return spec.heads * spec.head_dim


def key_rows(spec: AttentionSpec) -> int:
    return spec.kv_heads * spec.head_dim


def hidden_rows(spec: GatedSpec | ExpertsSpec) -> int:
    return spec.hidden


ATTENTION: dict[str, Parts] = {
    "qkv": (
        Part("self_attn.q_proj", query_rows),
        Part("self_attn.k_proj", key_rows),
        Part("self_attn.v_proj", key_rows),
    ),
    "out": whole("self_attn.o_proj"),
    "query_norm": whole("self_attn.q_norm"),
    "key_norm": whole("self_attn.k_norm"),
}
GATED: dict[str, Parts] = {
    "gate_up": (Part("mlp.gate_proj", hidden_rows), Part("mlp.up_proj", hidden_rows)),
    "down": whole("mlp.down_proj"),
}
# Old checkpoints store the rotary frequencies, which follow from the spec.
ROTARY_TABLES = r"model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq"

STANDARD = Names(MODEL, LAYER, BLOCK, {AttentionSpec: ATTENTION, GatedSpec: GATED}, ignored=ROTARY_TABLES)
