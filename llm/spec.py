"""What a decoder is made of, as data: the decoder builds itself from a `ModelSpec` and nothing else.

A spec says what each layer does, never which family it came from, so one `Decoder` serves all of them. Layers
are listed one by one because families mix kinds (windowed and full attention, recurrences, dense and sparse
feed-forward); a new kind is a new class in the `Mixer` or `FeedForward` union. This module knows neither
torch nor `config.json`; families/ translates the latter.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .errors import ConfigError

MAX_WIDTH = 1 << 17
MAX_VOCAB = 1 << 22
MAX_LAYERS = 1024
MAX_CONTEXT = 1 << 24
MAX_EXPERTS = 1 << 12
MAX_KERNEL = 1 << 8

Activation: TypeAlias = Literal["silu", "gelu", "gelu_tanh"]
NormKind: TypeAlias = Literal["rms", "rms_one_plus", "layer"]


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(
            f"The model description is impossible: {message}. Check the checkpoint's config.json."
        )


@dataclass(frozen=True, slots=True)
class RotarySpec:
    """Rotary position embedding (halves rotated, not interleaved pairs) over the first `dims` of a head.

    `dims` None rotates the whole head. `linear` divides every frequency by `factor`; `llama3` divides only
    the long wavelengths and blends in between, as Llama 3.1 does (its wavelength bounds are
    `original_context` over the two `freq` factors).
    """

    theta: float = 10_000.0
    scaling: Literal["none", "linear", "llama3"] = "none"
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_context: int = 8192
    dims: int | None = None

    def __post_init__(self) -> None:
        _require(self.theta > 0, f"rotary theta {self.theta} is not positive")
        _require(self.factor > 0, f"rotary factor {self.factor} is not positive")
        _require(
            self.dims is None or (self.dims > 0 and self.dims % 2 == 0),
            f"{self.dims} rotated dimensions are not an even number",
        )
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
    qk_norm: bool = False  # norm of each query and key head before the rotation
    rotary: RotarySpec | None = field(default_factory=RotarySpec)
    window: int | None = None  # a token sees this many, itself included; None sees all before it
    scale: float | None = None  # of the products of queries and keys; None is one over the root of head_dim
    output_gate: bool = False  # each head's result times a sigmoid of the input

    def __post_init__(self) -> None:
        _require(self.heads > 0 and self.kv_heads > 0, "attention needs at least one head")
        _require(
            self.heads % self.kv_heads == 0,
            f"{self.heads} query heads cannot share {self.kv_heads} key heads evenly",
        )
        _require(self.head_dim > 0, f"head size {self.head_dim} is not positive")
        _require(self.heads * self.head_dim <= MAX_WIDTH, f"attention is wider than {MAX_WIDTH}")
        _require(self.window is None or self.window > 0, f"attention window {self.window} is not positive")
        _require(self.scale is None or self.scale > 0, f"attention scale {self.scale} is not positive")
        if self.rotary is not None:
            rotated = self.rotary.dims or self.head_dim
            _require(rotated % 2 == 0, f"head size {self.head_dim} is not even")
            _require(rotated <= self.head_dim, f"{rotated} rotated dimensions exceed the head's")

    @property
    def group(self) -> int:
        """Query heads per key head."""
        return self.heads // self.kv_heads


@dataclass(frozen=True, slots=True)
class GatedDeltaSpec:
    """Gated delta rule (arXiv 2412.06464): a state matrix per value head, corrected towards each new pair.

    Each of the `key_heads` serves `value_heads // key_heads` value heads. Queries, keys and values pass a
    causal convolution over `kernel` tokens first; the result is normed and gated per head.
    """

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    kernel: int

    def __post_init__(self) -> None:
        _require(self.key_heads > 0 and self.value_heads > 0, "the delta rule needs at least one head")
        _require(
            self.value_heads % self.key_heads == 0,
            f"{self.value_heads} value heads cannot share {self.key_heads} key heads evenly",
        )
        _require(self.key_dim > 0 and self.value_dim > 0, "a head of the delta rule has no size")
        _require(self.channels <= MAX_WIDTH, f"the delta rule is wider than {MAX_WIDTH}")
        _require(0 < self.kernel <= MAX_KERNEL, f"a convolution over {self.kernel} tokens is out of range")

    @property
    def keys_width(self) -> int:
        return self.key_heads * self.key_dim

    @property
    def values_width(self) -> int:
        return self.value_heads * self.value_dim

    @property
    def channels(self) -> int:
        """Width of the convolution: queries, keys and values."""
        return 2 * self.keys_width + self.values_width


@dataclass(frozen=True, slots=True)
class StateSpaceSpec:
    """State space duality (Mamba 2, arXiv 2405.21060): a decaying state [head_dim, state_dim] per head.

    `groups` of heads share what is written to and read from the state. `step_limit` bounds the step size.
    """

    heads: int
    head_dim: int
    state_dim: int
    groups: int
    kernel: int
    bias: bool = False
    convolution_bias: bool = True
    step_limit: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _require(self.heads > 0 and self.head_dim > 0 and self.state_dim > 0, "a state space has no size")
        _require(
            self.groups > 0 and self.heads % self.groups == 0,
            f"{self.heads} heads cannot form {self.groups} groups evenly",
        )
        _require(self.channels <= MAX_WIDTH, f"the state space is wider than {MAX_WIDTH}")
        _require(0 < self.kernel <= MAX_KERNEL, f"a convolution over {self.kernel} tokens is out of range")
        if self.step_limit is not None:
            low, high = self.step_limit
            _require(0 <= low < high, f"the bounds {low} and {high} of the step size are not in order")

    @property
    def inner(self) -> int:
        """Width of all heads together."""
        return self.heads * self.head_dim

    @property
    def channels(self) -> int:
        """Width of the convolution: the heads, what each group writes with, and what it reads with."""
        return self.inner + 2 * self.groups * self.state_dim


@dataclass(frozen=True, slots=True)
class ShortConvolutionSpec:
    """A causal convolution over `kernel` tokens between two gates, as wide as the model."""

    kernel: int
    bias: bool = False

    def __post_init__(self) -> None:
        _require(0 < self.kernel <= MAX_KERNEL, f"a convolution over {self.kernel} tokens is out of range")


@dataclass(frozen=True, slots=True)
class GatedSpec:
    """Gated feed-forward: `down(activation(gate(x)) * up(x))`."""

    hidden: int
    bias: bool = False
    activation: Activation = "silu"

    def __post_init__(self) -> None:
        _require(0 < self.hidden <= MAX_WIDTH, f"feed-forward size {self.hidden} is out of range")


@dataclass(frozen=True, slots=True)
class PlainSpec:
    """Feed-forward without a gate: `down(activation(up(x)))`."""

    hidden: int
    bias: bool = False
    activation: Activation = "gelu_tanh"

    def __post_init__(self) -> None:
        _require(0 < self.hidden <= MAX_WIDTH, f"feed-forward size {self.hidden} is out of range")


@dataclass(frozen=True, slots=True)
class ExpertsSpec:
    """Sparse feed-forward: a router sends each token to `active` of `experts` gated ones of size `hidden`.

    `renormalize` makes the weights of the chosen sum to one. `shared` is the size of an expert that every
    token passes, behind a gate of its own.
    """

    experts: int
    active: int
    hidden: int
    renormalize: bool = True
    shared: int | None = None
    activation: Activation = "silu"

    def __post_init__(self) -> None:
        _require(0 < self.experts <= MAX_EXPERTS, f"{self.experts} experts are out of range")
        _require(0 < self.active <= self.experts, f"{self.active} of {self.experts} experts cannot be active")
        for size in (self.hidden, self.shared):
            _require(size is None or 0 < size <= MAX_WIDTH, f"expert size {size} is out of range")


Mixer: TypeAlias = AttentionSpec | GatedDeltaSpec | StateSpaceSpec | ShortConvolutionSpec
FeedForward: TypeAlias = GatedSpec | PlainSpec | ExpertsSpec


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One block with residual additions: `x += mixer(norm(x))`, then `x += ffn(norm(x))`.

    Without `ffn` the second half is missing. `post_norms` norms what each half adds, too.
    """

    mixer: Mixer
    ffn: FeedForward | None
    post_norms: bool = False


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A whole decoder. `context` is the longest sequence that the checkpoint was made for, in tokens."""

    vocab: int
    width: int
    context: int
    layers: tuple[LayerSpec, ...]
    norm_eps: float = 1e-6
    tie_embeddings: bool = False
    norm: NormKind = "rms"
    embedding_scale: float | None = None  # what embeddings are multiplied by, rounded to their dtype
    learned_positions: bool = False  # a learned vector per position is added to the embedding
    float32_residual: bool = False  # the sum that runs through the layers stays in float32

    def __post_init__(self) -> None:
        _require(0 < self.vocab <= MAX_VOCAB, f"vocabulary size {self.vocab} is out of range")
        _require(0 < self.width <= MAX_WIDTH, f"width {self.width} is out of range")
        _require(0 < self.context <= MAX_CONTEXT, f"context {self.context} is out of range")
        _require(0 < len(self.layers) <= MAX_LAYERS, f"{len(self.layers)} layers are out of range")
        _require(0 < self.norm_eps < 1, f"norm epsilon {self.norm_eps} is out of range")
        scale = self.embedding_scale
        _require(scale is None or scale > 0, f"embedding scale {scale} is not positive")
