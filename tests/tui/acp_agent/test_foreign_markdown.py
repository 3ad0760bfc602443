"""Text for editors: nothing in it is fetched, and what is to be read letter by letter is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from homewit.tui.acp_agent.foreign_markdown import Stream, fenced, shown

PIECES = st.sampled_from(
    [
        "!",
        "[",
        "![",
        "](http://x)",
        "<",
        "<i",
        "mg src=x>",
        "<IMG ",
        "</",
        "svg",
        "a < b",
        "\x1b[2J",
        "wow!",
        "\n",
    ]
)
FETCHED = re.compile(r"!\[|</?(img|svg)\b", re.IGNORECASE)


@given(st.lists(PIECES, max_size=12), st.data())
def test_how_a_text_is_cut_makes_no_difference(pieces: list[str], data: st.DataObject):
    """Piece by piece comes out what comes out of the whole, and no picture is left in it."""
    text, stream = "".join(pieces), Stream()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    parts = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    told = "".join(map(stream.push, parts)) + stream.finish()
    assert told == shown(text)
    assert FETCHED.search(told) is None
    assert "\x1b" not in told


def test_words_stay_as_they_are():
    """Marks that begin no picture are left alone, and are not held back for good."""
    assert shown("Done! a < b, List<int>, <b>x</b> [link](https://x.org)") == (
        "Done! a < b, List<int>, <b>x</b> [link](https://x.org)"
    )


@given(st.text(alphabet="`a\n", max_size=20))
def test_a_block_ends_where_it_should(text: str):
    """No run of backticks inside is as long as the fence around it."""
    first, *inside, last = fenced(text).split("\n")
    assert first == last
    assert "\n".join(inside) == text
    assert first not in text
