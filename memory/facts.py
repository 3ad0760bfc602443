"""Facts about the user's world, each with the user's own words as evidence.

A fact is stored only if its quote is found, character for character, in a turn that the user wrote; that
alone keeps out what a model made up and what it recalled itself. A new value for the same thing supersedes
the old one, which stays as history.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from sqlalchemy import Connection, insert, select, update

from . import recall, tombstones, words
from .errors import AlreadyForgotten, EvidenceMissing, InvalidRecord, NotFound
from .rows import as_type, read_all, the_row
from .schema import facts
from .sessions import Turn, get_turn
from .transactions import Transactions, new_id

# Things that can hold of a person more than once: "I like tea" does not end "I like jazz".
_MANY_VALUED = "like love enjoy dislike hate prefer allergic allergy have own know speak visited"
MANY_VALUED = frozenset(map(words.fold, _MANY_VALUED.split()))


Standing = Literal["new", "known", "older", "forgotten"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The user's words behind a fact: ``text`` is characters ``start`` to ``end`` of the turn."""

    text: str
    start: int
    end: int
    turn_id: str

    @classmethod
    def find(cls, turn: Turn, quote: str) -> Self:
        """Where ``quote`` first stands in ``turn``. Raises EvidenceMissing."""
        start = turn.text.find(quote)
        if start < 0 or turn.role != "user" or turn.piped or not quote.strip():
            raise _not_said(quote, turn.id)
        return cls(quote, start, start + len(quote), turn.id)


@dataclass(frozen=True, slots=True)
class Fact:
    """``subject``'s ``key`` is ``value``, from ``valid_from`` until ``valid_to`` (None: still).

    ``turn`` is the id of the turn that ``evidence_quote`` stands in; ``origin`` says who proposed the fact.
    """

    id: str
    subject: str
    key: str
    value: str
    valid_from: datetime
    valid_to: datetime | None
    superseded_by: str | None
    origin: str
    evidence_quote: str
    turn: str
    created: datetime


@dataclass(frozen=True, slots=True)
class ExplainedFact(Fact):
    """A fact with the whole turn it came from and the values it replaced, newest first."""

    source: Turn
    history: tuple[Fact, ...]


class FactBook(Transactions):
    """The part of the store that keeps facts."""

    def add_fact(
        self,
        subject: str,
        key: str,
        value: str,
        evidence: Evidence,
        origin: str = "user",
        *,
        explicit: bool = False,
        replaces: str | None = None,
        since: datetime | None = None,
    ) -> Fact:
        """Stores a fact, ending the one it replaces; one that is known already is returned as it is.

        ``explicit``: the user asked for it in so many words, which also brings back what was forgotten.
        ``replaces`` is ended where keys such as "likes" would keep it, too; ``since``: when it began to hold.
        Raises EvidenceMissing, AlreadyForgotten, InvalidRecord.
        """
        subject, key, value = (part.strip() for part in (subject, key, value))
        if not (subject and key and value):
            raise InvalidRecord(f"A fact needs a subject, a key and a value; got {(subject, key, value)!r}.")
        with self.write() as connection:
            evidence = _checked(connection, evidence)
            tombstones.check(connection, (subject, key, value), explicit)
            known = _current(connection, words.slot(subject, key))
            same = words.spelled_alike(value)
            for fact in known:
                if words.spelled_alike(fact.value) == same:
                    return fact
            now = self.now()
            fact = Fact(
                new_id("f"),
                subject,
                key,
                value,
                since or now,
                None,
                None,
                origin,
                evidence.text,
                evidence.turn_id,
                now,
            )
            columns = {name: getattr(fact, name) for name in Fact.__slots__}
            span = {"evidence_start": evidence.start, "evidence_end": evidence.end}
            connection.execute(insert(facts).values(columns | span | {"slot": words.slot(subject, key)}))
            over = [] if _many_valued(key) else [old.id for old in known]
            ended = update(facts).where(facts.c.id.in_([*over, replaces]), facts.c.valid_to.is_(None))
            connection.execute(ended.where(facts.c.id != fact.id).values(valid_to=now, superseded_by=fact.id))
            return get_fact(connection, fact.id)

    def standing(self, subject: str, key: str, value: str, since: datetime | None = None) -> Standing:
        """What adding such a fact, true ``since`` then, would meet."""
        same = words.spelled_alike(value)
        with self.read() as connection:
            held = _current(connection, words.slot(subject, key))
            if any(words.spelled_alike(one.value) == same for one in held):
                return "known"
            try:
                tombstones.check(connection, (subject, key, value), explicit=False)
            except AlreadyForgotten:
                return "forgotten"
        newer = since is not None and any(one.valid_from > since for one in held)
        return "older" if newer and not _many_valued(key) else "new"

    def list_facts(self, *, history: bool = False) -> list[Fact]:
        """What is held to be true now, in the order of learning; with ``history`` also what was before."""
        wanted = select(facts).order_by(facts.c.number)
        with self.read() as connection:
            return read_all(connection, Fact, wanted if history else wanted.where(facts.c.valid_to.is_(None)))

    def get_fact(self, fact: str) -> Fact:
        """Raises NotFound."""
        with self.read() as connection:
            return get_fact(connection, fact)

    def search_facts(self, query: str, limit: int = 5) -> list[Fact]:
        """Facts that answer ``query``, best first; nothing rather than something beside the point."""
        with self.read() as connection:
            return [as_type(Fact, row) for row in recall.facts(connection, query, limit)]

    def facts_named(self, query: str) -> list[Fact]:
        """Facts that every content word of ``query`` speaks of: what `forget` would erase."""
        with self.read() as connection:
            return [as_type(Fact, row) for row in recall.facts(connection, query, limit=None, whole=True)]

    def why(self, fact: str) -> ExplainedFact:
        """The fact with its evidence: the turn it quotes and the values it replaced. Raises NotFound."""
        with self.read() as connection:
            found = get_fact(connection, fact)
            values = {name: getattr(found, name) for name in Fact.__slots__}
            return ExplainedFact(
                **values,
                source=get_turn(connection, found.turn),
                history=tuple(superseded_by(connection, [found.id])),
            )


def superseded_by(connection: Connection, ids: list[str]) -> list[Fact]:
    """Every value that these facts replaced, directly or through others, newest first."""
    older: list[Fact] = []
    while ids:
        replaced = select(facts).where(facts.c.superseded_by.in_(ids)).order_by(facts.c.number.desc())
        found = read_all(connection, Fact, replaced)
        older += found
        ids = [fact.id for fact in found]
    return older


def get_fact(connection: Connection, fact: str) -> Fact:
    none = f"There is no fact {fact}. `homewit memory list` shows those that are known."
    return as_type(Fact, the_row(connection, facts, fact, none))


def _current(connection: Connection, slot: str) -> list[Fact]:
    wanted = select(facts).where(facts.c.slot == slot, facts.c.valid_to.is_(None)).order_by(facts.c.number)
    return read_all(connection, Fact, wanted)


def _checked(connection: Connection, evidence: Evidence) -> Evidence:
    """The evidence with the span where its words really stand. Raises EvidenceMissing."""
    try:
        turn = get_turn(connection, evidence.turn_id)
    except NotFound as error:
        raise _not_said(evidence.text, evidence.turn_id) from error
    found = Evidence.find(turn, evidence.text)
    is_there = evidence.start >= 0 and turn.text[evidence.start : evidence.end] == evidence.text
    return evidence if is_there else found


def _many_valued(key: str) -> bool:
    """Whether a new value adds to the old ones: keys such as "likes", or "is" with nothing more."""
    terms = words.content_terms(key)
    return not terms or (len(terms) == 1 and terms[0] in MANY_VALUED)


def _not_said(quote: str, turn: str) -> EvidenceMissing:
    return EvidenceMissing(
        f"Not stored: {quote!r} is not found, character for character, in words that the user wrote "
        f"(turn {turn}). Quote the user's own words."
    )
