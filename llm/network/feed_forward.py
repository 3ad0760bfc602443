"""Dense feed-forward layers, with a gate (arXiv 2002.05202) and without. They see one token at a time."""

from torch import Tensor, nn

from ..spec import Activation, GatedSpec, ModelSpec, PlainSpec
from .layers import Linear, activate


class GatedFeedForward(nn.Module):
    """Gate and up projection fused into one product."""

    def __init__(self, spec: GatedSpec, model: ModelSpec) -> None:
        super().__init__()
        self.gate_up = Linear(model.width, 2 * spec.hidden, bias=spec.bias)
        self.down = Linear(spec.hidden, model.width, bias=spec.bias)
        self.activation: Activation = spec.activation

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(activate(gate, self.activation) * up)


class PlainFeedForward(nn.Module):
    """Up, activation, down."""

    def __init__(self, spec: PlainSpec, model: ModelSpec) -> None:
        super().__init__()
        self.up = Linear(model.width, spec.hidden, bias=spec.bias)
        self.down = Linear(spec.hidden, model.width, bias=spec.bias)
        self.activation: Activation = spec.activation

    def forward(self, x: Tensor) -> Tensor:
        return self.down(activate(self.up(x), self.activation))
