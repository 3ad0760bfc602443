"""The gated delta rule (Gated DeltaNet, arXiv 2412.06464): a decaying state that is corrected by each token.

Per head, the state maps keys to values. A token decays it, looks up what it holds for the token's key, and
writes back a share of the difference to the token's value. Many tokens are read in chunks: the corrections
within a chunk depend on each other in order, which is one triangular system per chunk; from chunk to chunk
goes the state. One token is one step. Both run in float32, because errors in a state do not fade.

Shapes: B batch, T tokens, C chunks of L tokens, H value heads, N key size, D value size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cache.layer_state import Snapshot
from ..cache.recurrent_state import RecurrentState
from ..spec import GatedDeltaSpec, ModelSpec
from .attention import Positions
from .layers import CausalConvolution, Linear
from .recurrence import chunked, float32_products, in_pieces, joined

CHUNK = 64
NORM_EPS = 1e-6


class GatedDelta(nn.Module):
    """One projection gives what is convolved (queries, keys, values), the gate, the share and the decay."""

    def __init__(self, spec: GatedDeltaSpec, model: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.sizes = [spec.channels, spec.values_width, spec.value_heads, spec.value_heads]
        self.input = Linear(model.width, sum(self.sizes), bias=False)
        self.convolution = CausalConvolution(spec.channels, spec.kernel, bias=False)
        self.decay_log = nn.Parameter(torch.empty(spec.value_heads))
        self.step_bias = nn.Parameter(torch.empty(spec.value_heads))
        self.norm = HeadNormGate(spec.value_dim, model.norm_eps)
        self.out = Linear(spec.values_width, model.width, bias=False)

    def forward(self, x: Tensor, positions: Positions, state: RecurrentState | None) -> Tensor:
        """[B, T, width] to the same; with a state, the tokens continue what it stands for."""
        mixed, gate, share, step = self.input(x).split(self.sizes, dim=-1)
        result = in_pieces(self._scan, (mixed, share, step), state)
        result = self.norm(result, gate.unflatten(-1, (self.spec.value_heads, -1)))
        return self.out(result.flatten(-2).to(x.dtype))

    def _scan(
        self, mixed: Tensor, share: Tensor, step: Tensor, carried: Snapshot | None
    ) -> tuple[Tensor, Snapshot]:
        """Results [B, T, H, D], and what the last token hands on: inputs of the convolution, the state."""
        tail, matrix = carried or (None, None)
        mixed, tail = self.convolution(mixed, tail)
        log_decay = -self.decay_log.float().exp() * F.softplus(step.float() + self.step_bias.float())
        with float32_products(mixed):
            result, matrix = self._correct(F.silu(mixed), share.sigmoid().float(), log_decay, matrix)
        return result, (tail, matrix)

    def _correct(
        self, mixed: Tensor, share: Tensor, log_decay: Tensor, matrix: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Results [B, T, H, D] and the state [B, H, N, D] behind them."""
        spec = self.spec
        query, key, value = mixed.float().split([spec.keys_width, spec.keys_width, spec.values_width], dim=-1)
        shared_by = spec.value_heads // spec.key_heads
        query, key = (
            _unit(part.unflatten(-1, (spec.key_heads, -1))).repeat_interleave(shared_by, dim=2)
            for part in (query, key)
        )
        query = query * spec.key_dim**-0.5
        value = value.unflatten(-1, (spec.value_heads, -1))
        scan = one_step if mixed.shape[1] == 1 else scan_chunks
        return scan(query, key, value, log_decay, share, matrix)

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """Decay rates spread over 0 to 16, steps that start out at softplus(1)."""
        self.decay_log.uniform_(0.01, 16.0, generator=generator).log_()
        self.step_bias.fill_(1.0)


class HeadNormGate(nn.Module):
    """A root-mean-square norm of each head, then a gate."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor, gate: Tensor) -> Tensor:
        """float32 [B, T, H, size] to the same."""
        return F.rms_norm(x, x.shape[-1:], self.weight.float(), self.eps) * F.silu(gate.float())

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        self.weight.fill_(1.0)


def one_step(
    query: Tensor, key: Tensor, value: Tensor, log_decay: Tensor, share: Tensor, state: Tensor | None
) -> tuple[Tensor, Tensor]:
    """One token: decay the state, look the key up, write the difference back, read with the query."""
    query, key, value = query[:, 0, :, None], key[:, 0, :, None], value[:, 0, :, None]  # [B, H, 1, N or D]
    if state is None:
        state = torch.zeros_like(key.mT @ value)
    state = state * log_decay[:, 0].exp()[..., None, None]
    difference = (value - key @ state) * share[:, 0, :, None, None]
    state = state + key.mT @ difference
    return (query @ state).transpose(1, 2), state


def scan_chunks(
    query: Tensor, key: Tensor, value: Tensor, log_decay: Tensor, share: Tensor, state: Tensor | None
) -> tuple[Tensor, Tensor]:
    """As `one_step`, for queries and keys [B, T, H, N], values [B, T, H, D], decays and shares [B, T, H]."""
    length = query.shape[1]
    size = min(CHUNK, length)
    query, key, value, share = (chunked(part, size) for part in (query, key, value, share))
    total = chunked(log_decay, size).cumsum(dim=-1)  # [B, H, C, L]
    later = torch.ones(size, size, dtype=torch.bool, device=query.device).triu(1)
    left = (total[..., :, None] - total[..., None, :]).masked_fill(later, float("-inf")).exp()
    written = key * share[..., None]
    # What token i writes, given the state before the chunk: its value less what the tokens before it wrote
    # under its key. Solved for all tokens at once, in terms of the values and of that state.
    system = (written @ key.mT) * left
    from_start = total.exp()[..., None]
    parts = torch.cat((value * share[..., None], written * from_start), dim=-1)
    solved = torch.linalg.solve_triangular(system, parts, upper=False, unitriangular=True)
    of_values, of_state = solved.split([value.shape[-1], key.shape[-1]], dim=-1)
    within = (query @ key.mT) * left
    read = query * from_start
    to_end = key * (total[..., -1:] - total).exp()[..., None]
    chunk_decay = total[..., -1].exp()[..., None, None]
    if state is None:
        state = torch.zeros_like(key[:, :, 0].mT @ value[:, :, 0])
    carried: Tensor = state
    results = []
    for number in range(query.shape[2]):
        corrections = of_values[:, :, number] - of_state[:, :, number] @ carried
        results.append(read[:, :, number] @ carried + within[:, :, number] @ corrections)
        carried = carried * chunk_decay[:, :, number] + to_end[:, :, number].mT @ corrections
    return joined(torch.stack(results, dim=2), length), carried


def _unit(x: Tensor) -> Tensor:
    """Each vector at length one."""
    return x * torch.rsqrt(x.square().sum(dim=-1, keepdim=True) + NORM_EPS)
