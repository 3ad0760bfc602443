"""The shape of the bundled model and the files that make it a checkpoint. The only sizes in the training code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec, RotarySpec
from .vocabulary import VOCABULARY_SIZE

WIDTH = 192
LAYERS = 8
HEADS = 6
KV_HEADS = 2
HEAD_DIM = 32
HIDDEN = 512
CONTEXT = 1024
THETA = 10_000.0


def bundled_spec() -> ModelSpec:
    layer = LayerSpec(
        AttentionSpec(HEADS, KV_HEADS, HEAD_DIM, qk_norm=True, rotary=RotarySpec(theta=THETA)),
        GatedSpec(HIDDEN),
    )
    return ModelSpec(VOCABULARY_SIZE, WIDTH, CONTEXT, (layer,) * LAYERS, tie_embeddings=True)


def bundled_config(
    native_tools: Mapping[str, Mapping[str, Any]], eos: int, bos: int, pad: int
) -> dict[str, Any]:
    """``config.json`` as ``transformers`` reads it, with our own remarks under ``homewit``.

    ``native_tools`` names the tools that the model knows by heart, with the values that it may write untyped.
    """
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_DIM,
        "intermediate_size": HIDDEN,
        "hidden_act": "silu",
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6,
        "rope_theta": THETA,
        "tie_word_embeddings": True,
        "attention_bias": False,
        "vocab_size": VOCABULARY_SIZE,
        "bos_token_id": bos,
        "eos_token_id": eos,
        "pad_token_id": pad,
        "dtype": "bfloat16",
        "homewit": {"dialect": "compact", "native_tools": native_tools},
    }


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
