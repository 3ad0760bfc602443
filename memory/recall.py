"""Search: which rows answer a question, and in which order.

Turns and notes: rows with all the words, else with half of them or longer forms, else the literal text.
Facts: full text proposes, then `relevance` decides, because an agent that is given a fact beside the point
will use it. Any input is a valid query. Knows the indexes, but not their query language.
"""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, Select, select
from sqlalchemy.engine import RowMapping

from . import full_text, schema, words
from .full_text import FullTextIndex
from .words import Question

CANDIDATES = 200


def turns(connection: Connection, query: str, limit: int) -> list[RowMapping]:
    return _texts(connection, full_text.TURNS, query, limit)


def notes(connection: Connection, query: str, limit: int) -> list[RowMapping]:
    return _texts(connection, full_text.NOTES, query, limit)


def facts(connection: Connection, query: str, limit: int | None, *, whole: bool = False) -> list[RowMapping]:
    """Current facts that answer ``query``, best first; ``whole``: only those with all its content words."""
    question = words.ask(query)
    scored = []
    for row in connection.execute(_proposed(question, None if whole else CANDIDATES)).mappings():
        view = FactWords(row["subject"], row["key"], row["value"])
        score = relevance(question, view)
        if score > 0 and (not whole or covers(question, view)):
            scored.append((score, row))
    scored.sort(key=lambda pair: -pair[0])  # stable: equal scores stay in the order of bm25
    return [row for _, row in scored][:limit]


@dataclass(frozen=True)
class FactWords:
    """A fact as `relevance` sees it: folded content words of its three parts."""

    subject: str
    key: str
    value: str

    @cached_property
    def about_person(self) -> bool:
        return words.is_person(self.subject)

    @cached_property
    def subject_terms(self) -> tuple[str, ...]:
        return words.content_terms(self.subject)

    @cached_property
    def key_terms(self) -> tuple[str, ...]:
        return words.content_terms(self.key)

    @cached_property
    def value_terms(self) -> tuple[str, ...]:
        return words.content_terms(self.value)

    def knows(self, term: str) -> bool:
        return _any_same(term, (*self.subject_terms, *self.key_terms, *self.value_terms))


def relevance(question: Question, fact: FactWords) -> float:
    """How well a fact answers a question: 0 not at all; above 1 when it is about the one asked for.

    A fact counts when the question names its subject, when it is the user's own and "my X" is in it, or when
    most of the question's words are in it. A question about "my X" is no question about somebody else's X.
    """
    if not question.terms:
        return 1.0 if question.person and fact.about_person else 0.0
    known = [term for term in question.terms if fact.knows(term)]
    coverage = len(known) / len(question.terms)
    if fact.about_person:
        if not question.person:
            return coverage if coverage > 0.5 and not question.addressed else 0.0
        return 1 + coverage if coverage >= 0.5 and all(fact.knows(term) for term in question.owned) else 0.0
    if fact.subject_terms and all(_any_same(term, question.terms) for term in fact.subject_terms):
        return 1 + coverage
    if (question.person or question.addressed) and not any(
        _any_same(term, (*fact.subject_terms, *fact.value_terms)) for term in known
    ):
        return 0.0
    return coverage if coverage > 0.5 else 0.0


def covers(question: Question, fact: FactWords) -> bool:
    """Whether every content word of the question is in the fact."""
    return all(fact.knows(term) for term in question.terms)


def _any_same(term: str, others: tuple[str, ...]) -> bool:
    return any(words.same(term, other) for other in others)


def _proposed(question: Question, limit: int | None) -> Select:
    """Current facts with any word of the question, best bm25 first; all of the user's own for "who am I"."""
    current = select(schema.facts).where(schema.facts.c.valid_to.is_(None))
    starts = [term[: words.SHORTEST_SHARED_START] for term in question.terms]
    expression = full_text.any_of((*question.words, *starts) if starts else words.PERSON | {"user"})
    found = full_text.hits(full_text.FACTS, expression)
    ordered = current.join(found, found.c.number == schema.facts.c.number)
    return ordered.order_by(found.c.rank, schema.facts.c.number.desc()).limit(limit)


def _texts(connection: Connection, index: FullTextIndex, query: str, limit: int) -> list[RowMapping]:
    """Ever looser searches; the first that finds something is the answer."""
    typed = words.typed_words(query)
    content = [word for word in typed if word.lower() not in words.STOP_WORDS] or typed
    if expression := full_text.all_of(content):
        if rows := _rows(connection, _matching(index, expression).limit(limit)):
            return rows
        close = _rows(connection, _matching(index, full_text.any_of(content)).limit(CANDIDATES))
        if rows := [row for row in close if _holds_half(row["text"], content)][:limit]:
            return rows
    if not (literal := query.strip()):
        return []
    there = full_text.contains_any_case(index.table.c.text, literal)
    newest = select(index.table).where(there).order_by(index.table.c.number.desc())
    return _rows(connection, newest.limit(limit))


def _matching(index: FullTextIndex, expression: str) -> Select:
    found = full_text.hits(index, expression)
    rows = select(index.table).join(found, found.c.number == index.table.c.number)
    return rows.order_by(found.c.rank, index.table.c.number.desc())


def _holds_half(text: str, content: list[str]) -> bool:
    """Whether at least half of the words are in ``text``, perhaps as the start of longer ones."""
    asked = {words.fold(word) for word in content}
    there = {words.fold(word) for word in words.typed_words(text)}
    known = [term for term in asked if any(words.same(term, word) or word.startswith(term) for word in there)]
    return 2 * len(known) >= len(asked)


def _rows(connection: Connection, wanted: Select) -> list[RowMapping]:
    return list(connection.execute(wanted).mappings())
