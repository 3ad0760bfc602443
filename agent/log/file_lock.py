"""A file that one process holds: the system lets go of it when the process ends, however that happens.

So a lock is never stale, and needs no process id that may belong to somebody else by now. Knows nothing of
what is locked.
"""

import fcntl
import os
from pathlib import Path


def hold(path: Path) -> int | None:
    """An open descriptor that holds ``path`` until it is closed; None while another one does.

    The file is made when it is missing (0600). Raises OSError where that is impossible.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):  # held, or taken away in between
        pass
    os.close(descriptor)
    return None


def is_held(path: Path) -> bool:
    """Whether somebody holds ``path`` now; nothing is made."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
