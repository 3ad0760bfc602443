"""The smallest parts of a decoder: weights that are filled from outside, norms, activations, the convolution.

This module knows shapes and maths, but neither families nor files.
"""

from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..spec import Activation, ModelSpec


@runtime_checkable
class SelfInitializing(Protocol):
    """A module that knows better than `Decoder.initialize` what its own weights start from."""

    def initialize(self, generator: torch.Generator) -> None:
        """Set them for training."""
        ...


class Linear(nn.Linear):
    """A dense layer whose weights come from a checkpoint or from `Decoder.initialize`, never from here.

    Drawing random weights that nobody uses costs seconds: on the meta device it imports the compiler.
    """

    def reset_parameters(self) -> None:
        """Leave the weights as they are."""


class Embedding(nn.Embedding):
    """Embeddings of tokens or positions, filled from outside for the same reason."""

    def reset_parameters(self) -> None:
        """Leave the weights as they are."""


class RMSNorm(nn.Module):
    """Root-mean-square norm with a learned scale (arXiv 1910.07467)."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.shape = (size,)
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        # The scale follows the input, so that a pass under autocast keeps the fused kernel.
        return F.rms_norm(x, self.shape, self.weight.to(x.dtype), self.eps)

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """The scale that changes nothing."""
        self.weight.fill_(1.0)


class OnePlusRMSNorm(RMSNorm):
    """The same, scaled by one plus the weight in float32, where small weights are not lost to rounding."""

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x.float(), self.shape, self.weight.float() + 1, self.eps).to(x.dtype)

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        self.weight.zero_()


class LayerNorm(nn.LayerNorm):
    """Norm of mean and variance, with scale and bias."""

    def reset_parameters(self) -> None:
        """Leave the weights as they are."""

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(
            x, self.normalized_shape, self.weight.to(x.dtype), self.bias.to(x.dtype), self.eps
        )

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        self.weight.fill_(1.0)
        self.bias.zero_()


NORMS = {"rms": RMSNorm, "rms_one_plus": OnePlusRMSNorm, "layer": LayerNorm}


def make_norm(model: ModelSpec, size: int | None = None) -> RMSNorm | LayerNorm:
    """The norm that a model uses everywhere, over `size` values or over the model's width."""
    return NORMS[model.norm](size or model.width, model.norm_eps)


def activate(x: Tensor, kind: Activation) -> Tensor:
    """The nonlinearity of a feed-forward layer."""
    if kind == "silu":
        return F.silu(x)
    return F.gelu(x, approximate="tanh" if kind == "gelu_tanh" else "none")


class CausalConvolution(nn.Module):
    """Depthwise convolution in which a token sees itself and the `kernel - 1` tokens before it."""

    def __init__(self, channels: int, kernel: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, kernel))
        self.bias = nn.Parameter(torch.empty(channels)) if bias else None

    def forward(self, x: Tensor, tail: Tensor | None) -> tuple[Tensor, Tensor]:
        """[B, T, C] to the same, and the inputs [B, kernel - 1, C] that the next token will see.

        `tail` is what the last call gave, None before the first token.
        """
        length, kernel = x.shape[1], self.weight.shape[1]
        seen = F.pad(x, (0, 0, kernel - 1, 0)) if tail is None else torch.cat((tail, x), dim=1)
        weight = self.weight.to(x.dtype)
        # A few shifted products beat a grouped convolution, which would first have to turn the layout.
        result = seen[:, :length] * weight[:, 0]
        for place in range(1, kernel):
            result = torch.addcmul(result, seen[:, place : place + length], weight[:, place])
        if self.bias is not None:
            result = result + self.bias.to(x.dtype)
        return result, seen[:, length:]

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """Uniform over the taps, as a convolution of this size starts out."""
        bound = self.weight.shape[1] ** -0.5
        self.weight.uniform_(-bound, bound, generator=generator)
        if self.bias is not None:
            self.bias.zero_()
