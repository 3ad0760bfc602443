"""A linear layer whose packed weight lies on a GPU, in place of a dense one after loading.

By itself it unpacks the weight and multiplies as a dense layer does, which is right for many rows at once.
Few rows are multiplied by kernels that read the packed weight; `step.py` does that.
"""

from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor, nn

from .weights import Weight, unpack


class DeviceLinear(nn.Module):
    """`x @ weight.T + bias`; the weight is rounded, activations are as they come."""

    data: Tensor
    scale: Tensor | None
    offset: Tensor | None
    bias: Tensor | None

    def __init__(self, weight: Weight) -> None:
        super().__init__()
        self._form = weight
        for name in ("data", "scale", "offset", "bias"):
            self.register_buffer(name, getattr(weight, name))

    @property
    def weight(self) -> Weight:
        """The weight where this layer is now."""
        return replace(self._form, data=self.data, scale=self.scale, offset=self.offset, bias=self.bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, unpack(self.weight, x.dtype), self.bias)

    def project_rows(self, x: Tensor, rows: Tensor) -> Tensor:
        """[..., columns] to [..., len(rows)]: the outputs `rows` [R] of the layer alone."""
        bias = None if self.bias is None else self.bias[rows]
        return F.linear(x, unpack(self.weight, x.dtype, rows), bias)
