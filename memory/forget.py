"""Forgetting for good: the fact, the values it replaced, the words it came from, and their bytes.

Erased are the rows, the evidence words in turns, prompts, titles, events and the ledger, permissions that
name them, what the full-text indexes hold of them, and copies of the database made by migrations. A tombstone
keeps automatic learners from storing the fact again. Only this and `removal` change turns and events
(`schema.erasures` lets it).
"""

import json
from abc import abstractmethod
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, false, func, insert, or_, select, update

from . import full_text, recall, tombstones
from . import procedures as procedure_book
from .erase import Traces
from .facts import Fact, get_fact, superseded_by
from .rows import as_type
from .schema import erasures, events, facts, grants, ledger, procedures, runs, schedules, sessions, turns
from .transactions import Transactions

STREAMED = ("text.delta", "thinking.delta", "step.output")


class Forgetting(Transactions):
    """The part of the store that forgets."""

    @abstractmethod
    def scrub(self) -> None:
        """Removes the bytes of deleted rows from the disk."""

    def forget(self, target: str) -> list[Fact]:
        """Erases a fact by its id, or all that a phrase names (see `facts_named`); returns what they were.

        Raises NotFound for an unknown id; an empty list says that nothing fits the phrase.
        """
        with self.write() as connection:
            found = _meant(connection, target)
            found += superseded_by(connection, [fact.id for fact in found])
            now = self.now()
            connection.execute(insert(erasures).values(created=now))
            for fact in found:
                tombstones.bury(connection, (fact.subject, fact.key, fact.value), now)
                _erase_everywhere(connection, fact)
                _erase_plans(connection, fact, now)
            _remove(connection, [fact.id for fact in found])
            connection.execute(delete(erasures))
        self.scrub()
        return found


def _meant(connection: Connection, target: str) -> list[Fact]:
    if target.startswith("f_"):
        return [get_fact(connection, target)]
    return [as_type(Fact, row) for row in recall.facts(connection, target, limit=None, whole=True)]


def _remove(connection: Connection, ids: list[str]) -> None:
    if not ids:
        return
    pointing = facts.c.superseded_by.in_(ids)
    connection.execute(update(facts).where(pointing).values(superseded_by=None))
    connection.execute(delete(facts).where(facts.c.id.in_(ids)))
    for index in (full_text.FACTS, full_text.TURNS):
        full_text.rebuild(connection, index)


def _erase_everywhere(connection: Connection, fact: Fact) -> None:
    traces = Traces(fact.evidence_quote, fact.subject, fact.key, fact.value)
    linked = _linked_runs(connection, traces, fact)
    _erase_titles(connection, traces, fact, linked)
    _erase_streams(connection, traces, linked)
    for column, run in ((turns.c.text, turns.c.run), (runs.c.prompt, runs.c.id)):
        own = column.table.c.id == fact.turn
        for number, carried, text in _rows(connection, column, or_(own, run.in_(linked)), fact):
            _replace(connection, column, number, text, traces.erase(text, carried))
    for column in (events.c.body, ledger.c.args, ledger.c.output):
        for number, carried, value in _rows(connection, column, column.table.c.run.in_(linked), fact):
            _replace(connection, column, number, value, traces.erase_json(value, carried))
    for number, carried, rule in _rows(connection, grants.c.rule, grants.c.run.in_(linked), fact):
        if traces.erase(rule, carried) != rule:  # what is left of a rule would be another rule
            connection.execute(delete(grants).where(grants.c.number == number))
    _erase_shared_evidence(connection, traces, fact)


def _linked_runs(connection: Connection, traces: Traces, fact: Fact) -> list[str]:
    """Runs in which the fact was said, stored or recalled."""
    places = [select(turns.c.run).where(turns.c.id == fact.turn)]
    logs = (events.c.body, ledger.c.args, ledger.c.output)
    places += [select(log.table.c.run).where(full_text.contains(log, fact.id)) for log in logs]
    if traces.is_telling:
        in_json = _as_in_json(traces.quote)
        places += [select(log.table.c.run).where(full_text.contains(log, in_json)) for log in logs]
        places.append(select(turns.c.run).where(full_text.contains(turns.c.text, traces.quote)))
        places.append(select(runs.c.id).where(full_text.contains(runs.c.prompt, traces.quote)))
    return list({run for place in places for run in connection.execute(place).scalars() if run is not None})


def _may_hold(column: Column[Any], fact: Fact) -> ColumnElement[bool]:
    """A cheap sieve: rows with the quote, or with the longest word of the value in any case."""
    word = max(fact.value.split(), key=len)
    return or_(
        full_text.contains(column, _as_in_json(fact.evidence_quote)),
        full_text.contains(column, fact.evidence_quote),
        full_text.contains_any_case(column, _as_in_json(word)),
        full_text.contains_any_case(column, word),
    )


def _erase_streams(connection: Connection, traces: Traces, linked: list[str]) -> None:
    """Words that were streamed lie in pieces, none of which holds them whole."""
    pieces = (
        select(events).where(events.c.run.in_(linked), events.c.type.in_(STREAMED)).order_by(events.c.number)
    )
    rows = [row for row in connection.execute(pieces).mappings() if isinstance(row["body"].get("text"), str)]
    rows.sort(key=lambda row: (row["run"], row["type"], row["seq"]))
    for _, group in groupby(rows, key=lambda row: (row["run"], row["type"])):
        stream = list(group)
        erased = traces.erase_stream([row["body"]["text"] for row in stream], linked=True)
        for row, text in zip(stream, erased or (), strict=False):
            _replace(connection, events.c.body, row["number"], row["body"], row["body"] | {"text": text})


def _erase_titles(connection: Connection, traces: Traces, fact: Fact, linked: list[str]) -> None:
    spoken = select(turns.c.session).where(or_(turns.c.run.in_(linked), turns.c.id == fact.turn))
    for number, carried, title in _rows(connection, sessions.c.title, sessions.c.id.in_(spoken), fact):
        _replace(connection, sessions.c.title, number, title, traces.erase_title(title, carried))


def _erase_shared_evidence(connection: Connection, traces: Traces, fact: Fact) -> None:
    """Other facts that quote the same words keep what is left of them, and their spans stay true."""
    shared = or_(facts.c.turn == fact.turn, full_text.contains(facts.c.evidence_quote, fact.evidence_quote))
    quoting = select(facts, turns.c.text).join(turns, turns.c.id == facts.c.turn).where(shared)
    for row in connection.execute(quoting.where(facts.c.id != fact.id)).mappings().all():
        quote = traces.erase(row["evidence_quote"], linked=row["turn"] == fact.turn)
        start = row["text"].find(quote)
        span = (start, start + len(quote)) if start >= 0 else (None, None)
        left = {"evidence_quote": quote, "evidence_start": span[0], "evidence_end": span[1]}
        connection.execute(update(facts).where(facts.c.number == row["number"]).values(left))


def _erase_plans(connection: Connection, fact: Fact, now: datetime) -> None:
    """What was learned or scheduled with the fact's words: such a procedure is dropped, such a schedule ends.

    Half a request is not carried out.
    """
    traces = Traces(fact.evidence_quote, fact.subject, fact.key, fact.value)
    for row in connection.execute(select(procedures).where(procedures.c.state != "declined")).mappings():
        if traces.erase_json([row["name"], row["body"]], linked=False) != [row["name"], row["body"]]:
            procedure_book.drop(connection, row["id"], now)
    for row in connection.execute(select(schedules)).mappings().all():
        before = {name: row[name] for name in ("prompt", "said", "inputs", "allow")}
        after = {name: traces.erase_json(value, linked=False) for name, value in before.items()}
        if after != before:
            changed = update(schedules).where(schedules.c.id == row["id"])
            connection.execute(changed.values(**after, next=None))


def _rows(
    connection: Connection, column: Column[Any], carried: ColumnElement[bool], fact: Fact
) -> list[tuple[int, bool, Any]]:
    """Number, whether it ``carried`` the fact, and content of each row that may hold the fact's words."""
    wanted = select(column.table.c.number, func.coalesce(carried, false()), column)
    rows = connection.execute(wanted.where(or_(carried, _may_hold(column, fact)), column.is_not(None)))
    return [(number, bool(own), content) for number, own, content in rows]


def _replace(connection: Connection, column: Column[Any], number: int, old: Any, new: Any) -> None:
    if new != old:
        where = column.table.c.number == number
        connection.execute(update(column.table).where(where).values({column.name: new}))


def _as_in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
