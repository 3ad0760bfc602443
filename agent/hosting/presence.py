"""At most one resident host per home: whoever holds the lock is it, and the system lets go of it with the
process, however that ends. So neither a lock nor a socket can be stale for longer than a moment. A host may
also hand its place on and serve the clients that it has.

Knows nothing of what the host does.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from ..log.file_lock import hold
from . import address, peers


@dataclass(slots=True)
class Presence:
    """The lock and the listening socket of a host that is there."""

    home: Path
    socket: peers.Socket
    path: Path
    _lock: int
    is_held: bool = True
    """Until the place is handed on: what lies there is another host's from then on."""

    @property
    def is_found(self) -> bool:
        """Whether clients still come here: false once the home, or the socket in it, was taken away."""
        if not self.is_held:
            return False
        try:
            held, there = os.fstat(self._lock), address.lock_file(self.home).stat()
            return held.st_ino == there.st_ino and self.path.is_socket()
        except OSError:
            return False

    def withdraw(self) -> None:
        """Take the socket away; the lock stays until ``release``, so that no second host works here yet."""
        if self.is_found:
            os.ftruncate(self._lock, 0)
            self.path.unlink(missing_ok=True)
        self.socket.close()

    def release(self) -> None:
        if self.is_held:
            self.is_held = False
            os.close(self._lock)

    def hand_on(self) -> None:
        """Let the next one be the host, at once."""
        self.withdraw()
        self.release()


def claim(home: Path) -> Presence | None:
    """Become the host of ``home``; None while another process is. Raises OSError where none can be."""
    lock = hold(address.lock_file(home))
    if lock is None:
        return None
    try:
        path = address.socket_path(home)
        if path.parent != home:
            peers.make_private_folder(path.parent)
        listening = peers.listen(path)
        address.publish(lock, path)
    except BaseException:
        os.close(lock)
        raise
    return Presence(home, listening, path, lock)
