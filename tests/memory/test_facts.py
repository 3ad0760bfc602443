"""Facts need the user's own words, replace one another, and keep their history."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homewit.memory import Evidence, EvidenceMissing, ExplainedFact, Fact, InvalidRecord, Store

SAID = "By the way, my sister's birthday is May 3, ok?"
QUOTE = "my sister's birthday is May 3"


def test_a_fact_keeps_its_evidence(store: Store, say):
    """A fact quotes the user's words; asking why shows the whole turn."""
    turn = say(SAID)
    fact = store.add_fact("my sister", "birthday", "May 3", Evidence.find(turn, QUOTE), "user")
    assert fact == Fact(
        fact.id,
        "my sister",
        "birthday",
        "May 3",
        fact.created,
        None,
        None,
        "user",
        QUOTE,
        turn.id,
        fact.created,
    )
    assert store.list_facts() == [fact] == [store.get_fact(fact.id)]
    why = store.why(fact.id)
    assert isinstance(why, ExplainedFact)
    assert (why.id, why.evidence_quote, why.source, why.history) == (fact.id, QUOTE, turn, ())


def test_evidence_spans_are_the_true_ones(store: Store, say):
    """A quote that stands elsewhere in the turn than said is found where it is."""
    turn = say(SAID)
    assert Evidence.find(turn, QUOTE) == Evidence(QUOTE, 12, 41, turn.id)
    store.add_fact("my sister", "birthday", "May 3", Evidence(QUOTE, 0, 5, turn.id))
    with store.read() as connection:
        row = connection.exec_driver_sql("SELECT evidence_start, evidence_end FROM facts").one()
    assert tuple(row) == (12, 41)


@pytest.mark.parametrize(
    "quote",
    [
        "my sister's birthday is May 4",
        "My sister's birthday is May 3",
        "my sister’s birthday is May 3",
        "",
        " ",
    ],
)
def test_a_quote_that_the_user_did_not_write_is_refused(store: Store, say, quote: str):
    """One wrong character, capital or apostrophe is enough; so is quoting nothing."""
    turn = say(SAID)
    with pytest.raises(EvidenceMissing, match="character for character"):
        store.add_fact("my sister", "birthday", "May 3", Evidence(quote, 12, 41, turn.id), "model")
    assert store.list_facts(history=True) == []


def test_the_assistants_words_are_no_evidence(store: Store):
    """What Homewit itself said, recalled or made up can never become a fact."""
    turn = store.append_turn(store.create_session().id, "assistant", SAID)
    for evidence in (Evidence(QUOTE, 12, 41, turn.id), Evidence(QUOTE, 12, 41, "t_missing")):
        with pytest.raises(EvidenceMissing):
            store.add_fact("my sister", "birthday", "May 3", evidence, "model")


@pytest.mark.parametrize("parts", [("", "k", "v"), ("s", " ", "v"), ("s", "k", "\n")])
def test_a_fact_needs_all_three_parts(store: Store, say, parts: tuple[str, str, str]):
    """An empty subject, key or value is refused."""
    with pytest.raises(InvalidRecord, match="needs a subject, a key and a value"):
        store.add_fact(*parts, Evidence.find(say(SAID), QUOTE))


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("my sister", "birthday"),
        ("My Sister's", "Birthday"),
        ("the sister", "the birthday"),
        ("sister", "birthdays"),
        ("my sister’s", "birthday is"),
        ("me", "sister's birthday"),
    ],
)
def test_a_new_value_replaces_the_old_one_however_the_thing_is_called(
    path: Path, say, subject: str, key: str
):
    """Capitals, articles and possessives aside, the same thing has one value; the old one becomes history."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with Store.open(path, clock=lambda: now) as store:
        turn = say("May 3. No, May 4.")
        old = store.add_fact("my sister", "birthday", "May 3", Evidence.find(turn, "May 3"))
        now += timedelta(days=1)
        new = store.add_fact(subject, key, "May 4", Evidence.find(turn, "May 4"))
        ended = Fact(
            old.id,
            "my sister",
            "birthday",
            "May 3",
            old.created,
            now,
            new.id,
            "user",
            "May 3",
            turn.id,
            old.created,
        )
        assert store.list_facts() == [new]
        assert store.list_facts(history=True) == [ended, new]
        assert store.why(new.id).history == (ended,)
        assert store.search_facts("May 3") == []
        assert store.search_facts("when is my sister's birthday?") == [new]


def test_saying_it_again_changes_nothing(store: Store, learn):
    """The same value, spelled a little differently, is the fact that is known already."""
    known = learn("my sister", "birthday", "May 3")
    assert learn("my sister's", "birthday", "may  3.") == known
    assert store.list_facts(history=True) == [known]


def test_some_things_hold_more_than_once(store: Store, learn):
    """Liking tea does not end liking jazz; a favourite is one."""
    jazz, tea = learn("me", "likes", "jazz"), learn("I", "like", "tea")
    learn("me", "favourite colour", "red")
    blue = learn("me", "favourite colour", "blue")
    assert store.list_facts() == [jazz, tea, blue]
    assert store.search_facts("what do I like?") == [tea, jazz] or store.search_facts("what do I like?") == [
        jazz,
        tea,
    ]


def test_other_subjects_keep_their_own_values(store: Store, learn):
    """The same key of somebody else is another thing."""
    facts = [
        learn("my sister", "birthday", "May 3"),
        learn("my brother", "birthday", "June 4"),
        learn("me", "birthday", "July 5"),
    ]
    assert store.list_facts() == facts


def test_a_correction_ends_what_could_hold_twice(store: Store, learn):
    """Control: without it, liking one thing does not end liking another."""
    jazz, tea = learn("user", "like", "jazz", "I like jazz"), learn("user", "like", "tea", "I like tea")
    turn = store.append_turn(store.create_session().id, "user", "I like bebop")
    new = store.add_fact("user", "like", "bebop", Evidence.find(turn, "I like bebop"), replaces=jazz.id)
    assert store.list_facts() == [tea, new]
    assert store.get_fact(jazz.id).superseded_by == new.id


def test_what_a_fact_would_meet(store: Store, learn):
    """It is known, was forgotten, or is older than what holds; where several hold, none is older."""
    since = learn("my sister", "birthday", "May 3").valid_from
    learn("user", "like", "jazz")
    before = since - timedelta(days=1)
    assert store.standing("my sister", "birthday", "may 3") == "known"
    assert store.standing("sister's", "birthday", "May 4", before) == "older"
    assert store.standing("sister's", "birthday", "May 4", since + timedelta(days=1)) == "new"
    assert store.standing("user", "like", "tea", before) == "new"
    store.forget("sister's birthday")
    assert store.standing("my sister", "birthday", "May 3", before) == "forgotten"
