"""Full-text search: the one place that speaks FTS5, so that another database can bring its own.

The indexes hold no copy of the text; they point at the tables (external content) and triggers keep them in
step. Expressions are built from words alone, each quoted, so no input can be a syntax error. Knows nothing of
ranking beyond bm25, nor of what the rows mean.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Float, Integer, Subquery, Table, func, text

from . import record_schema, schema
from .columns import storable

MOST_WORDS = 32
SHORTEST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class FullTextIndex:
    """Which columns of which table are searched, and how much a hit in each counts."""

    table: Table
    columns: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{self.table.name}_text"


TURNS = FullTextIndex(schema.turns, ("text",), (1.0,))
NOTES = FullTextIndex(record_schema.notes, ("text",), (1.0,))
FACTS = FullTextIndex(schema.facts, ("subject", "key", "value"), (2.0, 2.0, 1.0))
INDEXES = (TURNS, NOTES, FACTS)


def create(connection: Connection) -> None:
    """Makes the indexes and the triggers that keep them in step with their tables."""
    for index in INDEXES:
        table, name, columns = index.table.name, index.name, ", ".join(index.columns)
        new = ", ".join(f"new.{column}" for column in index.columns)
        old = ", ".join(f"old.{column}" for column in index.columns)
        add = f"INSERT INTO {name}(rowid, {columns}) VALUES (new.number, {new});"  # noqa: S608 - names are ours
        drop = f"INSERT INTO {name}({name}, rowid, {columns}) VALUES ('delete', old.number, {old});"  # noqa: S608
        for statement in (
            f"CREATE VIRTUAL TABLE {name} USING fts5({columns}, content='{table}', content_rowid='number', "
            "tokenize='porter unicode61 remove_diacritics 2')",
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {add} END",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {drop} END",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF {columns} ON {table} BEGIN {drop} {add} END",
        ):
            connection.exec_driver_sql(statement)


def rebuild(connection: Connection, index: FullTextIndex) -> None:
    """Writes the index anew from its table, so that no trace of removed words stays inside it."""
    connection.exec_driver_sql(f"INSERT INTO {index.name}({index.name}) VALUES ('rebuild')")  # noqa: S608


def all_of(words: Iterable[str]) -> str:
    """An expression that every one of ``words`` must match; empty when there are none."""
    return " AND ".join(f'"{word}"' for word in _clean(words))


def any_of(words: Iterable[str]) -> str:
    """An expression that one of ``words``, or a longer word that starts with it, must match."""
    return " OR ".join(
        f'"{word}"*' if len(word) >= SHORTEST_PREFIX else f'"{word}"' for word in _clean(words)
    )


def hits(index: FullTextIndex, expression: str) -> Subquery:
    """Rows of ``index`` that match, as a subquery with ``number`` and ``rank`` (bm25, best is lowest)."""
    weights = ", ".join(str(weight) for weight in index.weights)
    return (
        text(
            f"SELECT rowid AS number, bm25({index.name}, {weights}) AS rank"  # noqa: S608 - names are ours
            f" FROM {index.name} WHERE {index.name} MATCH :expression"
        )
        .bindparams(expression=expression)
        .columns(Column("number", Integer), Column("rank", Float))
        .subquery()
    )


def contains(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether ``column`` holds ``part`` character for character, of any length."""
    return func.instr(column, storable(part)) > 0


def contains_any_case(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether ``column`` holds ``part``, capitals aside (for ASCII letters; others must be the same)."""
    return func.instr(func.lower(column), func.lower(storable(part))) > 0


def _clean(words: Iterable[str]) -> list[str]:
    """Distinct words of letters, digits and underscores; what else a caller sends cannot reach FTS5."""
    kept = dict.fromkeys("".join(c for c in word if c.isalnum() or c == "_") for word in words)
    return [word for word in kept if word][:MOST_WORDS]
