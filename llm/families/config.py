"""Read `config.json`, and what several families say in it, under the Hugging Face names.

Everything is checked here for type and range; spec.py checks whether it makes a possible model.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from ..errors import ConfigError, UnsupportedModel
from ..quantization.config import ENTRY, quantization_of
from ..spec import MAX_LAYERS, RotarySpec

MAX_CONFIG_BYTES = 4 << 20
PARTIAL = "partly rotated heads"


class FamilyConfig(BaseModel):
    """What every family's fields are read with: unknown ones belong to other programs."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class Rope(FamilyConfig):
    """Both spellings of the rotary options: `rope_scaling` (older) and `rope_parameters`."""

    rope_theta: float | None = None
    rope_type: str | None = None
    type: str | None = None
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_max_position_embeddings: PositiveInt = 8192
    partial_rotary_factor: float | None = None


class TransformerConfig(FamilyConfig):
    """The fields that families with attention and gated feed-forward layers share."""

    vocab_size: PositiveInt
    hidden_size: PositiveInt
    intermediate_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    num_key_value_heads: PositiveInt | None = None
    head_dim: PositiveInt | None = None
    max_position_embeddings: PositiveInt = 2048
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = False
    attention_bias: bool = False
    layer_types: list[str] | None = None

    @property
    def kv_heads(self) -> int:
        return self.num_key_value_heads or self.num_attention_heads

    @property
    def even_head_dim(self) -> int:
        """The stated head size, or an even share of the width."""
        return self.head_dim or self.hidden_size // self.num_attention_heads

    @property
    def depth(self) -> int:
        """Number of layers, cut where the spec will refuse it, so that nothing huge is listed before."""
        return min(self.num_hidden_layers, MAX_LAYERS + 1)


class RotaryConfig(TransformerConfig):
    """The same with one rotation for all layers, and the usual activation."""

    hidden_act: Literal["silu"] = "silu"
    rope_theta: float | None = None
    rope_scaling: Rope | None = None
    rope_parameters: Rope | None = None
    partial_rotary_factor: float | None = None


Config = TypeVar("Config", bound=FamilyConfig)


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


def validated(model: type[Config], config: Mapping[str, Any]) -> Config:
    """The fields of `model` in a parsed `config.json`. Raises `ConfigError`."""
    try:
        return model.model_validate(dict(config))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(
            f"config.json of this {config.get('model_type')} model is not usable: {problems}."
        ) from error


def refuse(condition: object, what: str) -> None:
    """Raise `UnsupportedModel` when the config asks for `what`."""
    if condition:
        raise UnsupportedModel(f"This checkpoint uses {what}, which this engine does not run yet.")


def refuse_quantized(config: Mapping[str, Any]) -> None:
    """Raise `UnsupportedModel` for weights that are stored quantized in another form than ours."""
    quantization = config.get(ENTRY)
    if quantization and quantization_of(config) is None:
        stated = quantization.get("quant_method") if isinstance(quantization, Mapping) else None
        method = stated or "unnamed"
        raise UnsupportedModel(
            f"This checkpoint is quantized (method {method}), which this engine does not read yet. "
            "Use the unquantized checkpoint; quantize='int8' shrinks it while loading."
        )


def layer_kinds(config: TransformerConfig, known: tuple[str, ...]) -> list[str] | None:
    """The stated kind of each layer, checked; None when the config leaves them out."""
    if config.layer_types is None:
        return None
    for kind in config.layer_types:
        refuse(kind not in known, f"layers of the type {kind!r}")
    if len(config.layer_types) != config.num_hidden_layers:
        raise ConfigError(
            f"config.json names the types of {len(config.layer_types)} layers, but has "
            f"{config.num_hidden_layers}. Fetch the checkpoint again."
        )
    return config.layer_types


def rotary(config: RotaryConfig, theta: float = 10_000.0, partial_of: int | None = None) -> RotarySpec:
    """The rotary options of a config; `theta` is what the family uses by default.

    `partial_of` is the head size of a family that may rotate only a part of it; others must rotate all.
    """
    rope = config.rope_parameters or config.rope_scaling or Rope()
    share = rope.partial_rotary_factor or config.partial_rotary_factor or 1.0
    dims = None if partial_of is None or share == 1.0 else int(partial_of * share)
    refuse(share != 1.0 and dims is None, PARTIAL)
    return rotary_spec(rope, config.rope_theta or theta, dims)


def rotary_spec(rope: Rope, theta: float, dims: int | None = None) -> RotarySpec:
    """One set of rotary options; `theta` holds unless they say otherwise."""
    refuse(dims is None and rope.partial_rotary_factor not in (None, 1.0), PARTIAL)
    theta = rope.rope_theta or theta
    match rope.rope_type or rope.type or "default":
        case "default":
            return RotarySpec(theta, dims=dims)
        case "linear":
            return RotarySpec(theta, "linear", rope.factor, dims=dims)
        case "llama3":
            return RotarySpec(
                theta,
                "llama3",
                rope.factor,
                rope.low_freq_factor,
                rope.high_freq_factor,
                rope.original_max_position_embeddings,
                dims,
            )
        case other:
            raise UnsupportedModel(
                f"Rotary scaling {other!r} is not built; this engine runs default, linear and llama3."
            )
