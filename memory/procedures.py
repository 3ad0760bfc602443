"""Procedures: what was learned from runs of one shape, and what the user said to it.

A shape is known once: what was declined or removed stays as its shape alone, so that it is not offered again.
Bodies are JSON; what they mean is the agent's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import RowMapping

from .errors import NotFound
from .rows import as_type, read_all
from .schema import procedures
from .transactions import Transactions, new_id

State = Literal["offered", "accepted", "declined"]


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """``tools``: the hash of the definition that each tool had; ``runs``: those that it was learned from."""

    id: str
    name: str
    shape: str
    state: State
    body: Mapping[str, Any]
    tools: Mapping[str, str]
    runs: Sequence[str]
    uses: int
    created: datetime
    updated: datetime


class ProcedureBook:
    """The part of the store that keeps procedures. Methods are transactions of their own."""

    def __init__(self, store: Transactions) -> None:
        self._store = store

    def offer(
        self, name: str, shape: str, body: Mapping[str, Any], tools: Mapping[str, str], runs: Sequence[str]
    ) -> ProcedureRow | None:
        """Keep a procedure to be accepted or declined; None when its shape is known already."""
        with self._store.write() as connection:
            if _of_shape(connection, shape) is not None:
                return None
            now, id = self._store.now(), new_id("p")
            values = {"id": id, "name": name, "shape": shape, "state": "offered", "body": dict(body)}
            more = {"tools": dict(tools), "runs": list(runs), "created": now, "updated": now}
            connection.execute(insert(procedures).values(**values, **more))
            return _get(connection, id)

    def of_shape(self, shape: str) -> ProcedureRow | None:
        """What is known of a shape, also that it is not wanted."""
        with self._store.read() as connection:
            row = _of_shape(connection, shape)
        return None if row is None else as_type(ProcedureRow, row)

    def list_all(self, *states: State) -> list[ProcedureRow]:
        """The newest first; without ``states`` those that are offered or accepted."""
        wanted = states or ("offered", "accepted")
        newest = select(procedures).where(procedures.c.state.in_(wanted)).order_by(procedures.c.number.desc())
        with self._store.read() as connection:
            return read_all(connection, ProcedureRow, newest)

    def get(self, id: str) -> ProcedureRow:
        """Raises NotFound, also for what was removed."""
        with self._store.read() as connection:
            return _get(connection, id)

    def accept(self, id: str) -> ProcedureRow:
        return self._change(id, state="accepted")

    def widen(
        self, id: str, name: str, body: Mapping[str, Any], tools: Mapping[str, str], runs: Sequence[str]
    ) -> ProcedureRow:
        """What more runs made of it."""
        return self._change(id, name=name, body=dict(body), tools=dict(tools), runs=list(runs))

    def rewrite(self, id: str, name: str, body: Mapping[str, Any], tools: Mapping[str, str]) -> ProcedureRow:
        """What the user made of it; that is an acceptance."""
        return self._change(id, name=name, body=dict(body), tools=dict(tools), state="accepted")

    def remove(self, id: str) -> ProcedureRow:
        """Drop everything but the shape, so that it is not offered again. Raises NotFound."""
        with self._store.write() as connection:
            found = _get(connection, id)
            drop(connection, id, self._store.now())
            return found

    def count_use(self, id: str) -> None:
        with self._store.write() as connection:
            used = update(procedures).where(procedures.c.id == id)
            connection.execute(used.values(uses=procedures.c.uses + 1))

    def _change(self, id: str, **values: Any) -> ProcedureRow:
        with self._store.write() as connection:
            _get(connection, id)
            changed = update(procedures).where(procedures.c.id == id)
            connection.execute(changed.values(**values, updated=self._store.now()))
            return _get(connection, id)


def drop(connection: Connection, id: str, now: datetime) -> None:
    """Leave nothing of a procedure but that its shape is not wanted."""
    nothing = {"name": "", "body": {}, "tools": {}, "runs": [], "state": "declined", "updated": now}
    connection.execute(update(procedures).where(procedures.c.id == id).values(nothing))


def _of_shape(connection: Connection, shape: str) -> RowMapping | None:
    return connection.execute(select(procedures).where(procedures.c.shape == shape)).mappings().first()


def _get(connection: Connection, id: str) -> ProcedureRow:
    found = select(procedures).where(procedures.c.id == id, procedures.c.state != "declined")
    row = connection.execute(found).mappings().first()
    if row is None:
        raise NotFound(f"There is no procedure {id}. `homewit procedures list` shows those that exist.")
    return as_type(ProcedureRow, row)
