"""The folder of prefixes that survive a restart: names, sizes, age, and what has to go.

A prefix that every request of an agent begins with (instructions and tools) costs seconds to compute and
milliseconds to read. The folder is a cache and nothing more: its size is bounded, and whatever cannot be read
or was written by something else is removed. Each file also carries the text of its prefix, so that what the
user wants forgotten is found without the model that wrote it. Free of torch.
"""

import contextlib
import json
import re
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".safetensors"
TEMPORARY = ".writing"
MAX_HEADER_BYTES = 16 << 20
WRITING_S = 600  # no file takes longer to write
_NAME = re.compile(r"([0-9a-f]{16})-(\d{1,9})-([0-9a-f]{32})\.safetensors")


@dataclass(frozen=True, slots=True)
class StoredPrefix:
    """One file: the model it belongs to, the number of its tokens, and their hash."""

    path: Path
    model: str
    tokens: int
    digest: str


def file_name(model: str, tokens: int, digest: str) -> str:
    return f"{model}-{tokens}-{digest}{SUFFIX}"


def stored_prefixes(folder: Path) -> Iterator[StoredPrefix]:
    """The files that bear the name of a prefix; they may still be damaged."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for path in sorted(folder.iterdir()):
            if (name := _NAME.fullmatch(path.name)) and path.is_file() and not path.is_symlink():
                yield StoredPrefix(path, name[1], int(name[2]), name[3])


def read_metadata(path: Path) -> dict[str, str] | None:
    """What the header of a file says of it; None when it is no complete file of ours."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > MAX_HEADER_BYTES:
                return None
            header = json.loads(file.read(length))
        metadata = header.pop("__metadata__")
        end = max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
        whole = path.stat().st_size == 8 + length + end
        return metadata if whole and isinstance(metadata.get("text"), str) else None
    except (OSError, ValueError, struct.error, KeyError, TypeError, AttributeError, IndexError):
        return None


def remove(path: Path) -> bool:
    """Delete a file; one that is gone already or may not be deleted is left to the next attempt."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def make_room(folder: Path, limit_bytes: int, needed_bytes: int) -> bool:
    """Remove the longest unused files until `needed_bytes` more fit; False when they never will."""
    if needed_bytes > limit_bytes:
        return False
    held = sorted(_sizes(folder), key=lambda entry: entry[0])
    total = sum(size for _, size, _ in held)
    for _, size, path in held:
        if total + needed_bytes <= limit_bytes:
            break
        if remove(path):
            total -= size
    return total + needed_bytes <= limit_bytes


def sweep(folder: Path) -> None:
    """Remove what a crash left half-written, and files that are no prefixes or are damaged."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for path in folder.iterdir():
            if path.is_dir() or (TEMPORARY in path.suffixes and _is_fresh(path)):
                continue
            if not _NAME.fullmatch(path.name) or path.is_symlink() or read_metadata(path) is None:
                remove(path)


def forget_stored_text(folder: Path, texts: Sequence[str]) -> int:
    """Remove every prefix, of any model, whose text contains one of `texts`; returns how many there were.

    Case and white space do not count, and a file whose text cannot be read is removed as well.
    """
    unwanted = [plain for text in texts if (plain := plain_text(text))]
    removed = 0
    for stored in stored_prefixes(folder):
        metadata = read_metadata(stored.path)
        held = plain_text(metadata["text"]) if metadata else None
        if unwanted and (held is None or any(text in held for text in unwanted)):
            removed += remove(stored.path)
    return removed


def plain_text(text: str) -> str:
    """`text` as it is compared where something is to be forgotten."""
    return " ".join(text.casefold().split())


def _sizes(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for stored in stored_prefixes(folder):
        with contextlib.suppress(FileNotFoundError):
            status = stored.path.stat()
            yield status.st_mtime, status.st_size, stored.path


def _is_fresh(path: Path) -> bool:
    """Whether another process may still be writing this file."""
    try:
        return time.time() - path.stat().st_mtime < WRITING_S
    except OSError:
        return True
