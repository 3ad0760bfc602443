"""Opens files and folders so that no link can be slipped in between looking and opening.

`paths` has judged where a path leads. Here every folder on the way is opened by itself, without following
links, and the work is done relative to the open folder: a link that has appeared since is refused. It does
not judge which places are granted, and knows nothing of what is in a file.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from ..errors import PathDenied, ToolFailed

# On Linux a folder can be passed through without the right to list it.
_PASS_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def failing_as(done: str) -> Iterator[None]:
    """Turn errors of the operating system into ToolFailed: "notes.txt could not be read: …"."""
    try:
        yield
    except OSError as error:
        raise ToolFailed(f"{done}: {error.strerror or error}.") from error


@contextmanager
def open_folder(path: Path, *, make: bool = False) -> Iterator[int]:
    """The folder at a resolved path as a descriptor; with `make` it is made, with all that is missing above.

    Raises PathDenied for a link on the way, OSError for what is missing or no folder.
    """
    folder = os.open(path.anchor or ".", _PASS_THROUGH)
    try:
        for part in path.parts[1:] if path.anchor else path.parts:
            inner = _step_into(folder, part, path, make)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


@contextmanager
def parent_of(path: Path, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The folder that holds `path`, and the name in it; raises as `open_folder` does."""
    with open_folder(path.parent, make=make) as folder:
        yield folder, path.name


def open_file(name: str, folder: int, shown: str) -> BinaryIO:
    """A regular file in an open folder, for reading; pipes and devices, which may never end, are refused."""
    try:
        handle = os.open(name, _READ, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _moved(shown) from error
        raise
    stream = os.fdopen(handle, "rb")
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return stream
    stream.close()
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), shown)
    raise ToolFailed(f"{shown} is not a regular file.")


def status_of(name: str, folder: int) -> os.stat_result | None:
    """What stands at a name in an open folder, a link as a link; None when nothing does."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write all of a file or nothing: beside it first, then renamed into place, with the mode that it had.

    Without `replace` an existing file is left alone and FileExistsError is raised.
    """
    with parent_of(path, make=True) as (folder, name):
        before = status_of(name, folder)
        if before is not None and not replace:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        if before is not None and not stat.S_ISREG(before.st_mode):
            raise _moved(str(path)) if stat.S_ISLNK(before.st_mode) else ToolFailed(f"{path} is no file.")
        if before is not None and not before.st_mode & stat.S_IWUSR:
            raise ToolFailed(f"{path.name} is read-only and was left as it is.")
        temporary = f".{name[:100]}.{uuid4().hex[:12]}.tmp"
        handle = os.open(temporary, _CREATE, 0o666, dir_fd=folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                if before is not None:
                    os.fchmod(handle, stat.S_IMODE(before.st_mode))
                    with suppress(PermissionError):  # only root can give a file to its former owner
                        os.fchown(handle, before.st_uid, before.st_gid)
                os.fsync(handle)
            place(temporary, folder, name, folder, replace=replace)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
        sync(folder)


def place(name: str, folder: int, new: str, target: int, *, replace: bool) -> None:
    """Rename within a disk, a file or a folder; without `replace` never onto something that is there."""
    if replace:
        os.rename(name, new, src_dir_fd=folder, dst_dir_fd=target)
        return
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISREG(status.st_mode):
        try:
            # A second name is given only where there is none, in one step; the first is taken away then.
            os.link(name, new, src_dir_fd=folder, dst_dir_fd=target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS):
                raise
        else:
            os.unlink(name, dir_fd=folder)
            return
    if status_of(new, target) is not None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(name, new, src_dir_fd=folder, dst_dir_fd=target)


def sync(folder: int) -> None:
    """Make what was renamed in an open folder last; where a folder cannot be flushed, the system will."""
    with suppress(OSError):
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _step_into(folder: int, part: str, path: Path, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=folder)
    try:
        return os.open(part, _PASS_THROUGH, dir_fd=folder)
    except OSError as error:
        status = status_of(part, folder) if error.errno in (errno.ENOTDIR, errno.ELOOP) else None
        if status is not None and stat.S_ISLNK(status.st_mode):
            raise _moved(str(path)) from error
        raise


def _moved(shown: str) -> PathDenied:
    return PathDenied(f"{shown} became a link while it was opened, and links that appear are not followed.")
