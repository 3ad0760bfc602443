"""The inference engine: tokens in, tokens out.

Importing this package loads no torch; the first use of `Engine` does.
"""

from typing import TYPE_CHECKING, Any

from .cache.options import CacheOptions
from .cache.prefix_folder import forget_stored_text
from .errors import (
    CacheFull,
    CheckpointError,
    ConfigError,
    ConstraintError,
    ContextOverflow,
    LLMError,
    ModelNotFound,
    PeerLost,
    RequestError,
    TemplateError,
    TokenizerError,
    UnsupportedError,
    UnsupportedModel,
)
from .generation import Chunk, SamplingParams, TokenLogprob, Usage

if TYPE_CHECKING:
    from .engine import Engine
    from .info import ModelInfo, describe

__all__ = [
    "CacheFull",
    "CacheOptions",
    "CheckpointError",
    "Chunk",
    "ConfigError",
    "ConstraintError",
    "ContextOverflow",
    "Engine",
    "LLMError",
    "ModelInfo",
    "ModelNotFound",
    "PeerLost",
    "RequestError",
    "SamplingParams",
    "TemplateError",
    "TokenLogprob",
    "TokenizerError",
    "UnsupportedError",
    "UnsupportedModel",
    "Usage",
    "describe",
    "forget_stored_text",
]


def __getattr__(name: str) -> Any:
    if name == "Engine":
        from .engine import Engine

        return Engine
    if name in ("ModelInfo", "describe"):
        from . import info

        return getattr(info, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
