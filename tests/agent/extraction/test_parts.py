"""A text that is too long is cut into parts that are the whole text together."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.extraction.parts import OVERLAP, parts_of


def words(text: str) -> int:
    return len(text.split())


def test_a_short_text_is_one_part():
    """As it is."""
    assert list(parts_of("one two", words, 2)) == ["one two"]


def test_parts_end_where_a_paragraph_does_and_overlap():
    """A value at a seam is whole in one of the parts."""
    text = "\n\n".join(f"paragraph {number} " + "word " * 60 for number in range(30))
    parts = list(parts_of(text, words, 400))
    assert all(words(part) <= 400 for part in parts)
    assert all(part.endswith("\n\n") for part in parts[:-1])
    assert all(later.startswith(part[-OVERLAP:]) for part, later in pairwise(parts))


@given(st.text("ab \n.", max_size=3000), st.integers(min_value=1, max_value=500))
def test_nothing_is_lost_and_no_part_is_too_long(text, most):
    """Whatever the text and the limit; each part goes on where the one before it ends, or earlier."""
    parts = list(parts_of(text, len, most))
    assert all(len(part) <= most for part in parts)
    reached = 0
    for part in parts:
        at = next(at for at in range(reached, -1, -1) if text.startswith(part, at))
        reached = max(reached, at + len(part))
    assert reached == len(text)
