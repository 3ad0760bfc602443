"""What a decoder is made of, as data: the decoder builds itself from a `ModelSpec` and nothing else.

A spec says what each layer does, never which family it came from, so one `Decoder` serves all of them. Layers
are listed one by one because families mix kinds (windowed and full attention, dense and sparse feed-forward);
a new kind is a new class in the `Mixer` or `FeedForward` union. This module knows neither torch nor
`config.json`; families.py translates the latter.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .errors import ConfigError

MAX_WIDTH = 1 << 17
MAX_VOCAB = 1 << 22
MAX_LAYERS = 1024
MAX_CONTEXT = 1 << 24


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(
            f"The model description is impossible: {message}. Check the checkpoint's config.json."
        )


@dataclass(frozen=True, slots=True)
class RotarySpec:
    """Rotary position embedding over the whole head (halves rotated, not interleaved pairs).

    `linear` divides every frequency by `factor`; `llama3` divides only the long wavelengths and blends in
    between, as Llama 3.1 does (its wavelength bounds are `original_context` over the two `freq` factors).
    """

    theta: float = 10_000.0
    scaling: Literal["none", "linear", "llama3"] = "none"
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_context: int = 8192

    def __post_init__(self) -> None:
        _require(self.theta > 0, f"rotary theta {self.theta} is not positive")
        _require(self.factor > 0, f"rotary factor {self.factor} is not positive")
        if self.scaling == "llama3":
            _require(
                0 < self.low_freq_factor < self.high_freq_factor,
                f"rotary factors {self.low_freq_factor} and {self.high_freq_factor} are not in order",
            )
            _require(self.original_context > 0, "rotary original_context is not positive")


@dataclass(frozen=True, slots=True)
class AttentionSpec:
    """Causal grouped-query attention: each of the `kv_heads` serves `heads // kv_heads` queries."""

    heads: int
    kv_heads: int
    head_dim: int
    qkv_bias: bool = False
    out_bias: bool = False
    qk_norm: bool = False  # RMS norm of each query and key head before the rotation
    rotary: RotarySpec = field(default_factory=RotarySpec)

    def __post_init__(self) -> None:
        _require(self.heads > 0 and self.kv_heads > 0, "attention needs at least one head")
        _require(
            self.heads % self.kv_heads == 0,
            f"{self.heads} query heads cannot share {self.kv_heads} key heads evenly",
        )
        _require(self.head_dim > 0 and self.head_dim % 2 == 0, f"head size {self.head_dim} is not even")
        _require(self.heads * self.head_dim <= MAX_WIDTH, f"attention is wider than {MAX_WIDTH}")

    @property
    def group(self) -> int:
        """Query heads per key head."""
        return self.heads // self.kv_heads


@dataclass(frozen=True, slots=True)
class GatedSpec:
    """SwiGLU feed-forward: `down(silu(gate(x)) * up(x))`."""

    hidden: int
    bias: bool = False

    def __post_init__(self) -> None:
        _require(0 < self.hidden <= MAX_WIDTH, f"feed-forward size {self.hidden} is out of range")


Mixer: TypeAlias = AttentionSpec
FeedForward: TypeAlias = GatedSpec


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One pre-norm block: `x += mixer(norm(x))`, then `x += ffn(norm(x))`."""

    mixer: Mixer
    ffn: FeedForward


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A whole decoder. `context` is the longest sequence that the checkpoint was made for, in tokens."""

    vocab: int
    width: int
    context: int
    layers: tuple[LayerSpec, ...]
    norm_eps: float = 1e-6
    tie_embeddings: bool = False

    def __post_init__(self) -> None:
        _require(0 < self.vocab <= MAX_VOCAB, f"vocabulary size {self.vocab} is out of range")
        _require(0 < self.width <= MAX_WIDTH, f"width {self.width} is out of range")
        _require(0 < self.context <= MAX_CONTEXT, f"context {self.context} is out of range")
        _require(0 < len(self.layers) <= MAX_LAYERS, f"{len(self.layers)} layers are out of range")
        _require(0 < self.norm_eps < 1, f"norm epsilon {self.norm_eps} is out of range")
