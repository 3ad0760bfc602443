"""Search finds what answers a question, nothing else, and never fails."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homewit.memory import Evidence, Store, full_text, words

KNOWN = [
    ("my sister", "birthday", "May 3"),
    ("my sister", "name", "Lucía"),
    ("me", "name", "Ana"),
    ("me", "favourite colour", "dark green"),
    ("me", "likes", "hiking and jazz"),
    ("me", "allergic to", "peanuts"),
    ("Tom", "phone number", "555-0134"),
    ("the car", "licence plate", "B-XY 123"),
    ("Dr. Lee", "role", "my dentist"),
    ("me", "wife's name", "Eva"),
]


@pytest.fixture(scope="module")
def knowing():
    """A store that knows the facts above."""
    with Store.open(":memory:") as store:
        session = store.create_session().id
        for fact in KNOWN:
            turn = store.append_turn(session, "user", " | ".join(fact))
            store.add_fact(*fact, Evidence.find(turn, turn.text))
        yield store


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("when is my sister's birthday?", ("my sister", "birthday")),
        ("when is my sister’s birthday", ("my sister", "birthday")),
        ("sister birthday", ("my sister", "birthday")),
        ("Do you remember my sister's birthdays??", ("my sister", "birthday")),
        ("SISTER BIRTHD", ("my sister", "birthday")),
        ("what's my name", ("me", "name")),
        ("What is my name?", ("me", "name")),
        ("who am i", ("me", "name")),
        ("what is the name of my sister", ("my sister", "name")),
        ("what is my favourite colour?", ("me", "favourite colour")),
        ("what do I like?", ("me", "likes")),
        ("am I allergic to something?", ("me", "allergic to")),
        ("my allergies", ("me", "allergic to")),
        ("what is Tom's phone number?", ("Tom", "phone number")),
        ("tell me Tom's number", ("Tom", "phone number")),
        ("licence plate of the car", ("the car", "licence plate")),
        ("who is my dentist", ("Dr. Lee", "role")),
        ("who is Lucia?", ("my sister", "name")),
        ("my wife's name", ("me", "wife's name")),
    ],
)
def test_questions_find_their_fact(knowing: Store, question: str, best: tuple[str, str]):
    """However it is asked, the best fact is the one that answers."""
    found = [(fact.subject, fact.key) for fact in knowing.search_facts(question)]
    if question == "who am i":
        assert {subject for subject, _ in found} == {"me"}
        assert best in found
    else:
        assert found[:1] == [best]


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of France",
        "what is 17 * 23?",
        "when is my brother's birthday?",
        "what's your name?",
        "what is the name of the dog?",
        "tell me the name of the dog",
        "book me a flight to Mars",
        "add milk to my tasks and show me my open tasks",
        "my",
        "the",
        "",
        "🎉",
        "???",
    ],
)
def test_what_is_beside_the_point_finds_nothing(knowing: Store, question: str):
    """A question that no fact answers gets none, so that nothing wrong is said."""
    found = [(fact.subject, fact.key) for fact in knowing.search_facts(question)]
    assert [fact for fact in found if question != "my" or fact[0] != "me"] == []


def test_a_question_about_me_is_not_answered_by_somebody_else():
    """With only a sister's name known, "my name" finds nothing; with only mine, hers finds nothing."""
    with Store.open(":memory:") as store:
        turn = store.append_turn(store.create_session().id, "user", "Lucía and 1 May")
        store.add_fact("my sister", "name", "Lucía", Evidence.find(turn, "Lucía"))
        store.add_fact("me", "birthday", "1 May", Evidence.find(turn, "1 May"))
        assert store.search_facts("what's my name?") == []
        assert [fact.key for fact in store.search_facts("when is my sister's birthday")] == ["name"]
        assert [fact.key for fact in store.search_facts("when is my birthday?")] == ["birthday"]


def test_the_limit_keeps_the_best(knowing: Store):
    """Facts come best first and no more than asked for."""
    found = knowing.search_facts("my sister's birthday", limit=1)
    assert [fact.key for fact in found] == ["birthday"]
    assert len(knowing.search_facts("my sister's birthday", limit=9)) == 2


def test_turns_are_found_by_their_words(store: Store):
    """All words first; else half of them or their beginnings; else the text itself, emoji and Chinese too."""
    session = store.create_session().id
    texts = ["We booked flights to Lisbon", "Lisbon hotels are dear", "看电影 tomorrow", "party 🎉 at 8"]
    turns = [store.append_turn(session, "user", text) for text in texts]
    for query, found in (
        ("flight to lisbon", [0]),
        ("hotel", [1]),
        ("lisb", [0, 1]),
        ("the", []),
        ("电影", [2]),
        ("🎉", [3]),
        ("", []),
        ("zebra", []),
        ("flight zebra", [0]),
        ("flight zebra giraffe", []),
        ("hot", [1]),
    ):
        expected = {turns[number].id for number in found}
        assert {turn.id for turn in store.search_turns(query)} == expected, query


SEARCHES = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=st.characters(codec=None, categories=None), max_size=30),
    st.lists(
        st.sampled_from(
            [
                '"',
                "'",
                "*",
                "(",
                ")",
                "^",
                ":",
                "-",
                "+",
                "NEAR",
                "AND",
                "OR",
                "NOT",
                "subject:",
                "sister",
                "my",
                "\0",
            ]
        ),
        max_size=12,
    ).map(" ".join),
)


@given(query=SEARCHES)
@example(query='"')
@example(query="NEAR(a b, 1000000)")
@example(query="a\0b")
@example(query="\ud800")
@example(query="sister* AND (")
@example(query="x " * 50_000)
@example(query="_ __ ___")
@example(query="'; DROP TABLE facts; --")
@example(query="%" * 60_000)
def test_no_query_can_fail(knowing: Store, query: str):
    """Any text at all is a query: it finds something or nothing, and never raises."""
    knowing.search_facts(query)
    knowing.facts_named(query)
    knowing.search_turns(query)
    knowing.records.search_notes(query)
    knowing.records.find_tasks(query)


@given(text=st.text())
def test_expressions_hold_nothing_but_quoted_words(text: str):
    """Control characters and operators cannot get out of the quotes."""
    expression = full_text.any_of([text]) + full_text.all_of([text])
    assert expression.count('"') in (0, 4)


@given(word=st.text(min_size=1, max_size=20))
def test_folding_twice_is_harmless(word: str):
    """Folding never fails and a folded word still means the same."""
    assert words.same(words.fold(word), words.fold(word))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sister", "sisters"),
        ("city", "cities"),
        ("live", "living"),
        ("box", "boxes"),
        ("Café", "cafe"),
        ("walked", "walks"),
    ],
)
def test_forms_of_a_word_fold_together(one: str, other: str):
    """Plurals, endings, capitals and accents do not matter."""
    assert words.fold(one) == words.fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("car", "cat"), ("class", "clas"), ("bus", "business"), ("birthday", "birthplace")]
)
def test_different_words_stay_different(one: str, other: str):
    """Control: folding does not make everything alike."""
    assert not words.same(words.fold(one), words.fold(other))
