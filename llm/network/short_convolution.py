"""A short causal convolution between two gates (LFM2): mixes a few neighbouring tokens at next to no cost.

Shapes: B batch, T tokens.
"""

from torch import Tensor, nn

from ..cache.layer_state import Snapshot
from ..cache.recurrent_state import RecurrentState
from ..spec import ModelSpec, ShortConvolutionSpec
from .attention import Positions
from .layers import CausalConvolution, Linear
from .recurrence import in_pieces


class ShortConvolution(nn.Module):
    """One projection gives the gate in front, the gate behind, and what passes between them."""

    def __init__(self, spec: ShortConvolutionSpec, model: ModelSpec) -> None:
        super().__init__()
        self.input = Linear(model.width, 3 * model.width, bias=spec.bias)
        self.convolution = CausalConvolution(model.width, spec.kernel, spec.bias)
        self.out = Linear(model.width, model.width, bias=spec.bias)

    def forward(self, x: Tensor, positions: Positions, state: RecurrentState | None) -> Tensor:
        """[B, T, width] to the same; with a state, the tokens continue what it stands for."""
        before, behind, values = self.input(x).chunk(3, dim=-1)
        return self.out(behind * in_pieces(self._convolve, (before * values,), state))

    def _convolve(self, x: Tensor, carried: Snapshot | None) -> tuple[Tensor, Snapshot]:
        mixed, tail = self.convolution(x, None if carried is None else carried[0])
        return mixed, (tail,)
