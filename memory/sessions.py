"""Sessions and their turns: what was said, verbatim and in order.

A turn is never changed once written, so that facts can quote it and a session can be resumed as it was; only
`forget` erases words from it. Knows nothing of runs beyond their ids.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import RowMapping

from . import recall
from .errors import NotFound
from .rows import as_type, read_all, the_row
from .schema import sessions, turns
from .transactions import Transactions, new_id

Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation; ``updated`` is the moment of its last turn."""

    id: str
    title: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's words; ``run`` is the run that they began or answered.

    ``piped``: the user handed them over through a pipe, and did not write them here.
    """

    id: str
    session: str
    run: str | None
    role: Role
    text: str
    created: datetime
    piped: bool = False


class SessionLog(Transactions):
    """The part of the store that keeps conversations."""

    def create_session(self, title: str = "") -> Session:
        now = self.now()
        with self.write() as connection:
            return Session(add_session(connection, title, now), title, now, now)

    def rename_session(self, session: str, title: str) -> None:
        """Gives a session another title. Raises NotFound."""
        with self.write() as connection:
            _update_session(connection, session, {"title": title})

    def list_sessions(self, limit: int = 50, *, untitled: bool = True) -> list[Session]:
        """The sessions used last, newest first; ``untitled``: with those that wait for their first words."""
        newest = select(sessions).order_by(sessions.c.updated.desc(), sessions.c.number.desc()).limit(limit)
        if not untitled:
            newest = newest.where(sessions.c.title != "")
        with self.read() as connection:
            return read_all(connection, Session, newest)

    def get_session(self, session: str) -> Session:
        """Raises NotFound."""
        with self.read() as connection:
            return as_type(Session, the_row(connection, sessions, session, no_session(session)))

    def append_turn(
        self, session: str, role: Role, text: str, run: str | None = None, *, piped: bool = False
    ) -> Turn:
        """Adds to the end of a session; on return it survives a crash and a power cut. Raises NotFound."""
        with self.write() as connection:
            turn = add_turn(connection, session, role, text, run, self.now(), piped)
            return get_turn(connection, turn)

    def turns(self, session: str) -> list[Turn]:
        """All turns of a session in the order in which they were said."""
        said = select(turns).where(turns.c.session == session).order_by(turns.c.number)
        with self.read() as connection:
            return [as_turn(row) for row in connection.execute(said).mappings()]

    def search_turns(self, query: str, limit: int = 20) -> list[Turn]:
        """Turns with the words of ``query``, best first: all of them, else half, else the text itself."""
        with self.read() as connection:
            return [as_turn(row) for row in recall.turns(connection, query, limit)]


def add_session(connection: Connection, title: str, now: datetime) -> str:
    """Its id."""
    id = new_id("s")
    connection.execute(insert(sessions).values(id=id, title=title, created=now, updated=now))
    return id


def add_turn(
    connection: Connection,
    session: str,
    role: Role,
    text: str,
    run: str | None,
    now: datetime,
    piped: bool = False,
) -> str:
    """Adds to the end of a session; the id of the turn. Raises NotFound."""
    _update_session(connection, session, {"updated": now})
    values = {"id": new_id("t"), "session": session, "run": run, "role": role, "text": text}
    connection.execute(insert(turns).values(**values, created=now, piped=int(piped)))
    return values["id"]


def get_turn(connection: Connection, turn: str) -> Turn:
    """Raises NotFound."""
    none = f"There is no turn {turn}. `homewit sessions show SESSION` lists the turns of a session."
    return as_turn(the_row(connection, turns, turn, none))


def as_turn(row: RowMapping) -> Turn:
    plain = (row[name] for name in ("id", "session", "run", "role", "text", "created"))
    return Turn(*plain, piped=bool(row["piped"]))


def _update_session(connection: Connection, session: str, values: dict[str, Any]) -> None:
    if connection.execute(update(sessions).where(sessions.c.id == session).values(values)).rowcount == 0:
        raise NotFound(no_session(session))


def no_session(session: str) -> str:
    return f"There is no session {session}. `homewit sessions list` shows those that exist."
