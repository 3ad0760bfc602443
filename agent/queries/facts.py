"""The look-ups and changes of ``homewit memory``: what is known, why, and forgetting it for good."""

from ...memory import Evidence, Fact
from ..answering.fact_patterns import read_fact
from ..errors import NotFound, UsageError
from ..requests import ADDED_BY_HAND, ToldFact
from ..workplace import Workplace
from .answers import Answer, Blocking, time_of


class FactQueries:
    """One method per query."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._store = place.store
        self.blocking: Blocking = {
            "memory.list": self._list,
            "memory.search": self._search,
            "memory.add": self._add,
            "memory.edit": self._edit,
            "memory.import": self._import,
            "memory.why": self._why,
            "memory.forget": self._forget,
        }

    def _list(self, limit: int | None = None) -> Answer:
        return {"items": [_fact(fact) for fact in self._store.list_facts()[:limit]]}

    def _search(self, query: str, limit: int = 20) -> Answer:
        return {"items": [_fact(fact) for fact in self._store.search_facts(query, limit)]}

    def _add(
        self,
        text: str | None = None,
        subject: str | None = None,
        key: str | None = None,
        value: str | None = None,
    ) -> Answer:
        if text is None and subject and key and value:
            parts = (subject, key, value)
            text = _in_words(*parts)
        elif text and (draft := read_fact(text)):
            parts, text = (draft.subject, draft.key, draft.value), draft.quote
        else:
            raise UsageError("Write the fact as one plain sentence, such as: my sister's birthday is May 3.")
        return {"item": _fact(self._store.add_fact(*parts, self._written(text), explicit=True))}

    def _edit(self, id: str, value: str) -> Answer:
        """The new value replaces the old one, which stays as history; its words are the old ones, changed."""
        old = self._store.get_fact(id)
        if old.valid_to is not None:
            newer = f"; {old.superseded_by} has replaced it" if old.superseded_by else ""
            raise UsageError(f"{id} does not hold any more{newer}. `homewit memory list` shows what does.")
        value = value.strip()
        quote = old.evidence_quote.replace(old.value, value, 1)
        if not value or "\n" in value:
            raise UsageError("Write the new value as one line.")
        if value not in quote:
            quote = _in_words(old.subject, old.key, value)
        written = self._written(quote)
        new = self._store.add_fact(old.subject, old.key, value, written, explicit=True, replaces=id)
        self._place.driver.forget([old])
        return {"item": _fact(new)}

    def _import(self, facts: list[ToldFact]) -> Answer:
        """What became of each: a file brings back nothing that was forgotten, and no older value."""
        return {"items": [{"state": state, "id": id} for state, id in map(self._imported, facts)]}

    def _imported(self, fact: ToldFact) -> tuple[str, str | None]:
        parts = (fact.subject, fact.key, fact.value)
        if (standing := self._store.standing(*parts, fact.valid_from)) != "new":
            return standing, None
        written = self._written(fact.quote or _in_words(*parts))
        return "added", self._store.add_fact(*parts, written, since=fact.valid_from).id

    def _written(self, text: str) -> Evidence:
        """Words that were written for a fact, and not in a conversation."""
        known = (one for one in self._store.list_sessions(1000) if one.title == ADDED_BY_HAND)
        session = next(known, None) or self._store.create_session(ADDED_BY_HAND)
        return Evidence.find(self._store.append_turn(session.id, "user", text), text)

    def _why(self, id: str) -> Answer:
        fact = self._store.why(id)
        return {
            "item": {**_fact(fact), "turn_text": fact.source.text, "session": fact.source.session},
        }

    def _forget(self, id: str | None = None, query: str | None = None, every: bool = False) -> Answer:
        """``every``: all facts that fit the words, not only when there is just one."""
        if not (id or query):
            raise UsageError("Say what to forget: the id of a fact, or words that only one fact fits.")
        ids = [id] if id else self._meant(query or "", every)
        if not ids[0].startswith("f_"):
            raise NotFound(f"There is no fact {id}. `homewit memory list` shows those that are known.")
        forgotten = [fact for one in ids for fact in self._store.forget(one)]
        self._place.driver.forget(forgotten)
        return {"items": [{"id": fact.id} for fact in forgotten]}

    def _meant(self, query: str, every: bool) -> list[str]:
        """Ids of the facts that hold every word of ``query``; words that are less clear erase nothing."""
        meant = self._store.facts_named(query)
        if not meant:
            raise NotFound(
                f"Nothing that is remembered fits {query!r}. `homewit memory list` shows what there is."
            )
        if len(meant) > 1 and not every:
            listed = "; ".join(f"{fact.id}: {fact.evidence_quote}" for fact in meant)
            raise UsageError(f"{len(meant)} facts fit {query!r}. Name one by its id: {listed}.")
        return [fact.id for fact in meant]


def _in_words(subject: str, key: str, value: str) -> str:
    return f"my {key}: {value}" if subject == "user" else f"{subject}'s {key}: {value}"


def _fact(fact: Fact) -> Answer:
    return {
        "id": fact.id,
        "subject": fact.subject,
        "key": fact.key,
        "value": fact.value,
        "quote": fact.evidence_quote,
        "origin": fact.origin,
        "valid_from": time_of(fact.valid_from),
        "valid_to": time_of(fact.valid_to),
        "superseded_by": fact.superseded_by,
        "turn": fact.turn,
        "created": time_of(fact.created),
    }
