"""Layers whose weights are packed in 8 or 4 bits, in place of dense ones after loading.

They compute by the native kernels: weights stay as they are, activations are rounded to bytes on the way, and
a row gives the same numbers whatever stands beside it. `Int8Linear` is for machines without the kernels.
"""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..kernels.matrix import NativeMatrix
from .panels import Bits, Panels

ATEN_ROWS = 8  # up to here PyTorch's own kernel beats unpacking to a dense product
ATEN_MULTIPLE = 16  # it reads its columns in blocks of this size, unchecked


class PackedLinear(nn.Module):
    """`x @ weight.T + bias` with a packed weight [rows, columns]; x is float32 or bfloat16 on the CPU.

    Its tensors may be on the meta device until a checkpoint brings them.
    """

    def __init__(self, panels: Panels, bias: Tensor | None = None) -> None:
        super().__init__()
        self.rows, self.columns = panels.rows, panels.columns
        self.bits: Bits = panels.bits
        self.group = panels.group
        self.register_buffer("data", panels.data)
        self.register_buffer("scale", panels.scale)
        # Not stored with each layer: a checkpoint says it once for all.
        self.register_buffer("codebook", panels.codebook, persistent=False)
        self.register_buffer("bias", bias)
        self._matrix: NativeMatrix | None = None

    @property
    def panels(self) -> Panels:
        tensors = (cast(Tensor, each) for each in (self.data, self.scale, self.codebook))
        return Panels(self.rows, self.columns, self.bits, self.group, *tensors)

    @property
    def matrix(self) -> NativeMatrix:
        """The weight as the kernels see it; made at the first use, when all tensors have come."""
        if self._matrix is None:
            self._matrix = NativeMatrix(self.panels, cast(Tensor | None, self.bias))
        return self._matrix

    def forward(self, x: Tensor) -> Tensor:
        return self.matrix.multiply(x)

    def project_rows(self, x: Tensor, rows: Tensor) -> Tensor:
        """[..., columns] to [..., len(rows)]: the outputs `rows` [R], ascending, alone."""
        return self.matrix.multiply_some(x, rows).to(x.dtype)


class PackedEmbedding(nn.Module):
    """Embeddings out of a packed output projection, for checkpoints in which both share their weights.

    It does not own the projection, whose tensors would otherwise be counted twice.
    """

    def __init__(self, head: PackedLinear, dtype: torch.dtype) -> None:
        super().__init__()
        self._head = (head,)
        # Holds no numbers: it says in which dtype and where a decoder with this embedding computes.
        self.register_buffer("weight", torch.empty(0, dtype=dtype, device="cpu"), persistent=False)

    @property
    def head(self) -> PackedLinear:
        return self._head[0]

    def forward(self, ids: Tensor) -> Tensor:
        rows = self.head.matrix.unpack(cast(Tensor, self.weight).dtype, ids.flatten())
        return rows.view(*ids.shape, self.head.columns)


class Int8Linear(nn.Module):
    """`x @ (weight * scale).T + bias` with weight [out, in] int8 and scale [out]; computes in bfloat16.

    PyTorch's own kernels for 8 bits: one scale per row, and activations as they are.
    """

    weight: Tensor
    scale: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        """Round a dense weight [out, in] to the nearest of 255 steps per row."""
        super().__init__()
        dense = weight.detach().float()
        scale = (dense.abs().amax(dim=1) / 127).clamp_min(torch.finfo(torch.float32).tiny)
        self.register_buffer("weight", (dense / scale[:, None]).round_().to(torch.int8))
        self.register_buffer("scale", scale.to(torch.bfloat16))
        self.register_buffer("bias", None if bias is None else bias.detach().to(torch.bfloat16))

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        if rows.shape[0] <= ATEN_ROWS:
            product = torch.ops.aten._weight_int8pack_mm(rows, self.weight, self.scale)
        else:
            product = F.linear(rows, self.weight.to(x.dtype)) * self.scale
        if self.bias is not None:
            product = product + self.bias
        return product.view(*x.shape[:-1], -1)
