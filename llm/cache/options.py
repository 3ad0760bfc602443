"""What a caller can say of an engine's cache: how much memory and disk, how exact, and where.

Plain values, free of torch; the command line and the agent build them without loading the engine.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import RequestError

MEBIBYTE = 1 << 20
SMALLEST_MB = 16
DEFAULT_BOUNDS_MB = (256, 4096)


@dataclass(frozen=True, slots=True)
class CacheOptions:
    """Options of the cache of keys, values and states.

    Without a `folder` nothing outlives the process. `int8` keeps keys and values in eight bits: half the
    memory of bfloat16, and slightly rounded.
    """

    memory_mb: int | None = None
    """Most memory in MiB; None takes a quarter of the machine's, within bounds."""
    int8: bool = False
    folder: Path | None = None
    disk_mb: int = 2048
    """Most space in MiB that `folder` may take, for all models together."""

    def __post_init__(self) -> None:
        if self.memory_mb is not None and self.memory_mb < SMALLEST_MB:
            raise RequestError(
                f"A cache of {self.memory_mb} MB cannot be used; give at least {SMALLEST_MB}, or none."
            )
        if self.disk_mb < 0:
            raise RequestError(f"A cache of {self.disk_mb} MB on disk is impossible; 0 keeps none.")


def default_memory_mb() -> int:
    """A quarter of this machine's memory, within bounds."""
    low, high = DEFAULT_BOUNDS_MB
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return low
    return max(low, min(high, physical // 4 // MEBIBYTE))
