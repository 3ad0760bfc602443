"""What is told without the pattern of a sentence is what the pattern would tell."""

import re
from collections.abc import Callable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.planning import sentences
from homewit.tools.builtin.catalogue import BUILTIN_TOOLS
from homewit.tools.declaration.phrase import Part, Slot, parts_of

PHRASES = [phrase for tool in BUILTIN_TOOLS for phrase in tool.spec.phrases]
VALUES = ("notes.txt", "5", "the red one", "dentist on friday at 10", "ann@example.org")


def spoken(parts: Iterator[Part], pick: Callable[[int], int], end: str = "") -> str:
    """One way to say a phrase."""
    wordings = [""]
    for part in parts:
        if part == end:
            break
        if isinstance(part, Slot):
            wordings[-1] += VALUES[pick(len(VALUES))] if part.takes_words else ""
        elif part == "|":
            wordings.append("")
        elif part == "(":
            wordings[-1] += spoken(parts, pick, ")")
        elif part == "[":
            wordings[-1] += spoken(parts, pick, "]") * pick(2)
        else:
            wordings[-1] += part
    return wordings[pick(len(wordings))]


def spelled(text: str, how: int) -> str:
    """The same in other letters, which a pattern takes for the same."""
    return (text, text.upper(), text.replace("s", "ſ").replace("i", "İ"), text.replace(" is ", "'s "))[how]


def told_by_pattern(phrase: str, request: str) -> bool:
    kinds = tuple((slot.name, sentences._kind(slot, {})) for slot in sentences._slots(phrase))
    return sentences._pattern(phrase, kinds, "").fullmatch(request) is not None


def told_without(phrase: str, request: str) -> bool:
    return sentences._may_fit(sentences._needed(phrase), sentences._plain(request))


@given(st.data())
def test_nothing_that_fits_is_left_out(data: st.DataObject):
    """However a phrase is said, and in whatever letters: only what its pattern refuses is refused before."""
    phrase, other = data.draw(st.sampled_from(PHRASES)), data.draw(st.sampled_from(PHRASES))
    said = spoken(parts_of(phrase), lambda most: data.draw(st.integers(0, most - 1)))
    request = spelled(re.sub(r"\s+", " ", said).strip(), data.draw(st.integers(0, 3)))
    assert told_without(phrase, request) or not told_by_pattern(phrase, request)
    assert told_without(other, request) or not told_by_pattern(other, request)


def test_most_sentences_end_without_their_pattern():
    """The control: it does leave out, and what it keeps of these are those that fit."""
    request = "remind me to water the plants at 5pm"
    kept = [phrase for phrase in PHRASES if told_without(phrase, request)]
    assert len(kept) < len(PHRASES) / 4
    assert [phrase for phrase in PHRASES if told_by_pattern(phrase, request)] == [
        phrase for phrase in kept if told_by_pattern(phrase, request)
    ]
    assert any(told_by_pattern(phrase, request) for phrase in kept)
