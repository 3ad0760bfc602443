"""Which module runs which spec: the one list to extend when a new kind of layer is built."""

from collections.abc import Callable

from torch import nn

from ..spec import (
    AttentionSpec,
    ExpertsSpec,
    FeedForward,
    GatedDeltaSpec,
    GatedSpec,
    Mixer,
    ModelSpec,
    PlainSpec,
    ShortConvolutionSpec,
    StateSpaceSpec,
)
from .attention import Attention
from .experts import Experts
from .feed_forward import GatedFeedForward, PlainFeedForward
from .gated_delta import GatedDelta
from .short_convolution import ShortConvolution
from .state_space import StateSpace

MIXERS: dict[type, Callable[..., nn.Module]] = {
    AttentionSpec: Attention,
    GatedDeltaSpec: GatedDelta,
    ShortConvolutionSpec: ShortConvolution,
    StateSpaceSpec: StateSpace,
}
FEED_FORWARDS: dict[type, Callable[..., nn.Module]] = {
    GatedSpec: GatedFeedForward,
    PlainSpec: PlainFeedForward,
    ExpertsSpec: Experts,
}


def make_mixer(spec: Mixer, model: ModelSpec) -> nn.Module:
    """The module of a layer's first half, called with the input, its positions and the layer's state."""
    return MIXERS[type(spec)](spec, model)


def make_feed_forward(spec: FeedForward, model: ModelSpec) -> nn.Module:
    """The module of a layer's second half, called with the input."""
    return FEED_FORWARDS[type(spec)](spec, model)
