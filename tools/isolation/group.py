"""The end of a process with all in its group, so that nothing it has started there outlives it.

A group has the number of the process that leads it. That number is nobody else's before the system was asked
how the leader ended; so the group is ended before that question is put, and never after it. What has left the
group for a session of its own is not in reach here: bubblewrap ends that too, and nothing does without it.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol


class Leader(Protocol):
    """As `subprocess.Popen`, of a process that was started in a session of its own."""

    @property
    def pid(self) -> int: ...

    def wait(self) -> int: ...


class Group:
    """A process that leads a group of its own. `wait` is for one thread, `kill` for any."""

    def __init__(self, leader: Leader) -> None:
        self.pid = leader.pid
        self._leader = leader
        self._lock = threading.Lock()
        self._over = False

    def kill(self) -> None:
        """End all of it now; once the leader was waited for, there is nothing left to end."""
        with self._lock:
            if not self._over:
                self._end()

    def kill_below(self) -> None:
        """End what the leader has started: for bubblewrap, which then ends last, all that it has shut in."""
        with self._lock:
            for child in [] if self._over else _children(self.pid):
                with suppress(OSError), _handle(child) as handle:
                    if child in _children(self.pid):  # so the handle is of that child, and of no later one
                        signal.pidfd_send_signal(handle, signal.SIGKILL)

    def wait(self) -> int:
        """Block until the leader has ended, and end the others; the leader's exit code."""
        still_there = _ended(self.pid)
        with self._lock:
            if still_there:
                self._end()
            self._over = True
            return self._leader.wait()

    def _end(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # the latter is what macOS says of a dead leader
            os.killpg(self.pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    """Nothing where the system does not tell."""
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    return []


@contextmanager
def _handle(pid: int) -> Iterator[int]:
    handle = os.pidfd_open(pid)
    try:
        yield handle
    finally:
        os.close(handle)


def _ended(pid: int) -> bool:
    """Block until a child has ended, and leave it to be waited for; False when somebody else has done so."""
    if sys.platform == "darwin":  # whose `waitid` Python has since 3.13 only
        import select

        event = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        with closing(select.kqueue()) as queue, suppress(ProcessLookupError):  # it has ended before
            queue.control([event], 1)
        return True
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
