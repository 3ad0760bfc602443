"""A schema one version ahead of the released one, and old files to upgrade to it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from homewit.memory.migrations import CURRENT, Migration, Schema

STEP = Migration(
    CURRENT.version + 1,
    "pin notes",
    (
        "ALTER TABLE notes ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX notes_pinned ON notes(pinned)",
        "UPDATE notes SET pinned = 1",
    ),
)


def _create(connection: Connection) -> None:
    CURRENT.create(connection)
    for statement in STEP.statements:
        connection.exec_driver_sql(statement)


NEXT = Schema(_create, (*CURRENT.migrations, STEP))


def old_database(path: Path, released: Path, notes: Sequence[str]) -> None:
    """Makes a file of a released schema, with notes in it, through SQLite alone."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(released.read_text(encoding="utf-8"))
        for number, text in enumerate(notes):
            row = (f"n_{number:010}", text, "2026-01-01T00:00:00.000000+00:00")
            connection.execute("INSERT INTO notes(id, text, created) VALUES (?, ?, ?)", row)
        connection.commit()


def schema_of(path: Path) -> dict[str, str]:
    """Every table, index and trigger by name, its SQL without differences of layout."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: "".join(sql.split()) for name, sql in rows}
