"""Reads stored tensors, whole or in part, as the rows and columns of a decoder's parameter.

Files are mapped into memory, so what is cut off is not read, except where it lies in between: columns of a
matrix are spread over all of it. It knows pieces and cuts, but neither families nor decoders.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .cuts import WHOLE, Cut, rows_of
from .mapped import MappedFiles
from .shards import StoredTensor
from .tensor_names import Piece


class TensorSource:
    """The `stored` tensors by name, read through `files`, in `dtype` (None: as stored) on `device`."""

    def __init__(
        self,
        stored: Mapping[str, StoredTensor],
        files: MappedFiles,
        dtype: torch.dtype | None,
        device: torch.device | str,
    ) -> None:
        self._stored = stored
        self._files = files
        self._dtype = dtype
        self._device = device

    def read(self, pieces: Sequence[Piece], shape: Sequence[int], cut: Cut = WHOLE) -> Tensor:
        """The parameter of `shape` that `pieces` make up, or what is left of it by `cut`."""
        rows = shape[-2] if len(shape) == 3 else shape[0]
        parts = [self._turned(piece, own, cut.columns) for piece, own in rows_of(pieces, rows, cut)]
        left = list(shape)
        if cut.rows is not None:
            left[-2 if len(shape) == 3 else 0] = sum(map(len, cut.rows))
        if cut.columns is not None:
            left[-1] = len(cut.columns)
        joined = parts[0] if len(parts) == 1 else torch.cat(parts)
        return joined.contiguous().view(left)

    def _turned(self, piece: Piece, rows: range, columns: range | None) -> Tensor:
        """Some rows and columns of what a stored tensor is once it is turned."""
        whole = len(rows) == piece.rows and columns is None
        if whole or piece.order is not None or piece.layout == "convolution":
            turned = self._whole(piece)
            return turned if whole else turned[(_slice(rows), *([_slice(columns)] if columns else []))]
        wanted = (_slice(rows), _slice(columns)) if len(piece.shape) == 2 else (_slice(rows),)
        if piece.layout == "transposed":
            return self._fetch(piece.name, wanted[::-1]).T
        return self._fetch(piece.name, wanted)

    def _whole(self, piece: Piece) -> Tensor:
        stored = self._fetch(piece.name)
        if piece.layout == "transposed":
            stored = stored.T.contiguous()
        elif piece.layout == "convolution":
            stored = stored.squeeze(1)
        return stored if piece.order is None else stored[torch.tensor(piece.order, device=stored.device)]

    def _fetch(self, name: str, wanted: tuple[slice, ...] | None = None) -> Tensor:
        return self._files.read(self._stored[name], wanted).to(self._device, self._dtype)


def _slice(wanted: range | None) -> slice:
    return slice(None) if wanted is None else slice(wanted.start, wanted.stop)
