"""Weights as the kernels of a GPU read them: row by row, dense or in one byte or half a byte per value.

What a packed weight stands for is defined by `unpack`, in PyTorch. Rounding is to the nearest step, with the
scale as it is stored. Knows tensors, neither layers nor files.

Shapes: N rows (outputs), K columns (inputs), G groups of columns that share a scale.
"""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from ..kernels.model import CannotRun
from ..quantization.panels import Panels, codes

PackedKind = Literal["int8", "fp8", "int4"]
Kind = Literal["dense", "int8", "fp8", "int4"]

INT4_GROUP = 32
LARGEST_GROUP = 1024
FP8 = torch.float8_e4m3fn
_CHUNK_ROWS = 8192  # rows that are rounded at a time, so that little memory is taken besides


@dataclass(frozen=True, slots=True)
class Weight:
    """A matrix [N, K] that is multiplied with activations, and what is added to the product.

    `data` is [N, K] in the activations' dtype, int8, or uint8 with the bits of e4m3; `int4` has [N, K / 2]
    uint8, where 32 bytes hold two groups, one in their low halves and the next in their high ones. `scale` is
    [N, G], and so is `offset`, which `int4` alone has: a value is `code * scale + offset`. `group` columns
    share a scale; 0 stands for all of a row.
    """

    kind: Kind
    rows: int
    columns: int
    data: Tensor
    scale: Tensor | None = None
    offset: Tensor | None = None
    bias: Tensor | None = None
    group: int = 0

    @property
    def nbytes(self) -> int:
        tensors = (self.data, self.scale, self.offset, self.bias)
        return sum(tensor.nbytes for tensor in tensors if tensor is not None)


def dense(weight: Tensor, bias: Tensor | None = None) -> Weight:
    """A weight [N, K] as it is."""
    rows, columns = weight.shape
    return Weight("dense", rows, columns, weight.detach().contiguous(), bias=_detached(bias))


def can_pack(columns: int, kind: PackedKind) -> bool:
    """Whether a weight of that many columns exists in that form."""
    return columns % (2 * INT4_GROUP) == 0 if kind == "int4" else columns % 16 == 0


def pack(weight: Tensor, kind: PackedKind, bias: Tensor | None = None) -> Weight:
    """Round a weight [N, K]: one scale per row, or a scale and an offset for each 32 columns in 4 bits.

    Raises ValueError unless `can_pack`.
    """
    rows, columns = weight.shape
    if not can_pack(columns, kind):
        raise ValueError(f"{columns} columns cannot be packed as {kind}")
    round_rows = {"int8": _int8, "fp8": _fp8, "int4": _int4}[kind]
    parts = [round_rows(part.float()) for part in weight.detach().split(_CHUNK_ROWS)]
    data, scale, *offset = (torch.cat(each) for each in zip(*parts, strict=True))
    group = INT4_GROUP if kind == "int4" else 0
    return Weight(kind, rows, columns, data, scale, offset[0] if offset else None, _detached(bias), group)


def from_panels(panels: Panels, bias: Tensor | None = None) -> Weight:
    """A weight that was packed for the native kernels, without rounding it again.

    Its 4-bit codes stand for values of a codebook, which are bytes, and are kept as such. Raises `CannotRun`
    for groups that the kernels cannot read.
    """
    group = panels.group
    if group & (group - 1) or group > LARGEST_GROUP or panels.columns % 16:
        raise CannotRun(f"a packed weight has groups of {group} in {panels.columns} columns")
    data, scale = codes(panels)
    return Weight("int8", panels.rows, panels.columns, data, scale, None, _detached(bias), group)


def unpack(weight: Weight, dtype: torch.dtype, rows: Tensor | slice = slice(None)) -> Tensor:
    """The matrix [N, K] that a weight stands for, or some of its rows."""
    data = weight.data[rows]
    if weight.kind == "dense" or weight.scale is None:
        return data.to(dtype)
    if weight.kind == "int4" and weight.offset is not None:
        both = data.view(data.shape[0], -1, weight.group)
        values = torch.stack((both & 15, both >> 4), dim=2).flatten(1, 2).float()
        values = values * weight.scale[rows].float()[:, :, None] + weight.offset[rows].float()[:, :, None]
        return values.flatten(1).to(dtype)
    values = data.view(FP8).float() if weight.kind == "fp8" else data.float()
    scale = weight.scale[rows].float()
    if weight.group:
        scale = scale.repeat_interleave(weight.group, dim=1)[:, : weight.columns]
    return (values * scale).to(dtype)


def moved(weight: Weight, device: torch.device | str) -> Weight:
    """The same weight on another device; on "meta" only its shape is left."""
    return replace(
        weight,
        data=weight.data.to(device),
        scale=_moved(weight.scale, device),
        offset=_moved(weight.offset, device),
        bias=_moved(weight.bias, device),
    )


def _int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    scale = _row_scale(weight, 127)
    return (weight / scale).round_().to(torch.int8), scale


def _fp8(weight: Tensor) -> tuple[Tensor, Tensor]:
    largest = torch.finfo(FP8).max
    scale = _row_scale(weight, largest)
    return (weight / scale).clamp_(-largest, largest).to(FP8).view(torch.uint8), scale


def _int4(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    groups = weight.view(weight.shape[0], -1, INT4_GROUP)
    low, high = groups.amin(-1), groups.amax(-1)
    offset = low.half()
    scale = ((high - offset.float()) / 15).half()
    step = scale.float()[:, :, None]
    units = torch.where(step > 0, (groups - offset.float()[:, :, None]) / step, torch.zeros_like(groups))
    code = units.round_().clamp_(0, 15).to(torch.uint8)
    return (code[:, ::2] | code[:, 1::2] << 4).flatten(1), scale, offset


def _row_scale(weight: Tensor, largest: float) -> Tensor:
    tiny = torch.finfo(torch.float32).tiny
    return (weight.abs().amax(dim=1, keepdim=True) / largest).clamp_min(tiny)


def _detached(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.detach()


def _moved(tensor: Tensor | None, device: torch.device | str) -> Tensor | None:
    return None if tensor is None else tensor.to(device)
