"""What a pass computes: the layers of a model over one new token in each row, by given operations.

Nothing in it depends on how much a sequence holds or on which rows belong together, so with operations that
stay on the device the whole pass can be captured as one graph.
"""

from typing import Protocol

import torch.nn.functional as F
from torch import Tensor

from .model import GpuModel
from .operators import LayerCache, Operators


class Inputs(Protocol):
    """Tokens and positions [R] of the rows, and where each layer finds what their sequences hold."""

    ids: Tensor
    positions: Tensor

    def cache(self, layer: int) -> LayerCache: ...


def forward(model: GpuModel, operators: Operators, inputs: Inputs) -> Tensor:
    """Normed final states [R, width]; keys and values of the rows are in the cache afterwards."""
    x = F.embedding(inputs.ids, model.embedding)
    if model.embedding_scale is not None:
        x = x * model.embedding_scale
    at = inputs.positions.clamp_min(0).float()[:, None]
    turns = [at * frequencies for frequencies in model.frequencies]
    angles = [(turn.cos(), turn.sin()) for turn in turns]
    epsilon = model.epsilon
    residual, normed = operators.add_norm(x, None, None, model.layers[0].mixer_norm, epsilon)
    for number, layer in enumerate(model.layers):
        cache = inputs.cache(number)
        qkv = operators.linear(normed, layer.qkv)
        query = operators.rotate_and_store(
            qkv, layer.heads, angles[layer.rotation], layer.head_norms, epsilon, cache
        )
        mixed = operators.linear(operators.attend(query, layer.heads, cache), layer.out)
        residual, normed = operators.add_norm(residual, mixed, layer.mixer_post_norm, layer.ffn_norm, epsilon)
        hidden = operators.gate(operators.linear(normed, layer.gate_up), layer.activation)
        fed = operators.linear(hidden, layer.down)
        after = model.layers[number + 1].mixer_norm if number + 1 < len(model.layers) else model.norm
        residual, normed = operators.add_norm(residual, fed, layer.ffn_post_norm, after, epsilon)
    return normed
