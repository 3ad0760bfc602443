"""Kills a process at its k-th SQL statement while it opens a database, for k = 1, 2, … until it gets through.

Usage: crash_statements.py FOLDER [RELEASED.sql]. Without a released schema a new database is made; with one,
a file of that schema with a note in it is upgraded. Prints one JSON list per k: [version, notes, problems].
"""

import json
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from next_schema import NEXT, old_database
from sqlalchemy import Engine, event

from homewit.memory import Store, sqlite_file

# What a process has written outlives it without the disk, which is not waited for: it may be slow.
sqlite_file._SETTINGS = (*sqlite_file._SETTINGS, "PRAGMA synchronous = OFF")


def open_and_die(path: Path, at: int) -> None:
    """Opens the store in a forked child that is killed before its statement number ``at``."""
    statements = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def count(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements == at:
            os.kill(os.getpid(), signal.SIGKILL)

    Store.open(path, wanted=NEXT).close()


def look(path: Path) -> tuple[int, list[str], str]:
    """What is in the file, through SQLite alone."""
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        notes = [row[0] for row in connection.execute("SELECT text FROM notes")] if "notes" in tables else []
        columns = [row[1] for row in connection.execute("PRAGMA table_info(notes)")]
        is_whole = ("pinned" in columns) == (version == NEXT.version) if version else not tables
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    return version, notes, sound if is_whole else f"between versions at {version}: {sorted(tables)} {columns}"


def main() -> None:
    folder = Path(sys.argv[1])
    for at in range(1, 1000):
        path = folder / f"{at}.db"
        if len(sys.argv) > 2:
            old_database(path, Path(sys.argv[2]), ["kept"])
        child = os.fork()
        if child == 0:
            open_and_die(path, at)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(json.dumps(look(path)), flush=True)
        with Store.open(path, wanted=NEXT) as store:  # whatever happened, the next start gets through
            store.records.add_note("after")
        if status == 0:
            return


main()
