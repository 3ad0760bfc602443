"""What a layer has to be for a pass of kernels, on a processor or a GPU: attention and a gated feed-forward.

Names the first thing that is otherwise. Knows neither kernels nor how weights are held.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from ..network.attention import Attention
from ..network.decoder import Block
from ..network.feed_forward import GatedFeedForward
from ..network.layers import OnePlusRMSNorm, RMSNorm
from ..spec import AttentionSpec, GatedSpec, LayerSpec
from .model import CannotRun


@dataclass(frozen=True, slots=True)
class PlainLayer:
    """The modules of a layer, its attention as specified, and what its norms multiply with: [width], or
    [head size] for queries and keys, float32. `window` 0 sees everything.
    """

    spec: AttentionSpec
    attention: Attention
    feed_forward: GatedFeedForward
    mixer_norm: Tensor
    ffn_norm: Tensor
    query_norm: Tensor | None
    key_norm: Tensor | None
    mixer_post_norm: Tensor | None
    ffn_post_norm: Tensor | None

    @property
    def softmax_scale(self) -> float:
        return self.spec.head_dim**-0.5 if self.spec.scale is None else self.spec.scale

    @property
    def window(self) -> int:
        return self.spec.window or 0


def plain_layer(number: int, spec: LayerSpec, block: nn.Module) -> PlainLayer:
    """Layer `number`, built by `spec` as `block`. Raises `CannotRun`."""
    mixer, ffn = spec.mixer, spec.ffn
    if not isinstance(mixer, AttentionSpec) or mixer.output_gate:
        raise CannotRun(f"layer {number} mixes tokens by {kind(mixer)}")
    if not isinstance(ffn, GatedSpec):
        raise CannotRun(f"layer {number} has a feed-forward of kind {kind(ffn)}")
    if not isinstance(block, Block) or not isinstance(block.mixer, Attention):
        raise CannotRun(f"layer {number} is a {kind(block)}")
    if not isinstance(block.ffn, GatedFeedForward) or block.ffn_norm is None:
        raise CannotRun(f"layer {number} has a feed-forward that is a {kind(block.ffn)}")
    return PlainLayer(
        mixer,
        block.mixer,
        block.ffn,
        norm_scale(block.mixer_norm),
        norm_scale(block.ffn_norm),
        _scale_or_none(block.mixer.query_norm),
        _scale_or_none(block.mixer.key_norm),
        _scale_or_none(block.mixer_post_norm),
        _scale_or_none(block.ffn_post_norm),
    )


def norm_scale(norm: nn.Module) -> Tensor:
    """What a norm multiplies with, float32. Raises `CannotRun` for one that does more."""
    if not isinstance(norm, RMSNorm):
        raise CannotRun(f"a norm is a {kind(norm)}")
    weight = norm.weight.detach().float()
    return weight + 1 if isinstance(norm, OnePlusRMSNorm) else weight


def kind(thing: object) -> str:
    """What a message calls it."""
    return type(thing).__name__


def _scale_or_none(norm: nn.Module | None) -> Tensor | None:
    return None if norm is None else norm_scale(norm)
