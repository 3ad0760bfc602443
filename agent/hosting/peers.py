"""Unix sockets of the host: made so that only their owner can use them, and every caller is looked at.

The one place of the agent that touches sockets; none of them reaches beyond this machine. Knows nothing of
what is said over them.
"""

import os
import socket
import stat
import struct
import sys
from pathlib import Path

Socket = socket.socket
_WAITING = 64
"""Most callers that wait to be accepted."""
_LOCAL_PEERCRED, _SOL_LOCAL = 1, 0  # macOS; Python has no names for them


class NotPrivate(OSError):
    """A folder that has to be the user's alone is not."""


def listen(path: Path) -> socket.socket:
    """A listening socket at ``path`` (0600); one that was left there is replaced. Raises OSError."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    earlier = os.umask(0o177)
    try:
        made.bind(str(path))
    except BaseException:
        made.close()
        raise
    finally:
        os.umask(earlier)
    made.listen(_WAITING)
    made.setblocking(False)
    return made


def is_answered(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            return False
    return True


def user_of(connection: socket.socket) -> int | None:
    """The user at the other end; None where the system does not tell, and only file modes protect."""
    if sys.platform == "linux":
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return struct.unpack("3i", told)[1]
    if sys.platform == "darwin":
        told = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, struct.calcsize("2I"))
        return struct.unpack("2I", told)[1]
    return None


def is_ours(connection: socket.socket) -> bool:
    """Whether the other end is a process of this user; not when it has hung up before anybody could see."""
    try:
        return user_of(connection) in (os.getuid(), None)
    except OSError:
        return False


def hang_up(connection: socket.socket) -> None:
    """End a connection for both sides and for whoever waits in it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the other end was faster
        return


def make_private_folder(path: Path) -> None:
    """Create ``path`` (0700), or check that what is there is a folder of this user's alone."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NotPrivate(f"{path} is not a folder that only you can use; remove it")
