"""Forgetting removes the bytes, everywhere, and only those it should."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from homewit.memory import (
    AlreadyForgotten,
    Evidence,
    Intended,
    NotFound,
    Said,
    Settled,
    Store,
    StoreBusy,
    sqlite_file,
)
from homewit.memory.erase import FORGOTTEN, Traces

TS = "2026-03-01T12:00:00+00:00"
QUOTE = "my locker code is zebra-{}-7731"


def live_through(store: Store, number: int) -> str:
    """A run in which the user states a secret and the assistant repeats it; returns the fact's id.

    The secret ends in the log in every way the agent writes: prompt, title, turns, arguments, output, pieces.
    """
    quote, value = QUOTE.format(number), f"zebra-{number}-7731"
    prompt = f"Remember that {quote}, please"
    session = store.create_session(prompt[:40] + "…").id
    run = store.create_run(session, prompt).id
    turn = store.append_turn(session, "user", prompt, run)
    fact = store.add_fact("my locker", f"code {number}", value, Evidence.find(turn, quote))
    store.write_down(run, [Intended("s1", "remember", {"value": value}, "k")])
    store.write_down(run, [Settled("s1", "done", {"text": f"Saved {value.upper()}."})])
    store.write_down(
        run,
        [
            Said("run.started", {"prompt": prompt}, TS),
            Said("plan", {"steps": [{"id": "s1", "args": {"value": value, "n": [1, None, value]}}]}, TS),
            *(
                Said("text.delta", {"text": piece}, TS)
                for piece in ("Your code is ze", f"bra-{number}", "-7731", "!")
            ),
            Said("memory.written", {"id": fact.id, "text": f"code: {value}"}, TS),
            Said("answer", {"text": f"I noted {value}.", "citations": [fact.id]}, TS),
        ],
    )
    store.append_turn(session, "assistant", f"I noted {value}.", run)
    later = store.create_run(session, "what is the code of my locker?").id
    store.write_down(later, [Said("recall", {"items": [{"id": fact.id, "text": value}]}, TS)])
    store.append_turn(session, "assistant", f"It is {value}.", later)
    return fact.id


def left(folder: Path) -> dict[str, int]:
    """How often the secrets stand in each file, whatever their case."""
    counts = {path.name: path.read_bytes().lower().count(b"-7731") for path in folder.iterdir()}
    return {name: count for name, count in counts.items() if count}


def test_not_one_byte_is_left(path: Path):
    """Fifty secrets, said, streamed, logged and recalled: after forgetting, none is in any file."""
    with Store.open(path) as store:
        keep = store.records.add_note("not a secret")
        facts = [live_through(store, number) for number in range(50)]
        old = path.with_name("homewit.db.before-2")
        old.write_bytes(path.read_bytes())
        assert sum(left(path.parent).values()) > 500
        for fact in facts[:5]:
            assert [forgotten.id for forgotten in store.forget(fact)] == [fact]
        assert {forgotten.id for forgotten in store.forget("the code of my locker")} == set(facts[5:])
        assert left(path.parent) == {}  # while open: the log and its index are empty, too
        assert not old.exists()
        assert store.list_facts(history=True) == []
        assert store.search_turns("zebra") == []
        assert store.records.search_notes("secret") == [keep]
        assert store.check() == []
    assert left(path.parent) == {}


def test_deleting_alone_leaves_the_bytes(path: Path):
    """Control: a plain DELETE in plain SQLite leaves the secret in the file, and the turns keep it anyway."""
    with Store.open(path) as store:
        live_through(store, 1)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA secure_delete = OFF")
        plain.execute("DROP TRIGGER facts_text_delete")
        plain.execute("DELETE FROM facts")
        plain.execute("DROP TRIGGER turns_refuse_update")
        for table, column in (("turns", "text"), ("sessions", "title"), ("runs", "prompt")):
            plain.execute(f"DROP TRIGGER IF EXISTS {table}_text_update")
            plain.execute(f"UPDATE {table} SET {column} = ''")
        plain.execute("DELETE FROM ledger")
        plain.commit()
    assert left(path.parent)["homewit.db"] > 1


def test_what_is_left_reads_as_forgotten(store: Store):
    """The log keeps its shape and order; only the words are replaced, also where they came in pieces."""
    fact = live_through(store, 5)
    store.forget(fact)
    (session,) = store.list_sessions()
    assert session.title == f"Remember that {FORGOTTEN}"
    assert [turn.text for turn in store.turns(session.id)] == [
        f"Remember that {FORGOTTEN}, please",
        f"I noted {FORGOTTEN}.",
        f"It is {FORGOTTEN}.",
    ]
    later, run = store.list_runs()
    assert (run.prompt, later.prompt) == (
        f"Remember that {FORGOTTEN}, please",
        "what is the code of my locker?",
    )
    log = store.events(run.id)
    assert [event.seq for event in log] == list(range(1, 9))
    assert "".join(event.body["text"] for event in log if event.type == "text.delta") == (
        f"Your code is {FORGOTTEN}!"
    )
    assert log[1].body == {"steps": [{"id": "s1", "args": {"value": FORGOTTEN, "n": [1, None, FORGOTTEN]}}]}
    assert log[7].body == {"text": f"I noted {FORGOTTEN}.", "citations": [fact]}
    assert store.events(later.id)[0].body == {"items": [{"id": fact, "text": FORGOTTEN}]}
    (row,) = store.ledger(run.id)
    assert (row.args, row.output) == ({"value": FORGOTTEN}, {"text": f"Saved {FORGOTTEN}."})


def test_other_words_are_left_alone(store: Store, say, learn):
    """The same value in another matter stays: "blue" is forgotten as a colour, not as a mood."""
    learn("me", "favourite colour", "blue", "my favourite colour is blue")
    mood, bird = say("I feel blue today"), say("a bluebird")
    colour = say("Is blue a good colour for a car?")
    store.forget("my favourite colour")
    texts = [turn.text for session in store.list_sessions() for turn in store.turns(session.id)]
    assert texts == [f"Is {FORGOTTEN} a good colour for a car?", bird.text, mood.text, FORGOTTEN]
    assert colour.text != texts[0]


def test_a_short_quote_does_not_tear_other_texts(store: Store, say):
    """A quote as short as "Ana" goes from its own turn, and elsewhere only beside the thing it answers."""
    named, other, asked = say("I am Ana."), say("Ana and Banana"), say("is Ana a good name?")
    fact = store.add_fact("me", "name", "Ana", Evidence.find(named, "Ana"))
    store.forget(fact.id)
    texts = {turn.id: turn.text for session in store.list_sessions() for turn in store.turns(session.id)}
    assert texts == {
        named.id: f"I am {FORGOTTEN}.",
        other.id: "Ana and Banana",
        asked.id: f"is {FORGOTTEN} a good name?",
    }


def test_a_phrase_forgets_what_it_names_and_no_more(store: Store, learn):
    """All content words must fit, so that asking for one thing never erases its neighbour."""
    birthday = learn("my sister", "birthday", "May 3")
    name = learn("my sister", "name", "Lucía")
    mine = learn("me", "name", "Ana")
    assert store.forget("my brother's birthday") == store.forget("") == store.forget("🎉") == []
    assert store.forget("my sister's birthday") == [birthday]
    assert store.list_facts() == [name, mine]
    assert store.facts_named("my name") == [mine] == store.forget("what is my name")
    assert store.list_facts() == [name]
    assert store.forget("everything about my sister") == [name]


def test_forgetting_takes_the_old_values_with_it(store: Store, learn):
    """The history of a thing is forgotten with it; a later value survives the forgetting of an old one."""
    ids = [learn("me", "home town", town).id for town in ("Rome", "Paris", "Oslo")]
    assert [fact.value for fact in store.forget(ids[1])] == ["Paris", "Rome"]
    assert [fact.value for fact in store.list_facts(history=True)] == ["Oslo"]
    assert [fact.value for fact in store.forget(ids[2])] == ["Oslo"]
    with pytest.raises(NotFound):
        store.forget(ids[2])


def test_what_was_forgotten_is_not_learned_back(store: Store, learn, path: Path):
    """A learner is refused, however it spells it; another value is welcome; the user may bring it back."""
    learn("my sister", "birthday", "May 3")
    store.forget("my sister's birthday")
    for subject, value in (("my sister", "May 3"), ("My sister's", "may  3")):
        with pytest.raises(AlreadyForgotten, match="forgotten on request"):
            learn(subject, "birthday", value, f"again: {value}")
    with closing(sqlite3.connect(path)) as connection:
        salt, digest = connection.execute("SELECT salt, digest FROM tombstones").fetchone()
    assert (len(salt), len(digest)) == (16, 64)
    learn("my sister", "birthday", "May 4")
    back = learn("my sister", "birthday", "May 3", "remember: May 3", explicit=True)
    assert store.list_facts() == [back]
    store.forget(back.id)
    with pytest.raises(AlreadyForgotten):
        learn("my sister", "birthday", "May 3", "once more: May 3")


def test_facts_that_share_words_keep_what_is_left_of_their_evidence(store: Store, say):
    """Another fact from the same sentence stays, its evidence without the forgotten words, its span true."""
    turn = say("Hi. My sister Lucía was born on May 3 in Rome. Bye")
    birthday = store.add_fact("my sister", "birthday", "May 3", Evidence.find(turn, "born on May 3"))
    place = store.add_fact(
        "my sister", "birthplace", "Rome", Evidence.find(turn, "was born on May 3 in Rome")
    )
    name = store.add_fact("my sister", "name", "Lucía", Evidence.find(turn, "My sister Lucía was born"))
    after = store.add_fact("me", "last word", "Bye", Evidence.find(turn, "Bye"))
    store.forget(birthday.id)
    text = store.why(place.id).source.text
    assert text == f"Hi. My sister Lucía was {FORGOTTEN} in Rome. Bye"
    with store.read() as connection:
        query = "SELECT id, evidence_quote, evidence_start, evidence_end FROM facts ORDER BY number"
        rows = [tuple(row) for row in connection.exec_driver_sql(query)]
    assert rows == [
        (place.id, f"was {FORGOTTEN} in Rome", 20, 43),
        (name.id, "My sister Lucía was born", None, None),
        (after.id, "Bye", 45, 48),
    ]
    assert text[20:43] == f"was {FORGOTTEN} in Rome"


def test_a_reader_of_old_pages_is_waited_for_and_then_named(path: Path, monkeypatch: pytest.MonkeyPatch):
    """While another program reads the old state the log cannot be emptied; saying so beats pretending."""
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.05)
    with Store.open(path) as store:
        fact = live_through(store, 9)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM facts").fetchone()
            with store._driver() as driver:
                driver.execute("PRAGMA busy_timeout = 50")
            with pytest.raises(StoreBusy, match=r"The words are erased.*forget once more"):
                store.forget(fact)
            other.execute("ROLLBACK")
        assert store.forget("the locker") == []
        assert left(path.parent) == {}


def test_erasing_is_careful_with_words():
    """The value goes as a whole word in any case and spacing; a short quote cut from a title goes, too."""
    traces = Traces("my pin is 12 34", "me", "pin", "12 34")
    assert traces.erase("PIN: 12  34, not 112 34 or 12 345", linked=False) == (
        f"PIN: {FORGOTTEN}, not 112 34 or 12 345"
    )
    assert traces.erase("call 12 34", linked=False) == "call 12 34"
    assert traces.erase("call 12 34", linked=True) == f"call {FORGOTTEN}"
    assert traces.erase_title("Remember my pin is 1…", linked=True) == f"Remember {FORGOTTEN}"
    assert traces.erase_title("Remember the milk", linked=True) == "Remember the milk"
    nested = {"key": "pin", "deep": [{"value": "12 34"}], "n": 12, "t": True, "x": None}
    assert traces.erase_json(nested, linked=False) == nested | {"deep": [{"value": FORGOTTEN}]}
    number = Traces("7731", "me", "pin", "7731")
    assert number.erase_json({"pin": 7731, "tool": "7731"}, linked=False) == {
        "pin": FORGOTTEN,
        "tool": "7731",
    }
    assert number.erase_json({"seconds": 7731}, linked=True) == {"seconds": 7731}
    assert json.dumps(traces.erase_json({"a": ["12 34"]}, linked=False)) == '{"a": ["12 34"]}'
