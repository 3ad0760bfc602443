"""Who writes next, among the threads of a process and among processes.

SQLite and Python's locks serve whoever asks at the right moment. One that writes again and again would keep
all others waiting, on a slow disk until they give up. Here only the next one waits for the writer, behind a
gate that those who have written and come again have to pass, too. Knows nothing of transactions.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE_S = 0.002


class WritingOrder:
    """Of one database in ``folder``, None for one in memory; waits ``patience_s`` while nobody gets on."""

    def __init__(self, folder: Path | None, patience_s: float) -> None:
        self._folder = folder
        self._patience_s = patience_s
        self._gate, self._writer = threading.Lock(), threading.Lock()
        self._written = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The only writer among the threads of this store until the block ends. Raises TimeoutError."""
        self._acquire(self._gate)
        try:
            self._acquire(self._writer)
        finally:
            self._gate.release()
        try:
            yield
        finally:
            self._written += 1
            self._writer.release()

    def _acquire(self, lock: threading.Lock) -> None:
        """Waits, for as long as others get on."""
        before = None
        while before != self._written:
            before = self._written
            if lock.acquire(timeout=self._patience_s):
                return
        raise TimeoutError

    @contextmanager
    def next_of_all(self) -> Iterator[None]:
        """The one among the processes that may wait for the writer, until the block ends.

        A lock on the folder says who it is. It is courtesy: who does not get it in time goes on without it.
        """
        descriptor = self._open()
        try:
            giving_up = time.monotonic() + self._patience_s
            while descriptor is not None and not _is_locked(descriptor) and time.monotonic() < giving_up:
                time.sleep(_PAUSE_S)
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _open(self) -> int | None:
        if self._folder is not None:
            with suppress(OSError):
                return os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        return None


def _is_locked(descriptor: int) -> bool:
    """Whether it is locked now, or cannot be: not every file system has locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
