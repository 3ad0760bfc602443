"""What a model says is held against the text: only what is in it comes out."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.extraction.fields import Field
from homewit.agent.extraction.grounding import Grounds

TEXT = """The Grand Budapest   Hotel
charges 1.299,00 € a night from 3 May 2026. Write to Office@hotel.example.org
or see https://hotel.example.org/rooms. Minimum stay: 2 nights."""
TODAY = dt.date(2026, 3, 2)


def found(said, kind="string", **options):
    return Grounds(TEXT, TODAY).found(Field("x", kind, **options), said)


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("string", "the grand Budapest hotel", "The Grand Budapest Hotel"),
        ("string", "Hotel charges", "Hotel charges"),
        ("string", "Grand Hotel", None),
        ("string", "ote", None),
        ("string", " ", None),
        ("string", 7, None),
        ("number", 1299, 1299),
        ("number", 1299.0, 1299),
        ("number", 12.99, None),
        ("number", 1300, None),
        ("number", True, None),
        ("number", float("nan"), None),
        ("number", "1299", None),
        ("integer", 2, 2),
        ("date", "3 May 2026", "2026-05-03"),
        ("date", "2026-05-03", "2026-05-03"),
        ("date", "4 May 2026", None),
        ("date", "tomorrow", None),
        ("email", "office@hotel.example.org", "Office@hotel.example.org"),
        ("email", "hotel.example.org", None),
        ("url", "https://hotel.example.org/rooms", "https://hotel.example.org/rooms"),
        ("url", "https://hotel.example.org", None),
        ("boolean", True, True),
        ("boolean", "yes", None),
    ],
)
def test_a_value_that_is_not_in_the_text_is_none(kind, said, value):
    """In the text's own spelling, or not at all."""
    assert found(said, kind) == value


def test_choices_are_those_of_the_plan():
    """A judgement, which no text proves; nothing else can come out."""
    assert found("cheap", choices=("cheap", "dear")) == "cheap"
    assert found("Hotel", choices=("cheap", "dear")) is None


def test_of_several_those_that_are_there_come_out_once():
    """In the order in which they were said."""
    assert found(["Hotel", "Motel", "HOTEL", None, "night"], many=True) == ["Hotel", "night"]
    assert found([2, 1299, 7, "x"], "integer", many=True) == [2, 1299]
    assert found("Hotel", many=True) == []


@given(st.text(max_size=60), st.text(max_size=12))
def test_no_string_comes_out_that_is_not_in_the_text(text, said):
    """Whatever was said, and whatever the text: words of the text in its own order and spelling."""
    value = Grounds(text, TODAY).found(Field("x"), said)
    assert value is None or value in " ".join(text.split())


@given(st.lists(st.text("ab c.,", min_size=1, max_size=6), min_size=1, max_size=6).map(" ".join))
def test_control_every_word_of_a_text_can_be_found(text):
    """Control: what is in the text is not refused."""
    for word in text.split():
        assert Grounds(text, TODAY).found(Field("x"), word) == word
