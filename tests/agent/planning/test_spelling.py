"""Shortened and mistyped words are read as they were meant, and kept as they were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.planning.spelling import spelled


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("remnd me tmrw at 8", "remind me tomorrow at 8"),
        ("wat is on my calender on wendesday", "what is on my calendar on wednesday"),
        ("can u remid me tonite pls", "can you remind me tonight please"),
        ("cancle it tomorow, thursay or Satuday", "cancle it tomorrow, thursday or saturday"),
    ],
)
def test_words_of_time_and_of_requests_are_written_out(typed: str, meant: str):
    """Known short forms, and one slip between the first letter and the last; nothing else is guessed."""
    assert spelled(typed).text == meant


@pytest.mark.parametrize(
    "request_text",
    [
        "rewind the tape for Frida, sundry sundaes",
        "read u.txt and tmrw@example.org, see https://tmrw.example/u",
        'note "see u tmrw"',
        "mondays and reminders",
        "Tomoro GmbH called",
    ],
)
def test_names_addresses_and_quotes_stay(request_text: str):
    """So do other words that look like one of these."""
    assert spelled(request_text).text == request_text


def test_a_value_comes_back_in_the_letters_of_the_request():
    """A time does not: it is read by its words."""
    words = spelled("remnd me tonite to ask u about tmrw")
    assert words.text == "remind me tonight to ask you about tomorrow"
    assert words.as_typed("ask you about tomorrow") == "ask u about tmrw"
    assert words.as_typed("Ask you") == "Ask u"
    assert words.as_typed("tonight") == "tonight"
    assert words.as_typed("something else") == "something else"


@given(st.lists(st.sampled_from(["u", "tmrw", "remnd", "to", "milk,", "X", "pls", '"u"', "a.u"]), min_size=1))
def test_the_whole_request_comes_back_as_it_was(words: list[str]):
    """Whatever was changed in it, and wherever."""
    request = " ".join(["note", *words])
    assert spelled(request).as_typed(spelled(request).text) == request
