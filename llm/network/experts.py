"""Sparse feed-forward: a router sends each token to a few of many experts (arXiv 1701.06538, 2101.03961).

Tokens are brought into the order of their experts, so that each expert is one product over its tokens,
however many there are. Routing is decided in float32.

Shapes: N tokens of all rows, K active experts, E experts.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..spec import Activation, ExpertsSpec, GatedSpec, ModelSpec
from .feed_forward import GatedFeedForward
from .layers import Linear, activate


class ExpertWeights(nn.Module):
    """One matrix per expert, [E, out, in]."""

    def __init__(self, experts: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, outputs, inputs))

    def forward(self, x: Tensor, expert: int) -> Tensor:
        return F.linear(x, self.weight[expert])


class Router(nn.Module):
    """Chooses experts and their shares. Its small matrix decides much, so it is no layer to be quantized."""

    def __init__(self, spec: ExpertsSpec, width: int) -> None:
        super().__init__()
        self.spec = spec
        self.weight = nn.Parameter(torch.empty(spec.experts, width))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Shares [N, K] and numbers [N, K] of the experts for tokens [N, width]."""
        probability = F.linear(x, self.weight).softmax(dim=-1, dtype=torch.float32)
        shares, experts = probability.topk(self.spec.active, dim=-1)
        if self.spec.renormalize:
            shares = shares / shares.sum(dim=-1, keepdim=True)
        return shares.to(x.dtype), experts


class Experts(nn.Module):
    """The routed experts, and the shared one where there is one."""

    def __init__(self, spec: ExpertsSpec, model: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.router = Router(spec, model.width)
        self.gate_up = ExpertWeights(spec.experts, model.width, 2 * spec.hidden)
        self.down = ExpertWeights(spec.experts, spec.hidden, model.width)
        self.activation: Activation = spec.activation
        self.shared: GatedFeedForward | None = None
        if spec.shared is not None:
            self.shared = GatedFeedForward(GatedSpec(spec.shared, activation=spec.activation), model)
            self.shared_gate = Linear(model.width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.flatten(0, -2)
        result = self._routed(rows)
        if self.shared is not None:
            result = result + self.shared_gate(rows).sigmoid() * self.shared(rows)
        return result.view(x.shape)

    def _routed(self, rows: Tensor) -> Tensor:
        shares, experts = self.router(rows)
        sorted_experts, order = experts.flatten().sort(stable=True)
        token = order // self.spec.active
        numbers, counts = sorted_experts.unique_consecutive(return_counts=True)
        results = [
            self._expert(tokens, number)
            for number, tokens in zip(numbers.tolist(), rows[token].split(counts.tolist()), strict=True)
        ]
        weighted = torch.cat(results) * shares.flatten()[order, None]
        return torch.zeros_like(rows).index_add(0, token, weighted.to(rows.dtype))

    def _expert(self, tokens: Tensor, number: int) -> Tensor:
        gate, up = self.gate_up(tokens, number).chunk(2, dim=-1)
        return self.down(activate(gate, self.activation) * up, number)
