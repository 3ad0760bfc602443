"""How bubblewrap is told what a program may see and change. Pure but for looking at which folders are there.

Two kinds of rooms: for a command, which sees the system's programs and the granted folders, and nothing else;
and for a worker, which sees what the user sees but Homewit's own home and folders of keys, or less, and
changes the granted folders at most.
"""

import os
import sys
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .obeyed import Obeyed, git_obeys, is_git_folder
from .own_code import code_places
from .paths import PRIVATE_NAMES

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store")
# Only what programs need to start: no host keys, password hashes or service configuration.
_ETC = (
    "alternatives ca-certificates ca-certificates.conf debian_version group java-17-openjdk ld.so.cache "
    "ld.so.conf ld.so.conf.d localtime locale.alias locale.conf magic mime.types nsswitch.conf os-release "
    "passwd perl pki python3 python3.11 python3.12 python3.13 R ssl terminfo timezone"
).split()
_ETC_FOR_NETWORK = ("hosts", "resolv.conf", "services")
# Given to bubblewrap as its own, and not by `--setenv`: a command line is for everybody to read.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/tmp/home",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "NO_COLOR": "1",
}
NOT_GRANTABLE = ("/", "/usr", "/etc", "/bin", "/lib", "/proc", "/sys", "/dev", "/run", "/var", "/boot")
_TMP_BYTES, _SHARED_BYTES = 1 << 30, 1 << 28
MOST_WORKABLE = 20
"""In so many repositories git may work. Each takes three mounts, and bubblewrap reads the list of all mounts
for each that it makes; where git only reads, one mount does.
"""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a version of bubblewrap understands beside what all of them do."""

    disable_userns: bool = True
    size: bool = True


def command_room(network: bool, understood: Understood) -> list[str]:
    """The part that is the same for every command."""
    arguments = [
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"),
        *(() if network else ("--unshare-net",)),
        *(("--disable-userns",) if understood.disable_userns else ()),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--hostname", "sandbox"),
        *_system(),
    ]
    if network:
        for name in _ETC_FOR_NETWORK:
            arguments += ["--ro-bind-try", os.path.realpath(f"/etc/{name}"), f"/etc/{name}"]
    return [*arguments, "--proc", "/proc", *_still_proc(), *_own_memory(understood)]


def own_python() -> list[str]:
    """This Python with its standard library, where the system's folders do not hold it."""
    home = os.path.realpath(sys.base_prefix)
    return [] if home.startswith(SYSTEM) else ["--ro-bind", home, home]


def granted(
    roots: Iterable[Path], found: dict[Path, Obeyed], hidden: Sequence[Path], place: Path
) -> list[str]:
    """Grant the roots, then shield what is obeyed inside of them, what is private, and what listens. What was
    made to hold all this is in memory, and must not be filled. ``place`` is where the program works.
    """
    arguments: list[str] = []
    workable = _workable([path for obeyed in found.values() for path in obeyed.protected], place)
    for root in sorted(set(roots), key=lambda path: len(path.parts)):
        arguments += ["--bind", str(root), str(root)]
    for root, obeyed in found.items():
        arguments += _obeyed(obeyed, root, workable)
        for path in obeyed.sockets:
            arguments += ["--ro-bind", "/dev/null", str(path)]
    for folder in hidden:
        real = Path(os.path.realpath(folder))
        if real.is_dir() and any(real.is_relative_to(root) for root in found):
            arguments += _empty(real)
    return [*arguments, "--remount-ro", "/"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a worker sees and may change; without any, all that is the user's to read, and nothing to change.

    Attributes:
        roots: granted folders.
        changes: whether it may change them.
        network: whether it has one.
        away: folders of which it sees only what is granted and what it runs on.
        hidden: folders of which it sees nothing.
        shown: files that it needs although they lie there, such as a plugin in Homewit's home.
    """

    roots: tuple[Path, ...] = ()
    changes: bool = False
    network: bool = False
    away: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    shown: tuple[Path, ...] = ()


def worker_room(reach: Reach, found: dict[Path, Obeyed], understood: Understood) -> list[str]:
    """For a worker; `found` is what is obeyed in its granted folders.

    One that may change nothing has nothing to be kept from but keys; a mount of its own would be writable.
    """
    arguments = [
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", *(() if reach.network else ("--unshare-net",))),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--ro-bind", "/", "/", "--proc", "/proc", *_still_proc(), *_own_memory(understood)),
    ]
    away = _real_folders(reach.away)
    for folder in away:
        arguments += ["--tmpfs", str(folder)]
    for place in code_places():
        if not place.is_symlink() or any(place.is_relative_to(folder) for folder in away):
            arguments += ["--ro-bind-try", str(place), str(place)]
    for root in sorted(found, key=lambda path: len(path.parts)):
        arguments += ["--bind-try" if reach.changes else "--ro-bind-try", str(root), str(root)]
    workable = _workable([path for obeyed in found.values() for path in obeyed.protected], None)
    for root, obeyed in found.items():
        if reach.changes:
            arguments += _obeyed(obeyed, root, workable)
        else:
            private = (path for path in dict.fromkeys(obeyed.protected) if _is_private(path))
            arguments += [word for path in private for word in _empty(path)]
    keys = [Path.home() / name for name in sorted(PRIVATE_NAMES)]
    empty = _real_folders([*keys, *reach.hidden])
    for folder in empty:
        arguments += ["--tmpfs", str(folder)]
    for path in reach.shown:
        arguments += ["--ro-bind-try", str(path), str(path)]
    return [*arguments, *(word for folder in (*away, *empty) for word in ("--remount-ro", str(folder)))]


def _real_folders(folders: Iterable[Path]) -> list[Path]:
    return [real for one in folders if (real := Path(os.path.realpath(one))).is_dir()]


def _workable(protected: Iterable[Path], place: Path | None) -> frozenset[Path]:
    """Folders of git in which git may work: the one of ``place``, and those that were used last."""
    dated = []
    for path in protected:
        if is_git_folder(path):
            with suppress(OSError):  # gone in this moment
                around = place is not None and place.is_relative_to(path.parent)
                dated.append((around, path.stat().st_mtime_ns, path))
    return frozenset(path for _, _, path in sorted(dated, reverse=True)[:MOST_WORKABLE])


def _obeyed(obeyed: Obeyed, root: Path, workable: Container[Path]) -> list[str]:
    """Shield it; what is bound, if only onto itself, cannot be moved aside and replaced."""
    arguments = [
        word for folder in dict.fromkeys(obeyed.above) for word in ("--bind", str(folder), str(folder))
    ]
    for path in dict.fromkeys(obeyed.protected):
        arguments += _git_folder(path) if path in workable else _shielded(path, root)
    return arguments


def _shielded(path: Path, root: Path) -> list[str]:
    if path.is_symlink():  # what it leads to is what programs read; the link itself is looked at afterwards
        real = Path(os.path.realpath(path))
        inside = real.exists() and real != root and real.is_relative_to(root)
        return ["--ro-bind", str(real), str(real)] if inside else []
    return _empty(path) if _is_private(path) else ["--ro-bind", str(path), str(path)]


def _is_private(path: Path) -> bool:
    return path.name.casefold() in PRIVATE_NAMES and path.is_dir() and not path.is_symlink()


def _git_folder(path: Path) -> list[str]:
    """Let git work, but not change what it runs by itself: hooks, configuration, pointers to others.

    The folder is bound onto itself because a mount point cannot be moved aside and replaced.
    """
    arguments, obeyed = ["--bind", str(path), str(path)], list(git_obeys(path))
    for place in obeyed:
        if place.parent.name != "hooks" and not place.is_symlink():
            arguments += ["--ro-bind", str(place), str(place)]
    for hooks in {path / "hooks", *(place.parent for place in obeyed if place.parent.name == "hooks")}:
        arguments += ["--ro-bind", str(hooks), str(hooks)] if hooks.exists() else _empty(hooks)
    return arguments


def _empty(folder: Path) -> list[str]:
    """Nothing is seen there, and nothing can be put there."""
    return ["--tmpfs", str(folder), "--remount-ro", str(folder)]


def _own_memory(understood: Understood) -> list[str]:
    """Devices, shared memory and /tmp of its own. All of them are memory of the machine, which no limit of a
    process counts, so they have a size.
    """
    shared, temporary = (
        ("--size", str(size)) if understood.size else () for size in (_SHARED_BYTES, _TMP_BYTES)
    )
    devices = ("--dev", "/dev", *shared, "--tmpfs", "/dev/shm", "--remount-ro", "/dev")
    return [*devices, *temporary, "--tmpfs", "/tmp"]


def _still_proc() -> list[str]:
    """Settings of the kernel stay read-only also for root, who otherwise could write them as their owner."""
    places = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus")
    return [word for place in places for word in ("--ro-bind-try", place, place)]


@lru_cache(maxsize=1)
def _system() -> tuple[str, ...]:
    arguments: list[str] = []
    for folder in SYSTEM:
        if os.path.islink(folder):  # merged /usr: keep the link, so that it means the same inside
            arguments += ["--symlink", os.readlink(folder), folder]
        else:
            arguments += ["--ro-bind-try", folder, folder]
    for name in _ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return tuple(arguments)
