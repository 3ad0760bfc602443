"""What the programs around plugins do with their own process: pipes, limits, and the end.

Standard output belongs to the protocol, so what plugins print goes to standard error.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO


def pipes_to_host() -> tuple[BinaryIO, BinaryIO]:
    """What was standard input and output; these now lead to nowhere and to standard error."""
    reads, writes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return reads, writes


def end_all() -> None:
    """End this process with everything in its group, if the group is its own."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def peak_bytes() -> int:
    """The most memory that this program has held.

    Linux tells it by itself; its `ru_maxrss` begins with what the process held that started this one.
    """
    import resource

    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def limit(memory_bytes: int) -> None:
    """No core files, which would hold secrets, and no more memory than granted; where the system can say."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):  # of what runs when the machine is out of memory, this goes first
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
        if memory_bytes:
            resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
