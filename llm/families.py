"""Translate a checkpoint's `config.json` into a `ModelSpec`; the only module that knows family names.

A config comes from a stranger, so it is validated before anything is allocated. An option that would change
the numbers and is not built is refused rather than ignored. This module knows neither torch nor tensors.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from .errors import ConfigError, UnsupportedModel
from .spec import MAX_LAYERS, AttentionSpec, GatedSpec, LayerSpec, ModelSpec, RotarySpec

MAX_CONFIG_BYTES = 4 << 20


class _Rope(BaseModel):
    """Both spellings of the rotary options: `rope_scaling` (older) and `rope_parameters`."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    rope_theta: float | None = None
    rope_type: str | None = None
    type: str | None = None
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_max_position_embeddings: PositiveInt = 8192


class _Config(BaseModel):
    """The fields of `config.json` that the dense pre-norm families share, under their Hugging Face names."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    vocab_size: PositiveInt
    hidden_size: PositiveInt
    intermediate_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    num_key_value_heads: PositiveInt | None = None
    head_dim: PositiveInt | None = None
    max_position_embeddings: PositiveInt = 2048
    hidden_act: Literal["silu"] = "silu"
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = False
    attention_bias: bool = False
    mlp_bias: bool = False
    rope_theta: float | None = None
    rope_scaling: _Rope | None = None
    rope_parameters: _Rope | None = None
    use_sliding_window: bool = False
    layer_types: list[str] | None = None
    quantization_config: dict[str, Any] | None = None


def read_config(folder: Path) -> dict[str, Any]:
    """The parsed `config.json` of `folder`; `ConfigError` when it is missing, huge or no JSON object."""
    path = folder / "config.json"
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise ConfigError(
                f"{path} is larger than {MAX_CONFIG_BYTES} bytes, which no model configuration is."
            )
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{folder} has no config.json. Name a folder with a Hugging Face checkpoint."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read as JSON ({error}). Fetch the checkpoint again.") from error
    if not isinstance(config, dict):
        raise ConfigError(
            f"{path} holds a {type(config).__name__}, not a JSON object. Fetch the checkpoint again."
        )
    return config


def spec_from_config(config: Mapping[str, Any]) -> ModelSpec:
    """The `ModelSpec` for a parsed `config.json`. Raises `UnsupportedModel` or `ConfigError`."""
    family = config.get("model_type")
    build = FAMILIES.get(family) if isinstance(family, str) else None
    if build is None:
        known = ", ".join(FAMILIES)
        raise UnsupportedModel(
            f"model_type {family!r} is not one that this engine runs. Use a checkpoint of: {known}."
        )
    try:
        fields = _Config.model_validate(dict(config))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"config.json of this {family} model is not usable: {problems}.") from error
    _refuse_unbuilt(fields)
    return build(fields)


def _refuse_unbuilt(config: _Config) -> None:
    windowed = [kind for kind in config.layer_types or () if kind != "full_attention"]
    if config.use_sliding_window or windowed:
        raise UnsupportedModel(
            "This checkpoint uses sliding-window attention, which this engine does not run yet."
        )
    if config.quantization_config:
        method = config.quantization_config.get("quant_method", "unnamed")
        raise UnsupportedModel(
            f"This checkpoint is quantized (method {method}), which this engine does not read yet. "
            "Use the unquantized checkpoint; quantize='int8' shrinks it while loading."
        )


def _rotary(config: _Config) -> RotarySpec:
    rope = config.rope_parameters or config.rope_scaling or _Rope()
    theta = rope.rope_theta or config.rope_theta or 10_000.0
    match rope.rope_type or rope.type or "default":
        case "default":
            return RotarySpec(theta)
        case "linear":
            return RotarySpec(theta, "linear", rope.factor)
        case "llama3":
            return RotarySpec(
                theta,
                "llama3",
                rope.factor,
                rope.low_freq_factor,
                rope.high_freq_factor,
                rope.original_max_position_embeddings,
            )
        case other:
            raise UnsupportedModel(
                f"Rotary scaling {other!r} is not built; this engine runs default, linear and llama3."
            )


def _dense(config: _Config, *, head_dim: int, qkv_bias: bool, out_bias: bool, qk_norm: bool) -> ModelSpec:
    attention = AttentionSpec(
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads or config.num_attention_heads,
        head_dim=head_dim,
        qkv_bias=qkv_bias,
        out_bias=out_bias,
        qk_norm=qk_norm,
        rotary=_rotary(config),
    )
    layer = LayerSpec(attention, GatedSpec(config.intermediate_size, config.mlp_bias))
    return ModelSpec(
        vocab=config.vocab_size,
        width=config.hidden_size,
        context=config.max_position_embeddings,
        layers=(layer,) * min(config.num_hidden_layers, MAX_LAYERS + 1),
        norm_eps=config.rms_norm_eps,
        tie_embeddings=config.tie_word_embeddings,
    )


def _even_head(config: _Config) -> int:
    return config.head_dim or config.hidden_size // config.num_attention_heads


def _llama(config: _Config) -> ModelSpec:
    bias = config.attention_bias
    return _dense(config, head_dim=_even_head(config), qkv_bias=bias, out_bias=bias, qk_norm=False)


def _qwen2(config: _Config) -> ModelSpec:
    return _dense(config, head_dim=_even_head(config), qkv_bias=True, out_bias=False, qk_norm=False)


def _qwen3(config: _Config) -> ModelSpec:
    bias = config.attention_bias
    return _dense(config, head_dim=config.head_dim or 128, qkv_bias=bias, out_bias=bias, qk_norm=True)


FAMILIES: dict[str, Callable[[_Config], ModelSpec]] = {"llama": _llama, "qwen2": _qwen2, "qwen3": _qwen3}
