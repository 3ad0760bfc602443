"""Write a computed prefix to disk and read it back: one safetensors file per model and token sequence.

A file is written beside its final name and renamed, so that a reader sees all of it or nothing. On reading,
the tokens and a checksum of the data must agree; a file that fails is removed, and the prefix is computed as
if it had never been there. It knows neither pages nor what the tensors mean.
"""

import contextlib
import os
from array import array
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, sha256
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from .prefix_folder import TEMPORARY, file_name, make_room, read_metadata, remove, stored_prefixes, sweep

HEADER_BYTES = 256  # what a tensor's entry in the header takes at most


class PrefixFiles:
    """The prefixes of the model `fingerprint` in `folder`, which holds at most `limit_bytes` of all."""

    def __init__(self, folder: Path, fingerprint: bytes, limit_bytes: int) -> None:
        self._folder = folder
        self._model = fingerprint.hex()[:16]
        self._key = fingerprint
        self._limit_bytes = limit_bytes
        sweep(folder)
        self._known = {
            (stored.tokens, stored.digest)
            for stored in stored_prefixes(folder)
            if stored.model == self._model
        }

    def longest(self, tokens: Sequence[int]) -> int:
        """The length of the longest prefix of `tokens` that is stored, 0 for none."""
        lengths = sorted({count for count, _ in self._known if count <= len(tokens)}, reverse=True)
        return next((count for count in lengths if (count, self._digest(tokens[:count])) in self._known), 0)

    def load(self, tokens: Sequence[int]) -> dict[str, Tensor] | None:
        """The tensors stored for exactly `tokens`; None when there are none, or the file was unusable."""
        path = self._path(tokens)
        metadata = read_metadata(path)
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, ValueError):
            tensors = {}
        held = tensors.pop("tokens", None)
        if metadata is None or held is None or held.tolist() != list(tokens):
            self.drop(tokens)
            return None
        if metadata.get("checksum") != _checksum(tensors):
            self.drop(tokens)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return tensors

    def save(self, tokens: Sequence[int], text: str, tensors: Mapping[str, Tensor]) -> bool:
        """Store `tensors` for `tokens`, whose text is `text`; False when they do not fit or cannot be kept.

        A cache that cannot be written costs time, not correctness, so nothing is raised.
        """
        size = sum(tensor.nbytes for tensor in tensors.values()) + len(text.encode()) + 4 * len(tokens)
        size += HEADER_BYTES * (len(tensors) + 2)
        path = self._path(tokens)
        temporary = path.with_suffix(f"{TEMPORARY}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not make_room(self._folder, self._limit_bytes, size):
                return False
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            save_file(
                {"tokens": torch.tensor(tokens, dtype=torch.int32), **tensors},
                temporary,
                metadata={"text": text, "checksum": _checksum(tensors)},
            )
            temporary.replace(path)
        except (OSError, SafetensorError):
            remove(temporary)
            return False
        self._known.add((len(tokens), self._digest(tokens)))
        return True

    def drop(self, tokens: Sequence[int]) -> None:
        """Remove what is stored for exactly `tokens`."""
        self._known.discard((len(tokens), self._digest(tokens)))
        remove(self._path(tokens))

    def _path(self, tokens: Sequence[int]) -> Path:
        return self._folder / file_name(self._model, len(tokens), self._digest(tokens))

    def _digest(self, tokens: Sequence[int]) -> str:
        return blake2b(array("I", tokens).tobytes(), digest_size=16, key=self._key).hexdigest()


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """Of names and contents; tensors side by side, because a second launch's first token waits for it."""
    names = sorted(tensors)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        digests = list(pool.map(_digest_of, (tensors[name] for name in names)))
    whole = sha256()
    for name, digest in zip(names, digests, strict=True):
        whole.update(name.encode() + digest)
    return whole.hexdigest()


def _digest_of(tensor: Tensor) -> bytes:
    return sha256(tensor.contiguous().view(-1).view(torch.uint8).numpy().data).digest()
