"""Translate a checkpoint's `config.json` into a `ModelSpec`, and say what its tensors are called.

The only folder that knows family names: one function per `model_type`, listed in `FAMILIES`. A config comes
from a stranger, so it is validated before anything is allocated, and an option that would change the numbers
and is not built is refused rather than ignored. Nothing here knows torch.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import UnsupportedModel
from ..spec import ModelSpec
from .blueprint import Blueprint
from .config import read_config, refuse_quantized
from .dense import llama, mistral, qwen2, qwen3
from .experts import mixtral, qwen3_moe
from .gemma import gemma3_text
from .gpt2 import gpt2
from .lfm2 import lfm2
from .mamba2 import mamba2
from .qwen3_next import qwen3_next

__all__ = ["FAMILIES", "Blueprint", "blueprint_from_config", "read_config", "spec_from_config"]

FAMILIES: dict[str, Callable[[Mapping[str, Any]], Blueprint]] = {
    "gemma3_text": gemma3_text,
    "gpt2": gpt2,
    "lfm2": lfm2,
    "llama": llama,
    "mamba2": mamba2,
    "mistral": mistral,
    "mixtral": mixtral,
    "qwen2": qwen2,
    "qwen3": qwen3,
    "qwen3_moe": qwen3_moe,
    "qwen3_next": qwen3_next,
}


def blueprint_from_config(config: Mapping[str, Any]) -> Blueprint:
    """What to build for a parsed `config.json`. Raises `UnsupportedModel` or `ConfigError`."""
    family = config.get("model_type")
    build = FAMILIES.get(family) if isinstance(family, str) else None
    if build is None:
        known = ", ".join(FAMILIES)
        raise UnsupportedModel(
            f"model_type {family!r} is not one that this engine runs. Use a checkpoint of: {known}."
        )
    refuse_quantized(config)
    return build(config)


def spec_from_config(config: Mapping[str, Any]) -> ModelSpec:
    """The `ModelSpec` for a parsed `config.json`. Raises `UnsupportedModel` or `ConfigError`."""
    return blueprint_from_config(config).spec
