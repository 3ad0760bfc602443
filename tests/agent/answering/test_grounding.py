"""Answers may choose their words, not their figures."""

import pytest

from homewit.agent.answering.grounding import Grounding, complete_part

SOURCES = [
    "5 miles = 8.05 km",
    {"value": 8.04672, "total": 1234.5, "at": "2026-03-05T17:30"},
    "see https://example.com/a, it says 1,200 people",
]


@pytest.mark.parametrize(
    "answer",
    [
        "5 miles are 8.05 km.",
        "That is 8.0467 km, or about 8 km.",
        "You spent $1,234.50 in total.",
        "It was 1200 people (https://example.com/a).",
        "On March 5, 2026 at 5:30 pm.",
        "1. milk\n2. bread",
        "No figures at all.",
    ],
)
def test_figures_from_the_sources_are_founded(answer: str):
    """Rounded as shown, with or without separators, times by either clock; numbering is not a figure."""
    assert Grounding(SOURCES).unfounded(answer) is None


@pytest.mark.parametrize(
    ("answer", "culprit"),
    [
        ("5 miles are 8.06 km.", "8.06"),
        ("It costs 42 euros", "42"),
        ("$1,243.50", "1,243.50"),
        ("see https://example.org", "https://example.org"),
        ("at 6:30 pm", "6"),
    ],
)
def test_figures_from_nowhere_are_found(answer: str, culprit: str):
    """The first slip is named."""
    assert Grounding(SOURCES).unfounded(answer) == culprit


def test_a_word_that_is_still_written_is_not_judged():
    """``39`` may become ``391``."""
    assert (complete_part("It is 39"), complete_part("39"), complete_part("a\nb")) == ("It is ", "", "a\n")
