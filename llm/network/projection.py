"""The output projection, for all tokens of the vocabulary or only for those that may come next.

Under a grammar often a few dozen of 150,000 tokens are allowed; their rows are gathered and multiplied alone,
which gives the same numbers as the whole product. It knows shapes, neither grammars nor sampling.
"""

from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPARSE_SHARE = 16  # gathering more than one row in so many costs as much as reading all of them
# Matrix kernels take rows in blocks, and sum those of an incomplete block in another order.
ROW_BLOCK = 16


@runtime_checkable
class RowProjection(Protocol):
    """A linear layer of any number format that can compute some of its outputs alone."""

    def project_rows(self, x: Tensor, rows: Tensor) -> Tensor:
        """[..., in] to [..., len(rows)]: the outputs `rows` [R], ascending, of the layer."""
        ...


def is_sparse(count: int, vocab: int) -> bool:
    """Whether computing `count` rows alone is cheaper than computing all."""
    return count * SPARSE_SHARE <= vocab


def project(layer: nn.Module, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
    """[..., width] to [..., vocab], or to [..., len(rows)] for the tokens `rows` [R], ascending.

    `layer` is the head, or the embedding where both share their weights. One that cannot compute rows alone
    computes all of them.
    """
    if rows is None:
        return F.linear(hidden, layer.weight) if isinstance(layer, nn.Embedding) else layer(hidden)
    if isinstance(layer, nn.Embedding | nn.Linear):
        padded = _whole_blocks(rows)
        bias = getattr(layer, "bias", None)
        part = F.linear(hidden, layer.weight[padded], None if bias is None else bias[padded])
        return part[..., : len(rows)]
    if isinstance(layer, RowProjection):
        return layer.project_rows(hidden, _whole_blocks(rows))[..., : len(rows)]
    return layer(hidden)[..., rows]


def _whole_blocks(rows: Tensor) -> Tensor:
    """`rows` with the last one repeated up to a full block."""
    missing = -len(rows) % ROW_BLOCK
    return torch.cat([rows, rows[-1:].expand(missing)]) if missing else rows
