"""One short name for everything that decides what a checkpoint computes: weights, spec and number formats.

States computed by one model mean nothing to another, so whatever keeps them is keyed by this. Reading all
weights would cost a second per gigabyte at every start; size, time of change and samples of every file tell
checkpoints apart as surely, and an edit in place too. It knows nothing of caches.
"""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from ..spec import ModelSpec

WEIGHT_FILES = ("*.safetensors", "*.gguf")
HEADER_BYTES = 1 << 16
SAMPLES = 64
SAMPLE_BYTES = 1 << 12


def fingerprint(source: Path, spec: ModelSpec, settings: Sequence[str] = ()) -> bytes:
    """16 bytes for the weights at `source` (a folder, or one file) run as `spec` with `settings`.

    `settings` are what else changes the numbers: number formats, quantization, device.
    """
    files = [source] if source.is_file() else [path for glob in WEIGHT_FILES for path in source.glob(glob)]
    total = blake2b(digest_size=16)
    for part in (repr(spec), *settings):
        total.update(f"{len(part)}:{part}".encode())
    for path in sorted(files):
        total.update(_sampled(path))
    return total.digest()


def _sampled(path: Path) -> bytes:
    status = path.stat()
    digest = blake2b(f"{path.name}:{status.st_size}:{status.st_mtime_ns}".encode())
    with path.open("rb") as file:
        digest.update(file.read(HEADER_BYTES))
        for index in range(SAMPLES):
            file.seek(status.st_size * index // SAMPLES)
            digest.update(file.read(SAMPLE_BYTES))
    return digest.digest()
