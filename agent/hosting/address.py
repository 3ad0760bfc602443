"""Where a home lies, and where the resident host of that home can be found.

The host publishes its socket in the file that it holds locked, so that clients need not guess: a home whose
path is too long for a socket has it elsewhere. Imports nothing heavy; clients read this first of all.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LONGEST_PATH = 103
"""Bytes of a socket's path that every system takes (108 on Linux and 104 on macOS, with the closing zero)."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a host says of itself; it may have ended since."""

    pid: int
    socket: Path


def home_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """``HOMEWIT_HOME``, or else the platform's folder for user data; nothing is created."""
    if chosen := environment.get("HOMEWIT_HOME"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("homewit", appauthor=False)


def lock_file(home: Path) -> Path:
    """Held locked by the resident host for as long as it lives."""
    return home / "host.lock"


def log_file(home: Path) -> Path:
    return home / "logs" / "host.log"


def socket_path(home: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where a host of this home listens: in the home, or where its path is too long in a folder of the user's
    own that ends with the login.
    """
    wanted = home / "host.sock"
    if len(os.fsencode(wanted)) <= LONGEST_PATH:
        return wanted
    name = f"{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}.sock"
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime and len(os.fsencode(runtime)) < LONGEST_PATH - 30:
        return Path(runtime) / "homewit" / name
    return Path("/tmp") / f"homewit-{os.getuid()}" / name  # noqa: S108 - a folder of the user's own, checked


def publish(descriptor: int, socket: Path) -> None:
    """Write into the open lock file what clients have to know."""
    os.ftruncate(descriptor, 0)
    said = json.dumps({"pid": os.getpid(), "socket": str(socket)})
    os.pwrite(descriptor, said.encode(), 0)


def published(home: Path) -> Published | None:
    """What the last host of this home said; None when there was none, or it ended in order."""
    try:
        said = json.loads(lock_file(home).read_bytes() or b"null")
        return Published(int(said["pid"]), Path(str(said["socket"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_possible() -> bool:
    """Whether this system has what a resident host needs."""
    return sys.platform != "win32"
