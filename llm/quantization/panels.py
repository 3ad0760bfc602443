"""The packed form of a weight: bytes or nibbles with a scale per group of columns, in panels of 16 rows.

The order in memory is that in which a processor reads it (`kernels/native/packed_body.h`), so a checkpoint in
this form is mapped into memory and used as it is. A nibble stands for a value of a codebook whose steps are
finer near zero, where most weights are: at the same size it loses less than sixteen equal steps. This module
defines the form and can convert in PyTorch alone; the native kernels do the same faster.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..kernels.structures import GROUP, PANEL

Bits = Literal[4, 8]

# Least squared error for weights between a normal and a heavier-tailed distribution, scaled per 32.
CODEBOOK = (-127, -98, -76, -58, -43, -30, -19, -8, 1, 11, 22, 33, 46, 61, 79, 105)
MAX_GROUP = 1024
DEFAULT_GROUP: dict[int, int] = {8: 128, 4: 32}
_CHUNK_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Panels:
    """A weight [rows, columns] of `bits` bits.

    `data` is [panels, steps, 8, 16, 4] int8, or [panels, steps, 4, 16, 4] uint8 with two columns in each; a
    step is 32 columns. `scale` is [panels, groups, 16] float16. `codebook` [16] int8 is what nibbles stand
    for. Rows and columns that fill up the last panel and step are zeros.
    """

    rows: int
    columns: int
    bits: Bits
    group: int
    data: Tensor
    scale: Tensor
    codebook: Tensor

    @property
    def nbytes(self) -> int:
        return self.data.nbytes + self.scale.nbytes


def shapes(rows: int, columns: int, bits: Bits, group: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes of `data` and `scale`."""
    panels, steps = -(-rows // PANEL), -(-columns // GROUP)
    data = (panels, steps, 8 if bits == 8 else 4, PANEL, 4)
    return data, (panels, -(-steps * GROUP // group), PANEL)


def check_group(group: int) -> None:
    """Raise ValueError for a group that the kernels cannot read."""
    if group % GROUP or not GROUP <= group <= MAX_GROUP:
        raise ValueError(f"{group} columns cannot share a scale; use a multiple of {GROUP} up to {MAX_GROUP}")


def pack(weight: Tensor, bits: Bits, group: int | None = None) -> Panels:
    """Round a weight [rows, columns] to the packed form, in PyTorch."""
    group = DEFAULT_GROUP[bits] if group is None else group
    check_group(group)
    rows, columns = weight.shape
    data_shape, scale_shape = shapes(rows, columns, bits, group)
    codebook = torch.tensor(CODEBOOK, dtype=torch.int8)
    data, scale = [], []
    for part in weight.detach().split(_CHUNK_ROWS):
        codes, scales = _round(_padded(part.float(), group), bits, group, codebook.float())
        data.append(_to_panels(codes[:, : data_shape[1] * GROUP], bits))
        scale.append(scales.view(-1, PANEL, scale_shape[1]).transpose(1, 2))
    return Panels(
        rows, columns, bits, group, torch.cat(data), torch.cat(scale).to(torch.float16).contiguous(), codebook
    )


def unpack(panels: Panels, dtype: torch.dtype = torch.float32) -> Tensor:
    """The weight [rows, columns] that the packed form stands for, in PyTorch."""
    data, scale = codes(panels)
    wide = scale.float().repeat_interleave(panels.group, dim=1)[:, : panels.columns]
    return (data * wide).to(dtype)


def codes(panels: Panels) -> tuple[Tensor, Tensor]:
    """Row by row: whole numbers [rows, columns] int8, and what to multiply groups of them with [rows,
    groups].

    Of 4 bits, the values of the codebook.
    """
    count, steps = panels.data.shape[:2]
    if panels.bits == 8:
        quads = panels.data
    else:
        nibbles = torch.cat((panels.data & 15, panels.data >> 4), dim=2)
        quads = panels.codebook[nibbles.long()]
    data = quads.permute(0, 3, 1, 2, 4).reshape(count * PANEL, steps * GROUP)
    scale = panels.scale.transpose(1, 2).reshape(count * PANEL, -1)
    return data[: panels.rows, : panels.columns].contiguous(), scale[: panels.rows].contiguous()


def _padded(weight: Tensor, group: int) -> Tensor:
    rows, columns = weight.shape
    return torch.nn.functional.pad(weight, (0, -columns % group, 0, -rows % PANEL))


def _round(weight: Tensor, bits: Bits, group: int, codebook: Tensor) -> tuple[Tensor, Tensor]:
    """Bytes or codes [rows, columns] and scales [rows, groups], rounded with the scale as it is stored."""
    groups = weight.view(weight.shape[0], -1, group)
    if bits == 8:
        scale = (groups.abs().amax(-1, keepdim=True) / 127).to(torch.float16).float()
        whole = torch.where(scale > 0, (groups / scale).round(), torch.zeros(())).clamp(-127, 127)
        return whole.to(torch.int8).flatten(1), scale.squeeze(-1)
    scale = _best_scale(groups, codebook)
    inverse = torch.where(scale != 0, 1 / scale, torch.zeros(()))
    return _nearest(groups * inverse, codebook).to(torch.uint8).flatten(1), scale.squeeze(-1)


def _nearest(units: Tensor, codebook: Tensor) -> Tensor:
    """The index of the nearest value of the codebook."""
    return torch.bucketize(units, (codebook[1:] + codebook[:-1]) / 2)


def _best_scale(groups: Tensor, codebook: Tensor) -> Tensor:
    """The best of a few scales that put the weight furthest from zero on or near an end of the codebook."""
    furthest = groups.gather(-1, groups.abs().argmax(-1, keepdim=True))
    best = torch.zeros_like(furthest)
    least = torch.full_like(furthest, torch.inf)
    for end in (codebook[0], codebook[-1]):
        for fraction in (0.88, 1.0):
            start = furthest / end * fraction
            units = torch.where(start != 0, groups / start, torch.zeros(()))
            values = codebook[_nearest(units, codebook)]
            along, across = (groups * values).sum(-1, keepdim=True), values.square().sum(-1, keepdim=True)
            scale = (along / across).to(torch.float16).float()
            error = scale * (scale * across - 2 * along)
            better = (error < least) & (scale != 0) & (furthest != 0)
            best, least = torch.where(better, scale, best), torch.where(better, error, least)
    return best


def _to_panels(codes: Tensor, bits: Bits) -> Tensor:
    """Codes [rows, columns], both padded, in the order of a panel."""
    quads = codes.view(-1, PANEL, codes.shape[1] // GROUP, 8, 4).permute(0, 2, 3, 1, 4)
    return (quads if bits == 8 else quads[:, :, :4] | quads[:, :, 4:] << 4).contiguous()
