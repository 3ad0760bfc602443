"""The trash can of the desktop: what is thrown away can be put back, by Homewit and by any file manager.

Linux and other systems of the kind follow the freedesktop.org trash specification 1.0: a file goes to the
trash of the home folder, or to that of its own disk, beside a note of where it came from. On macOS it goes to
`~/.Trash`. Nothing is copied and nothing is overwritten. It does not judge what may be thrown away.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from ..errors import PathDenied, ToolFailed
from .places import open_folder, parent_of, place, status_of

_MOST_TRIES = 10_000
_NOTE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Can:
    """One trash can; `top` is the folder that the notes of its disk are relative to, None for the home's."""

    folder: Path
    top: Path | None = None

    @property
    def files(self) -> Path:
        return self.folder if sys.platform == "darwin" else self.folder / "files"

    @property
    def notes(self) -> Path | None:
        return None if sys.platform == "darwin" else self.folder / "info"


def throw_away(path: Path, now: datetime) -> Path:
    """Move a file or folder to the trash; returns where it is now. Raises OSError or ToolFailed."""
    for can in _cans(path):
        try:
            return _into(can, path, now)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS):
                raise
    raise ToolFailed(f"{path.name} lies on a disk without a trash can, and nothing is deleted for good here.")


def keep_former(path: Path, now: datetime) -> Path | None:
    """Give a file that is about to be replaced a second name in the trash; None where that cannot be."""
    for can in _cans(path):
        with suppress(OSError, ToolFailed):
            return _into(can, path, now, leave=True)
    return None


def put_back(trashed: Path, path: Path, replace: datetime | None = None) -> None:
    """Move something out of the trash to where it was; raises FileExistsError when the place is taken.

    With `replace`, the moment of it, what is there is thrown away first.
    """
    if not any(trashed.parent == can.files for can in _cans(path)):
        raise PathDenied(f"{trashed} is not from the trash, and was left alone.")
    with parent_of(trashed) as (can, name), parent_of(path, make=True) as (folder, own):
        if status_of(name, can) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(trashed))
        if replace is not None:
            throw_away(path, replace)
        place(name, can, own, folder, replace=False)
    _forget(trashed)


def discard(trashed: Path) -> None:
    """Take a file out of the trash for good: a second name that turned out not to be needed."""
    with suppress(OSError):
        trashed.unlink()
    _forget(trashed)


def _forget(trashed: Path) -> None:
    with suppress(OSError):
        (trashed.parent.parent / "info" / f"{trashed.name}.trashinfo").unlink()


def _into(can: Can, path: Path, now: datetime, leave: bool = False) -> Path:
    for folder in (can.folder, can.files, can.notes):
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with parent_of(path) as (source, own), open_folder(Path(os.path.realpath(can.files))) as target:
        if status_of(own, source) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        for name in _free_names(own):
            note = _note(can, name, path, now)
            if note is False:
                continue
            try:
                if leave:
                    os.link(own, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
                else:
                    place(own, source, name, target, replace=False)
                return can.files / name
            except FileExistsError:
                _drop(note)
            except BaseException:
                _drop(note)
                raise
    raise ToolFailed(f"The trash holds too many files named {path.name}; empty it first.")


def _free_names(own: str) -> Iterator[str]:
    yield own
    for number in range(2, _MOST_TRIES):
        yield f"{Path(own).stem}.{number}{Path(own).suffix}"


def _note(can: Can, name: str, path: Path, now: datetime) -> Path | bool | None:
    """Write down where a file comes from; this claims the name. False when the name is taken."""
    if can.notes is None:
        return None
    place_of = path if can.top is None else path.relative_to(can.top)
    text = f"[Trash Info]\nPath={quote(str(place_of))}\nDeletionDate={now:%Y-%m-%dT%H:%M:%S}\n"
    note = can.notes / f"{name}.trashinfo"
    try:
        handle = os.open(note, _NOTE, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    return note


def _drop(note: Path | bool | None) -> None:
    if isinstance(note, Path):
        with suppress(OSError):
            note.unlink()


def _cans(path: Path) -> list[Can]:
    """The cans that may take a file, the nearest first: the home's, then the one of the file's own disk."""
    if sys.platform == "darwin":
        return [Can(Path.home() / ".Trash")]
    data = os.environ.get("XDG_DATA_HOME", "")
    home = Path(data) if Path(data).is_absolute() else Path.home() / ".local/share"
    top = _top_of(path.parent)
    own = top / f".Trash-{os.getuid()}"
    with suppress(OSError):
        if stat.S_ISLNK(own.lstat().st_mode):  # the specification forbids a linked can
            return [Can(home / "Trash")]
    return [Can(home / "Trash"), Can(own, top)]


def _top_of(folder: Path) -> Path:
    """The folder in which the disk of `folder` is mounted."""
    while not folder.exists():
        folder = folder.parent
    disk = folder.stat().st_dev
    while folder != folder.parent and folder.parent.stat().st_dev == disk:
        folder = folder.parent
    return folder
