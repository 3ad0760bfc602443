"""What the user has allowed for longer than one call: for a plan, for a session, or until a date.

A grant is a rule as text, tied to the definition that its tool had. What a rule covers is the agent's
business; here grants are kept, found while they are in force, and taken back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from .errors import NotFound
from .rows import as_type, read_all, the_row
from .schema import grants, runs
from .transactions import Transactions, new_id

GrantScope = Literal["plan", "session", "date"]


@dataclass(frozen=True, slots=True)
class GrantRow:
    """``run`` and ``session`` are those in which it was given; ``until`` is set for the scope ``date``."""

    id: str
    rule: str
    tool: str
    definition: str
    scope: GrantScope
    run: str
    session: str | None
    created: datetime
    until: datetime | None
    revoked: datetime | None


class Permissions(Transactions):
    """The part of the store that keeps grants."""

    def add_grant(
        self,
        run: str,
        rule: str,
        tool: str,
        definition: str,
        scope: GrantScope,
        until: datetime | None = None,
    ) -> GrantRow:
        """Keeps a grant that was given in ``run``. Raises NotFound for an unknown run."""
        given = {"id": new_id("g"), "rule": rule, "tool": tool, "definition": definition, "scope": scope}
        with self.write() as connection:
            session = connection.execute(select(runs.c.session).where(runs.c.id == run)).one_or_none()
            if session is None:
                raise NotFound(f"There is no run {run}.")
            where = {"run": run, "session": session[0], "created": self.now(), "until": until}
            connection.execute(insert(grants).values(**given, **where))
            return _get(connection, given["id"])

    def grants_for(self, tool: str, run: str, session: str | None) -> list[GrantRow]:
        """The grants for a tool that hold in a run of a session at this moment."""
        here = or_(
            grants.c.scope == "date",
            and_(grants.c.scope == "session", grants.c.session == session),
            and_(grants.c.scope == "plan", grants.c.run == run),
        )
        wanted = select(grants).where(grants.c.tool == tool, here, self._in_force())
        with self.read() as connection:
            return read_all(connection, GrantRow, wanted)

    def list_grants(self) -> list[GrantRow]:
        """All that are in force, the newest first; those of a plan for as long as its run goes on."""
        going_on = select(runs.c.id).where(runs.c.finished.is_(None))
        over = and_(grants.c.scope == "plan", grants.c.run.not_in(going_on))
        wanted = select(grants).where(self._in_force(), ~over).order_by(grants.c.number.desc())
        with self.read() as connection:
            return read_all(connection, GrantRow, wanted)

    def revoke_grant(self, id: str) -> GrantRow:
        """Takes a grant back, at once and everywhere. Raises NotFound; doing it twice is harmless."""
        with self.write() as connection:
            found = _get(connection, id)
            if found.revoked is None:
                connection.execute(update(grants).where(grants.c.id == id).values(revoked=self.now()))
            return _get(connection, id)

    def _in_force(self) -> ColumnElement[bool]:
        return and_(grants.c.revoked.is_(None), or_(grants.c.until.is_(None), grants.c.until > self.now()))


def _get(connection: Connection, id: str) -> GrantRow:
    none = f"There is no permission {id}. `homewit permissions list` shows those in force."
    return as_type(GrantRow, the_row(connection, grants, id, none))
