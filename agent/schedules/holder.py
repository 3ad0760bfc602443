"""Says who carries an occurrence out, so that others can tell when that one is gone.

A holder is a process of this machine, by its number and the moment of its start: numbers are used again.
"""

import os
from contextlib import suppress
from pathlib import Path


def this_process() -> str:
    return f"{os.getpid()}@{_started(os.getpid())}"


def is_gone(holder: str) -> bool:
    """Whether the process of ``holder`` has certainly ended; its lease need not be waited for then."""
    number, _, started = holder.partition("@")
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(number)) != started


def _started(process: int) -> str:
    """When a process started, in ticks since boot; empty where the system does not say, or it is a zombie."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""
