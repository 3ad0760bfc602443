"""A file that one process holds: the system lets go of it when the process ends, however that happens.

So a lock is never stale, and needs no process id that may belong to somebody else by now. Knows nothing of
what is locked.
"""

import fcntl
import os
import time
from pathlib import Path


def hold(path: Path) -> int | None:
    """An open descriptor that holds ``path`` until it is closed; None while another one does.

    The file is made when it is missing (0600). Raises OSError where that is impossible.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if not _is_locked(descriptor):
                os.close(descriptor)
                return None
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # it was taken away in between


def _is_locked(descriptor: int) -> bool:
    """Whether the file is this descriptor's alone now; whoever only looks at it is waited for."""
    while not _lock(descriptor, fcntl.LOCK_EX):
        if not _lock(descriptor, fcntl.LOCK_SH):
            return False
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(0.001)
    return True


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether somebody holds ``path`` now; nothing is made."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not _lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
