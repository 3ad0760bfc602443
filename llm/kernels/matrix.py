"""Weights as the native kernels see them: tensors kept alive beside the structure that points into them.

Everything that a kernel trusts blindly (device, dtype, shape, contiguity) is checked here, once. Knows the
packed form from `quantization.panels`, but no layers.
"""

import ctypes
from typing import Final

import torch
from torch import Tensor

from ..quantization.panels import CODEBOOK as CODEBOOK_VALUES
from ..quantization.panels import DEFAULT_GROUP, Bits, Panels, check_group, shapes
from . import structures
from .library import open_library

KINDS: Final = {torch.float32: structures.FLOAT32, torch.bfloat16: structures.BFLOAT16}


class NativeMatrix:
    """A weight [rows, columns] for the kernels: dense or packed. `bias` is [rows] or None."""

    def __init__(self, weight: Tensor | Panels, bias: Tensor | None = None) -> None:
        self._library = open_library()
        self.bias = None if bias is None else _on_cpu(bias.detach().float())
        if isinstance(weight, Panels):
            _check_panels(weight)
            self.rows, self.columns = weight.rows, weight.columns
            self.weight: Tensor | Panels = weight
        else:
            self.rows, self.columns = weight.shape
            self.weight = _on_cpu(weight.detach())
        if self.bias is not None and self.bias.shape != (self.rows,):
            raise ValueError(f"a bias of shape {list(self.bias.shape)} does not fit {self.rows} rows")
        self.structure = self._structure()
        self._pointer = ctypes.byref(self.structure)

    @property
    def nbytes(self) -> int:
        return self.weight.nbytes

    def multiply(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """x [..., columns] to [..., rows], each in float32 or bfloat16; None is the dtype of x."""
        x = self._checked(x)
        out = x.new_empty(*x.shape[:-1], self.rows, dtype=dtype or x.dtype)
        if out.numel():
            check_memory(
                self._library.homewit_multiply(
                    self._pointer,
                    x.data_ptr(),
                    x.numel() // self.columns,
                    out.data_ptr(),
                    KINDS[x.dtype],
                    KINDS[out.dtype],
                    torch.get_num_threads(),
                )
            )
        return out

    def multiply_some(self, x: Tensor, rows: Tensor) -> Tensor:
        """x [..., columns] with only the rows `rows` [R], ascending, of the matrix: [..., R], float32.

        Bit for bit what `multiply` gives for them in float32.
        """
        ids, x = self._checked_ids(rows), self._checked(x)
        out = torch.empty(*x.shape[:-1], ids.numel())
        if out.numel():
            check_memory(
                self._library.homewit_multiply_some(
                    self._pointer,
                    x.data_ptr(),
                    x.numel() // self.columns,
                    ids.data_ptr(),
                    ids.numel(),
                    out.data_ptr(),
                    KINDS[x.dtype],
                    torch.get_num_threads(),
                )
            )
        return out

    def unpack(self, dtype: torch.dtype = torch.float32, ids: Tensor | None = None) -> Tensor:
        """The rows `ids` [R], or all, as a dense tensor [R, columns]."""
        if ids is not None:
            ids = self._checked_ids(ids)
        out = torch.empty(self.rows if ids is None else ids.numel(), self.columns, dtype=dtype)
        check_memory(
            self._library.homewit_unpack(
                self._pointer,
                None if ids is None else ids.data_ptr(),
                out.shape[0],
                out.data_ptr(),
                KINDS[dtype],
                torch.get_num_threads(),
            )
        )
        return out

    def _checked_ids(self, rows: Tensor) -> Tensor:
        ids = rows.to("cpu", torch.long).contiguous()
        if ids.numel() and (int(ids.min()) < 0 or int(ids.max()) >= self.rows):
            raise ValueError(f"some of the rows that are wanted are not among {self.rows}")
        return ids

    def _checked(self, x: Tensor) -> Tensor:
        if x.shape[-1] != self.columns:
            raise ValueError(
                f"rows of {x.shape[-1]} numbers cannot be multiplied with {self.columns} columns"
            )
        return _on_cpu(x)

    def _structure(self) -> structures.Matrix:
        matrix = structures.Matrix(rows=self.rows, columns=self.columns)
        matrix.bias = None if self.bias is None else self.bias.data_ptr()
        if isinstance(self.weight, Panels):
            matrix.kind = structures.INT8 if self.weight.bits == 8 else structures.INT4
            matrix.group = self.weight.group
            matrix.data = self.weight.data.data_ptr()
            matrix.scale = self.weight.scale.data_ptr()
            matrix.codebook = self.weight.codebook.data_ptr()
        else:
            matrix.kind = KINDS[self.weight.dtype]
            matrix.data = self.weight.data_ptr()
        return matrix


def pack(weight: Tensor, bits: Bits, group: int | None = None) -> Panels:
    """As `quantization.panels.pack`, by the native kernels."""
    group = DEFAULT_GROUP[bits] if group is None else group
    check_group(group)
    weight = _on_cpu(weight.detach())
    rows, columns = weight.shape
    data_shape, scale_shape = shapes(rows, columns, bits, group)
    data = torch.empty(data_shape, dtype=torch.int8 if bits == 8 else torch.uint8)
    scale = torch.empty(scale_shape, dtype=torch.float16)
    codebook = torch.tensor(CODEBOOK_VALUES, dtype=torch.int8)
    panels = Panels(rows, columns, bits, group, data, scale, codebook)
    structure = NativeMatrix(panels).structure
    threads = torch.get_num_threads()
    check_memory(
        open_library().homewit_pack(ctypes.byref(structure), weight.data_ptr(), KINDS[weight.dtype], threads)
    )
    return panels


def check_memory(result: int) -> None:
    """Raise MemoryError when a call found no room for its buffers."""
    if result < 0:
        raise MemoryError("There is no memory for the buffers of a native kernel. Close other programs.")


def _on_cpu(tensor: Tensor) -> Tensor:
    if tensor.device.type != "cpu" or tensor.dtype not in KINDS:
        raise ValueError(
            f"the native kernels compute on a CPU in {list(KINDS)}, not {tensor.device} {tensor.dtype}"
        )
    return tensor.contiguous()


def _check_panels(panels: Panels) -> None:
    """Raise ValueError unless the tensors are what the sizes say: a kernel would read past their ends."""
    check_group(panels.group)
    data_shape, scale_shape = shapes(panels.rows, panels.columns, panels.bits, panels.group)
    expected = (
        (panels.data, data_shape, torch.int8 if panels.bits == 8 else torch.uint8),
        (panels.scale, scale_shape, torch.float16),
        (panels.codebook, (16,), torch.int8),
    )
    for tensor, shape, dtype in expected:
        fits = tuple(tensor.shape) == shape and tensor.dtype == dtype and tensor.device.type == "cpu"
        if not fits or not tensor.is_contiguous():
            raise ValueError(
                f"a packed weight of {panels.rows} times {panels.columns} has {list(tensor.shape)} "
                f"{tensor.dtype} where {list(shape)} {dtype} is needed"
            )
