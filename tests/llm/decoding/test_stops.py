"""Stop strings: nothing of one is ever shown, and nothing else is lost."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from homewit.llm.decoding.stops import StopMatcher

LETTERS = st.text("ab<>", max_size=30)
STOPS = st.lists(st.text("ab<>", min_size=1, max_size=4), max_size=3)


def shown(stops: list[str], pieces: list[str]) -> str:
    matcher = StopMatcher(stops)
    return "".join(map(matcher.push, pieces)) + matcher.finish()


def split(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut for cut in cuts if cut <= len(text))})
    return [text[a:b] for a, b in pairwise(places)]


@given(text=LETTERS, stops=STOPS, cuts=st.lists(st.integers(0, 30)))
def test_the_text_ends_at_the_stop_string_that_completes_first(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    """Letter by letter, the text before the first completed stop string comes out; never a part of one."""
    ends = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
    expected = text[: min(start for end, start in ends if end == min(ends)[0])] if ends else text

    assert shown(stops, list(text)) == expected
    if len(stops) == 1:
        assert shown(stops, split(text, cuts)) == expected


def test_the_beginning_of_a_stop_string_waits() -> None:
    """What may become a stop string is held back until it is clear."""
    matcher = StopMatcher(["</end>"])

    assert [matcher.push("done </"), matcher.push("b"), matcher.push("</en"), matcher.finish()] == [
        "done ",
        "</b",
        "",
        "</en",
    ]


def test_nothing_comes_out_after_a_match() -> None:
    matcher = StopMatcher(["stop"])

    assert (matcher.push("a stop b"), matcher.stopped, matcher.push("c"), matcher.finish()) == (
        "a ",
        True,
        "",
        "",
    )
