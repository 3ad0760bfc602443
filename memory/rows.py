"""From rows of the database to the frozen types that callers see, and back to one row by its id.

The fields of a type are columns of the same names; what is more than that is read where the type is. Knows no
table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Select, Table, select
from sqlalchemy.engine import RowMapping

from .errors import NotFound

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_AT_ONCE = 500
"""Values in one statement."""
T = TypeVar("T", bound="DataclassInstance")
Value = TypeVar("Value")


def as_type(kind: type[T], row: RowMapping) -> T:
    """A row as what it stands for."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})


def read_all(connection: Connection, kind: type[T], wanted: Select[Any]) -> list[T]:
    """Every row that is found, in the order of the query."""
    return [as_type(kind, row) for row in connection.execute(wanted).mappings()]


def the_row(connection: Connection, table: Table, id: str, none: str) -> RowMapping:
    """The row with an id; raises NotFound with the message ``none``."""
    row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(none)
    return row


def pieces(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Values in lists that are short enough for one statement."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
