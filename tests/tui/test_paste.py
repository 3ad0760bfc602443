"""Pasted text is text, whatever bytes it holds and however it comes; keys stay keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from homewit.tui.paste import END, START, PasteGuard
from homewit.tui.safe_text import clean

HOSTILE = {
    "a colour": "\x1b[31mred\x1b[0m",
    "escape alone": "a\x1b",
    "many escapes": "a\x1b\x1b\x1bb",
    "a long sequence": "\x1b[" + "1;" * 40 + "m and on",
    "ctrl+q and enter": "bye\x11\r",
    "an early end": f"ls{END}\x11\r",
    "an end and a new beginning": f"ls{END}\x11\r{START}more",
    "a title": "\x1b]0;owned\x07text",
    "a mouse click": "\x1b[<0;10;10M",
    "a key of the kitty protocol": "\x1b[113;5u",
    "C1 controls": "\x9b31mred\x9d0;x\x9c",
    "nul and delete": "a\x00\x7fb",
}
KEYS = [
    "a",
    "\r",
    "\x1b",
    "\x1b[A",
    "\x1bOP",
    "\x1b[<35;10;5M",
    "\x1b[I",
    "\x11",
    "\x1b[97;;97u",
    "hello\r",
    "\t",
]


def read(*bursts: str, follows: bool = False) -> list[tuple[str, str]]:
    """What Textual makes of it: keys by name and pastes by text."""
    guard, parser = PasteGuard(), XTermParser()
    found: list[tuple[str, str]] = []
    for number, burst in enumerate(bursts):
        if keys := guard.take(burst, follows and number > 0):
            for event in parser.feed(keys):
                if isinstance(event, events.Key):
                    found.append(("key", event.key))
                elif isinstance(event, events.Paste):
                    found.append(("paste", event.text))
    return found


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_marked_paste_is_one_paste_and_no_key(text: str):
    """Nothing inside the marks is a key, and what arrives is the text without control sequences."""
    assert read(f"{START}{text}{END}") == [("paste", clean(text))]


@pytest.mark.parametrize("name", ["a colour", "many escapes", "a long sequence", "an early end"])
def test_without_the_guard_keys_come_out(name: str):
    """Control: Textual alone takes parts of these for keys."""
    fed = XTermParser().feed(f"{START}{HOSTILE[name]}{END}")
    assert [event for event in fed if isinstance(event, events.Key)]


@given(
    st.lists(st.sampled_from([*HOSTILE.values(), "word ", "\n", "é", "🙂"]), max_size=8).map("".join),
    st.data(),
)
def test_how_a_marked_paste_is_cut_makes_no_difference(text: str, data: st.DataObject):
    """Read in two pieces, even through the middle of a mark, it is the same paste; its early ends aside."""
    text = text.replace(END, "")
    whole = f"{START}{text}{END}"
    cut = data.draw(st.integers(1, len(whole) - 1))
    guard = PasteGuard()
    assert guard.take(whole[:cut]) + guard.take(whole[cut:]) == f"{START}{clean(text)}{END}"


@pytest.mark.parametrize("text", KEYS)
def test_keys_pass_as_they_are(text: str):
    """What one key sends, or a short text with enter, is not touched: before, after and between pastes."""
    guard = PasteGuard()
    assert [guard.take(text), guard.take(f"{START}x{END}"), guard.take(text), guard.take(text * 2)] == [
        text,
        f"{START}x{END}",
        text,
        text * 2,
    ]


def test_a_long_line_with_enter_may_be_typed():
    """A program that types for somebody sends line and enter together; so may one that pastes."""
    assert read("what is 17 * 23, and what is 12 * 12?\r")[-1] == ("key", "enter")
    assert read(f"{START}a pasted line{END}\r") == [("paste", "a pasted line"), ("key", "enter")]


@pytest.mark.parametrize(
    "text",
    [
        "the first line\rthe second line\r",
        "a long enough text \x1b[31min red\x1b[0m",
        "a long enough text with ctrl+q \x11 in it",
        "column one\tcolumn two\tcolumn three",
        "click here, click here \x1b[<0;10;10M",
    ],
)
def test_a_paste_without_marks_is_a_paste(text: str):
    """More than one types at once, with what a key would send inside: nothing of it is a key."""
    assert read(text) == [("paste", clean(text))]


def test_what_follows_at_once_belongs_to_the_paste():
    """A long paste without marks comes in pieces; the last is no keys either. Control: later, it is."""
    first, last = "the first line\rthe second line\r", "ab\x11"
    assert read(first, last, follows=True) == [("paste", clean(first)), ("paste", "ab")]
    assert read(first, last)[1:] == [("key", "a"), ("key", "b"), ("key", "ctrl+q")]


def test_reports_of_the_terminal_are_not_taken_for_a_paste():
    """Focus and answers to questions may come between letters."""
    assert read("what is 17 * 23 by the way\x1b[I\r")[-1] == ("key", "enter")
