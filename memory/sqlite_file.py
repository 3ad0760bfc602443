"""What is true only of SQLite files: permissions, header, settings, errors, backup and scrubbing.

A file is looked at before it is opened for writing, so that one of a newer Homewit or of another program is
refused untouched. Knows nothing of tables.
"""

import os
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

from . import errors

APPLICATION_ID = 0x486D7774  # "Hmwt"
BUSY_TIMEOUT_S = 30.0
_PAUSE_S = 0.02
_SETTINGS = (
    f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA cell_size_check = ON",
)
_making = threading.Lock()  # a new file is closed before another thread has locks on it


def prepare(path: Path, newest: int) -> None:
    """Makes the file, private to its owner, or looks whether the one that is there may be opened.

    Raises SchemaTooNew, StoreForeign, StoreCorrupt, StoreReadOnly or StoreBusy; in each case the file was not
    touched.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _making, suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _look_at(path, newest)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    for place, mode in ((path, os.R_OK | os.W_OK), (path.parent, os.W_OK | os.X_OK)):
        if not os.access(place, mode):
            raise _unwritable(path, f"{place} is not writable")


def _look_at(path: Path, newest: int) -> None:
    """Judges the file by the application and the version that stand in it or, newer, in its log."""
    try:
        with closing(_reading_only(path)) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        if _name(error) == "SQLITE_NOTADB":
            raise errors.StoreCorrupt(
                f"{path} is not a database, or its beginning is damaged. Move it away to start anew, or put "
                "a backup in its place."
            ) from error
        if _name(error) == "SQLITE_CORRUPT":
            return  # cut short, or another process just folds a log into it: opening it tells
        raise translated(error, path) from error
    if application != APPLICATION_ID and (application, version) != (0, 0):
        raise foreign(path)
    if version > newest:
        raise too_new(path, version, newest)


def _reading_only(path: Path) -> sqlite3.Connection:
    """A connection that changes neither the file nor its log, and makes no file where there is no log.

    A file opened and closed by ourselves would end the locks that other stores of this process have on it;
    then another process would take itself for the last one and throw the log away with what they write.
    """
    log = path.with_name(path.name + "-wal")
    alone = not (path.stat().st_size and log.exists() and log.stat().st_size)
    address = f"{path.as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S)


def configure(connection: sqlite3.Connection) -> None:
    """Settings of every connection: durable, strict, and erasing what it deletes.

    Transactions are begun by `store` alone (``isolation_level = None``).
    """
    connection.isolation_level = None
    for statement in _SETTINGS:
        connection.execute(statement)
    _use_log(connection)


def _use_log(connection: sqlite3.Connection) -> None:
    """Turns on the write-ahead log; SQLite does not wait by itself when two processes do so at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _name(error) != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)


def back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Copies the database as it is now to a private file beside it, before its schema changes."""
    copy = path.with_name(f"{path.name}.before-{version + 1}")
    partial = copy.with_name(f"{copy.name}-{os.getpid()}")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(partial)) as target:
            connection.backup(target)
        partial.replace(copy)
    except OSError as error:
        raise _unwritable(copy, error.strerror or str(error)) from error


def scrub(connection: sqlite3.Connection, path: Path) -> None:
    """Rewrites the file without deleted rows, empties its log, removes copies made by migrations."""
    connection.execute("VACUUM")
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            raise errors.StoreBusy(
                f"The words are erased, but another program keeps old pages of {path}-wal in use. "
                "End it and forget once more."
            )
        time.sleep(_PAUSE_S)
    for copy in path.parent.glob(f"{path.name}.before-*"):
        copy.unlink(missing_ok=True)


def translated(error: sqlite3.Error, path: Path | str) -> errors.StoreError:
    """The one error of ours that a driver's error stands for."""
    name = _name(error)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return busy(path)
    if name == "SQLITE_CONSTRAINT_FOREIGNKEY":
        return errors.NotFound(
            "Not stored: it belongs to a session, run or turn that does not exist. List them."
        )
    if name.startswith("SQLITE_FULL"):
        return errors.StoreFull(
            f"No room is left for {path}. Free some space; what was saved before is safe."
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return _unwritable(path, str(error))
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return errors.StoreCorrupt(
            f"{path} is damaged ({error}). Move it away and put a backup in its place, or try "
            "`sqlite3 FILE .recover`."
        )
    return errors.StoreError(f"{path}: the database refused the operation: {error} ({name or 'no code'}).")


def busy(path: Path | str) -> errors.StoreBusy:
    return errors.StoreBusy(
        f"{path} was locked by another writer for {BUSY_TIMEOUT_S:.0f} s. End that program, or try again."
    )


def foreign(path: Path) -> errors.StoreForeign:
    return errors.StoreForeign(
        f"{path} is a database of another program; it was not changed. Choose another HOMEWIT_HOME."
    )


def too_new(path: Path, version: int, newest: int) -> errors.SchemaTooNew:
    return errors.SchemaTooNew(
        f"{path} was written by a newer Homewit (schema {version}, this one knows {newest}); it was not "
        "changed. Upgrade Homewit, or choose another place with HOMEWIT_HOME."
    )


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", None) or ""


def _unwritable(path: Path | str, reason: str) -> errors.StoreReadOnly:
    return errors.StoreReadOnly(
        f"{path} cannot be opened for writing: {reason}. Make its folder writable, or choose another place "
        "with HOMEWIT_HOME."
    )
