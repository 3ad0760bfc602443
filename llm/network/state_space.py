"""State space duality, the mixer of Mamba 2 (arXiv 2405.21060): a linear recurrence over a decaying state.

Many tokens are read in chunks: within a chunk as one masked product of every token with every earlier one,
between chunks through the state. One token is one step of the recurrence. Both give the same numbers up to
rounding, and both run in float32, because errors in a state do not fade.

Shapes: B batch, T tokens, C chunks of L tokens, H heads, D head size, N state size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cache.layer_state import Snapshot
from ..cache.recurrent_state import RecurrentState
from ..spec import ModelSpec, StateSpaceSpec
from .attention import Positions
from .layers import CausalConvolution, Linear
from .recurrence import chunked, float32_products, in_pieces, joined

CHUNK = 64


class StateSpace(nn.Module):
    """One projection gives gate, convolved input and step sizes; a second one leads back to the model."""

    def __init__(self, spec: StateSpaceSpec, model: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.sizes = [spec.inner, spec.channels, spec.heads]
        self.input = Linear(model.width, sum(self.sizes), bias=spec.bias)
        self.convolution = CausalConvolution(spec.channels, spec.kernel, spec.convolution_bias)
        self.decay_log = nn.Parameter(torch.empty(spec.heads))
        self.step_bias = nn.Parameter(torch.empty(spec.heads))
        self.skip = nn.Parameter(torch.empty(spec.heads))
        self.norm = GroupedGateNorm(spec.inner, spec.groups, model.norm_eps)
        self.out = Linear(spec.inner, model.width, bias=spec.bias)

    def forward(self, x: Tensor, positions: Positions, state: RecurrentState | None) -> Tensor:
        """[B, T, width] to the same; with a state, the tokens continue what it stands for."""
        gate, mixed, step = self.input(x).split(self.sizes, dim=-1)
        result = in_pieces(self._scan, (mixed, step), state)
        return self.out(self.norm(result, gate).to(x.dtype))

    def _scan(self, mixed: Tensor, step: Tensor, carried: Snapshot | None) -> tuple[Tensor, Snapshot]:
        """Results [B, T, H * D], and what the last token hands on: inputs of the convolution, the state."""
        tail, matrix = carried or (None, None)
        mixed, tail = self.convolution(mixed, tail)
        with float32_products(mixed):
            result, matrix = self._accumulate(F.silu(mixed).float(), step.float(), matrix)
        return result, (tail, matrix)

    def _accumulate(self, mixed: Tensor, step: Tensor, matrix: Tensor | None) -> tuple[Tensor, Tensor]:
        """Results [B, T, H * D] and the state [B, H, D, N] behind them."""
        spec = self.spec
        batch, length, _ = mixed.shape
        grouped = spec.groups * spec.state_dim
        values, write, read = mixed.split([spec.inner, grouped, grouped], dim=-1)
        values = values.view(batch, length, spec.heads, spec.head_dim)
        # Heads of a group write and read alike.
        write, read = (
            part.view(batch, length, spec.groups, spec.state_dim).repeat_interleave(
                spec.heads // spec.groups, dim=2
            )
            for part in (write, read)
        )
        step = F.softplus(step + self.step_bias.float())
        if spec.step_limit is not None:
            step = step.clamp(*spec.step_limit)
        log_decay = -self.decay_log.float().exp() * step
        scan = one_step if length == 1 else scan_chunks
        result, matrix = scan(values * step[..., None], log_decay, write, read, matrix)
        result = result + values * self.skip.float()[:, None]
        return result.reshape(batch, length, spec.inner), matrix

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """Decay rates from 1 to the number of heads, steps spread over 0.001 to 0.1, an open skip."""
        heads = self.spec.heads
        self.decay_log.copy_(torch.arange(1, heads + 1, device=self.decay_log.device).log())
        step = torch.empty_like(self.step_bias).uniform_(-6.9, -2.3, generator=generator).exp()
        self.step_bias.copy_(step + torch.log(-torch.expm1(-step)))  # the inverse of softplus
        self.skip.fill_(1.0)


class GroupedGateNorm(nn.Module):
    """Gate first, then a root-mean-square norm within each group of heads."""

    def __init__(self, size: int, groups: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.groups = groups
        self.eps = eps

    def forward(self, x: Tensor, gate: Tensor) -> Tensor:
        """float32 [B, T, size] to the same."""
        gated = (x * F.silu(gate.float())).unflatten(-1, (self.groups, -1))
        return F.rms_norm(gated, gated.shape[-1:], eps=self.eps).flatten(-2) * self.weight.float()

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        self.weight.fill_(1.0)


def one_step(
    values: Tensor, log_decay: Tensor, write: Tensor, read: Tensor, state: Tensor | None
) -> tuple[Tensor, Tensor]:
    """One token: decay the state, add the outer product of value and key, read with the query."""
    added = values[:, 0, :, :, None] * write[:, 0, :, None, :]
    state = added if state is None else torch.addcmul(added, state, log_decay[:, 0].exp()[..., None, None])
    return (state @ read[:, 0, :, :, None])[..., 0][:, None], state


def scan_chunks(
    values: Tensor, log_decay: Tensor, write: Tensor, read: Tensor, state: Tensor | None
) -> tuple[Tensor, Tensor]:
    """As `one_step`, for values [B, T, H, D], log decays [B, T, H], keys and queries [B, T, H, N]."""
    size = min(CHUNK, values.shape[1])
    values_c, write_c, read_c = (chunked(part, size) for part in (values, write, read))  # [B, H, C, L, ...]
    total = chunked(log_decay, size).cumsum(dim=-1)  # [B, H, C, L]
    # What is left at token i of what token j wrote. Later tokens are minus infinity before the exponential.
    later = torch.ones(size, size, dtype=torch.bool, device=values.device).triu(1)
    left = (total[..., :, None] - total[..., None, :]).masked_fill(later, float("-inf")).exp()
    within = ((read_c @ write_c.mT) * left) @ values_c
    to_end = (total[..., -1:] - total).exp()
    added = (values_c * to_end[..., None]).mT @ write_c  # [B, H, C, D, N]
    from_start = read_c * total.exp()[..., None]
    chunk_decay = total[..., -1].exp()[..., None, None]
    if state is None:
        state = torch.zeros_like(added[:, :, 0])
    across = []
    for number in range(added.shape[2]):
        across.append(from_start[:, :, number] @ state.mT)
        state = state * chunk_decay[:, :, number] + added[:, :, number]
    return joined(within + torch.stack(across, dim=2), values.shape[1]), state
