"""Which tensors a checkpoint folder holds, read from its file headers alone, without torch.

A safetensors file is a length, a JSON header and the data. Everything in a header is checked against the
file's size, and an index may only name files of its own folder, before any byte of data is touched. This
module does not know what the tensors are for.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from ..errors import CheckpointError

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
MAX_HEADER_BYTES = 100 << 20
BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8,
    "I64": 64, "U64": 64, "I32": 32, "U32": 32, "I16": 16, "U16": 16, "I8": 8, "U8": 8, "BOOL": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor as a header describes it."""

    name: str
    file: Path
    dtype: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        """Number of values."""
        return prod(self.shape)


def stored_tensors(folder: Path) -> dict[str, StoredTensor]:
    """Every tensor of the single file or of all shards in `folder`, by name. Raises `CheckpointError`."""
    single, index = folder / SINGLE, folder / INDEX
    if single.is_file():
        return dict(_read_header(single))
    if index.is_file():
        return _sharded(folder, index)
    if list(folder.glob("*.bin")) or list(folder.glob("*.pth")):
        raise CheckpointError(
            f"{folder} holds pickled weights, which can run code and are not read. Fetch its safetensors."
        )
    raise CheckpointError(f"{folder} has neither {SINGLE} nor {INDEX}. Fetch the checkpoint's weights.")


def _sharded(folder: Path, index: Path) -> dict[str, StoredTensor]:
    weight_map = _weight_map(index)
    found: dict[str, StoredTensor] = {}
    for name in sorted(set(weight_map.values())):
        if (
            Path(name).name != name
            or "\\" in name
            or name.startswith(".")
            or not name.endswith(".safetensors")
        ):
            raise CheckpointError(
                f"{index} names the file {name!r}; only .safetensors files beside it may be named."
            )
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{index} names {name}, which is missing. Fetch the checkpoint again.")
        for tensor, stored in _read_header(path):
            if tensor in found:
                raise CheckpointError(f"Tensor {tensor} is in both {found[tensor].file.name} and {name}.")
            found[tensor] = stored
    for tensor, name in weight_map.items():
        if tensor not in found or found[tensor].file.name != name:
            raise CheckpointError(f"{index} places tensor {tensor} in {name}, but it is not there.")
    return found


def _weight_map(index: Path) -> dict[str, str]:
    try:
        if index.stat().st_size > MAX_HEADER_BYTES:
            raise CheckpointError(f"{index} is larger than {MAX_HEADER_BYTES} bytes, which no index is.")
        weight_map = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{index} cannot be read ({error!r}). Fetch the checkpoint again.") from error
    if not isinstance(weight_map, dict) or not all(isinstance(name, str) for name in weight_map.values()):
        raise CheckpointError(f"{index} does not map tensor names to file names. Fetch the checkpoint again.")
    return weight_map


def _read_header(path: Path) -> Iterator[tuple[str, StoredTensor]]:
    """Name and description of each tensor in one file, checked against the file's size."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0] if size >= 8 else size
            if length > min(size - 8, MAX_HEADER_BYTES):
                raise CheckpointError(f"{path} is cut short or is not a safetensors file. Fetch it again.")
            header = json.loads(file.read(length))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read as safetensors ({error}). Fetch it again.") from error
    if not isinstance(header, dict):
        raise CheckpointError(f"{path} has a header that is not an object. Fetch it again.")
    for name, entry in header.items():
        if name != "__metadata__":
            yield name, _checked(path, name, entry, size - 8 - length)


def _checked(path: Path, name: str, entry: Any, data_bytes: int) -> StoredTensor:
    try:
        dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        counts = all(type(number) is int and number >= 0 for number in (*shape, start, end))
        bits = BITS[dtype] * prod(shape) if counts and len(shape) <= 8 else -1
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} describes tensor {name} wrongly ({error!r}). Fetch it again."
        ) from error
    if bits != 8 * (end - start):
        raise CheckpointError(
            f"{path} describes tensor {name} with a size that does not add up. Fetch it again."
        )
    if end > data_bytes:
        raise CheckpointError(
            f"{path} is cut short: tensor {name} ends behind the end of the file. Fetch it again."
        )
    return StoredTensor(name, path, dtype, tuple(shape))
