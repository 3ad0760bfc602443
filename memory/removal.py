"""Removing a session for good: its turns, its runs with their logs, and the bytes of all of it.

What was learned in it is another matter: a procedure stays, and so does a fact, with the words that it quotes
as all that is left of its turn. A permission goes with the run that it was given in. `forget` forgets facts.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from . import full_text
from .facts import Fact
from .rows import as_type, the_row
from .schema import erasures, events, facts, grants, ledger, occurrences, procedures, runs, schedules, turns
from .schema import sessions as session_table
from .sessions import Turn, add_session, add_turn, as_turn, no_session
from .transactions import Transactions


@dataclass(frozen=True, slots=True)
class Removed:
    """What is gone; ``permissions`` counts those that were given in it, ``kept`` are the facts that quoted
    it.
    """

    turns: tuple[Turn, ...]
    runs: tuple[str, ...]
    permissions: int
    kept: tuple[Fact, ...]


class Removal(Transactions):
    """The part of the store that removes sessions."""

    @abstractmethod
    def scrub(self) -> None:
        """Removes the bytes of deleted rows from the disk."""

    def facts_of(self, session: str) -> list[Fact]:
        """The facts that quote what was said in a session, also those that hold no more."""
        with self.read() as connection:
            return _facts_of(connection, session)

    def remove_session(self, session: str, keep_facts_in: str) -> Removed:
        """Removes it; facts that quote it move to a session with the title ``keep_facts_in``.

        Schedules that belong to it go on in a session of their own. Raises NotFound.
        """
        with self.write() as connection:
            the_row(connection, session_table, session, no_session(session))
            connection.execute(insert(erasures).values(created=self.now()))
            kept = _facts_of(connection, session)
            place = self._place_for_facts(connection, session, keep_facts_in) if kept else ""
            for fact in kept:
                _requote(connection, fact, place)
            said = select(turns).where(turns.c.session == session).order_by(turns.c.number)
            gone = tuple(as_turn(row) for row in connection.execute(said).mappings())
            own = tuple(connection.execute(select(runs.c.id).where(runs.c.session == session)).scalars())
            permissions = self._remove_runs(connection, session, own)
            connection.execute(delete(session_table).where(session_table.c.id == session))
            full_text.rebuild(connection, full_text.TURNS)
            connection.execute(delete(erasures))
        self.scrub()
        return Removed(gone, own, permissions, tuple(kept))

    def _place_for_facts(self, connection: Connection, besides: str, title: str) -> str:
        titled = (session_table.c.title == title) & (session_table.c.id != besides)
        found = connection.execute(select(session_table.c.id).where(titled)).scalars().first()
        return found or add_session(connection, title, self.now())

    def _remove_runs(self, connection: Connection, session: str, own: Sequence[str]) -> int:
        """The number of permissions that go with them."""
        mine = select(runs.c.id).where(runs.c.session == session)
        given = delete(grants).where((grants.c.session == session) | grants.c.run.in_(mine))
        permissions = connection.execute(given).rowcount
        over = update(occurrences).where(occurrences.c.run.in_(mine)).values(
            run=None, state="over", holder=None, held_until=None,
            settled=func.coalesce(occurrences.c.settled, self.now()),
        )  # fmt: skip
        connection.execute(over)
        connection.execute(update(schedules).where(schedules.c.session == session).values(session=None))
        for id, learned_from in connection.execute(select(procedures.c.id, procedures.c.runs)).all():
            left = [run for run in learned_from if run not in own]
            if left != learned_from:
                connection.execute(update(procedures).where(procedures.c.id == id).values(runs=left))
        connection.execute(delete(turns).where(turns.c.session == session))
        for log in (events, ledger):
            connection.execute(delete(log).where(log.c.run.in_(mine)))
        connection.execute(delete(runs).where(runs.c.session == session))
        return permissions


def _requote(connection: Connection, fact: Fact, session: str) -> None:
    """Let a fact quote a turn that holds its quote and nothing else."""
    quote = fact.evidence_quote
    turn = add_turn(connection, session, "user", quote, None, fact.created)
    where = {"turn": turn, "evidence_start": 0, "evidence_end": len(quote)}
    connection.execute(update(facts).where(facts.c.id == fact.id).values(where))


def _facts_of(connection: Connection, session: str) -> list[Fact]:
    quoting = select(facts).join(turns, turns.c.id == facts.c.turn).where(turns.c.session == session)
    return [as_type(Fact, row) for row in connection.execute(quoting.order_by(facts.c.number)).mappings()]
