"""From rows of the database to the frozen types that callers see, and back to one row by its id.

The fields of a type are columns of the same names; what is more than that is read where the type is. Knows no
table.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import Connection, Select, Table, select
from sqlalchemy.engine import RowMapping

from .errors import NotFound

_AT_ONCE = 500
"""Values in one statement."""


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)
Value = TypeVar("Value")


def as_type(kind: type[T], row: RowMapping) -> T:
    """A row as what it stands for."""
    return kind(**{name: row[name] for name in kind.__dataclass_fields__})


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
