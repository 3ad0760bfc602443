"""Removing a session: nothing of it is left in any file, and nothing else is touched."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from homewit.memory import (
    Evidence,
    Fact,
    HandedOut,
    Intended,
    NewSchedule,
    NotFound,
    Said,
    Session,
    Settled,
    Store,
)

TS = "2026-03-01T12:00:00+00:00"
KEPT = "Facts of removed sessions"


def lived(store: Store, word: str) -> tuple[Session, Fact]:
    """A session with a run that says, does, streams and remembers something with ``word`` in it."""
    session = store.create_session(f"about {word}")
    run = store.create_run(session.id, f"tell me of {word}, my cat is called Tom").id
    turn = store.append_turn(session.id, "user", f"tell me of {word}, my cat is called Tom", run)
    fact = store.add_fact("my cat", "called", "Tom", Evidence.find(turn, "my cat is called Tom"))
    store.write_down(run, [Intended("s1", "look", {"at": word}, "k")])
    store.write_down(run, [Settled("s1", "done", {"text": f"saw {word}"})])
    store.write_down(run, [Said("answer", {"text": f"it is {word}", "citations": []}, TS)])
    store.append_turn(session.id, "assistant", f"it is {word}", run)
    return session, fact


def holds(path: Path, word: str) -> bool:
    return any(word.encode() in file.read_bytes().lower() for file in path.parent.iterdir())


def test_nothing_of_it_is_left(path: Path):
    """Neither rows nor bytes, while open and afterwards. Control: they were there, and another session is."""
    with Store.open(path) as store:
        session, _ = lived(store, "zebra")
        other, _ = lived(store, "okapi")
        assert holds(path, "zebra")
        removed = store.remove_session(session.id, KEPT)
        assert [turn.text for turn in removed.turns] == [
            "tell me of zebra, my cat is called Tom",
            "it is zebra",
        ]
        assert not holds(path, "zebra")
        assert store.search_turns("zebra") == []
        with pytest.raises(NotFound):
            store.get_session(session.id)
        for run in removed.runs:
            with pytest.raises(NotFound):
                store.get_run(run)
        assert [turn.text for turn in store.turns(other.id)][1] == "it is okapi"
        (left,) = store.list_runs()
        assert [event.type for event in store.events(left.id)] == ["answer"]
        assert store.check() == []
    assert holds(path, "okapi")
    assert not holds(path, "zebra")


def test_its_facts_stay_with_their_words_alone(store: Store):
    """Their quotes are true, also of those that were superseded; the rest of the turn is gone."""
    session, fact = lived(store, "zebra")
    later = store.append_turn(session.id, "user", "no, my cat is called Tim")
    newer = store.add_fact("my cat", "called", "Tim", Evidence.find(later, "my cat is called Tim"))
    removed = store.remove_session(session.id, KEPT)
    assert [one.id for one in removed.kept] == [fact.id, newer.id]
    for id, quote in ((fact.id, "my cat is called Tom"), (newer.id, "my cat is called Tim")):
        why = store.why(id)
        assert (why.source.text, why.evidence_quote) == (quote, quote)
        assert store.get_session(why.source.session).title == KEPT
    assert [one.value for one in store.list_facts()] == ["Tim"]
    another, _ = lived(store, "okapi")
    store.remove_session(another.id, KEPT)
    assert [one.title for one in store.list_sessions()] == [KEPT]


def test_a_kept_fact_can_be_forgotten(path: Path):
    """Its words lie in the place where they are kept, and go from there, too."""
    with Store.open(path) as store:
        session, fact = lived(store, "zebra")
        store.remove_session(session.id, KEPT)
        assert holds(path, "my cat is called tom")
        store.forget(fact.id)
        assert not holds(path, "my cat is called tom")


def test_permissions_go_and_schedules_stay(store: Store):
    """What was allowed in it is not allowed any more; what was scheduled goes on in a session of its own."""
    session, _ = lived(store, "zebra")
    (run,) = store.list_runs()
    store.add_grant(run.id, "look:at=*", "look", "d", "date", store.now() + timedelta(days=1))
    due = store.now() - timedelta(minutes=1)
    schedule = store.schedules.add(NewSchedule("prompt", "look again", "hourly", "UTC", "/tmp", due))
    (waiting,) = store.schedules.hand_out(lambda one: HandedOut((due,), (), None))
    begun = store.create_run(session.id, "look again", occurrence=waiting.id)
    assert store.schedules.get(schedule.id).session == session.id
    assert store.remove_session(session.id, KEPT).permissions == 1
    assert store.list_grants() == []
    assert store.schedules.get(schedule.id).session is None
    (over,) = store.schedules.occurrences(schedule.id)
    assert (over.state, over.run, over.settled is not None) == ("over", None, True)
    with pytest.raises(NotFound):
        store.get_run(begun.id)


def test_procedures_stay(store: Store):
    """With the runs that are still there."""
    session, _ = lived(store, "zebra")
    (run,) = store.list_runs()
    lived(store, "okapi")
    other = store.list_runs()[0]
    row = store.procedures.offer("look", "shape", {"steps": []}, {}, [run.id, other.id])
    store.remove_session(session.id, KEPT)
    assert row is not None
    assert store.procedures.get(row.id).runs == [other.id]


def test_the_log_is_append_only_again(store: Store, path: Path):
    """What may be deleted to remove a session may not be deleted otherwise."""
    session, _ = lived(store, "zebra")
    lived(store, "okapi")
    store.remove_session(session.id, KEPT)
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with closing(sqlite3.connect(path)) as outside, refused:
        outside.execute("DELETE FROM turns")


def test_what_is_not_there_is_told(store: Store):
    """And nothing is made for it."""
    with pytest.raises(NotFound, match="s_nothing"):
        store.remove_session("s_nothing", KEPT)
    assert store.list_sessions() == []
