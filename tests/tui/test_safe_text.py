"""Foreign text cannot drive the terminal, however it is written and however it is cut into chunks."""

import itertools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tui.safe_text import (
    StreamSanitizer,
    clean,
    foreign_hosts,
    has_hidden,
    json_line,
    lookalikes,
    one_line,
    reveal,
    show_value,
)

STARTS = [
    "\x1b[",
    "\x9b",
    "\x1b]",
    "\x9d",
    "\x1bP",
    "\x90",
    "\x1b_",
    "\x9f",
    "\x1b^",
    "\x9e",
    "\x1bX",
    "\x98",
]
BODIES = [
    "2J",
    "31;1m",
    "0;title",
    "52;c;aGk=",
    "8;;http://evil.example",
    "1337;File=x",
    "?1049h",
    "6n",
    "",
    "[[[",
    "A",
]
ENDS = ["\x07", "\x1b\\", "\x9c", "", "\n", "\x18"]
LONE = [
    "\x1b",
    "\x1bc",
    "\x1b(0",
    "\x1b#8",
    "\x00",
    "\x08\x08",
    "\x7f",
    "\x85",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\U000e0041\U000e007f",
    "\ud800",
    "\r",
    "\r\n",
    "\x0b",
    "\u2028",
    "\x1b\x1b[2J",
    "\ufff9",
    "\u3164",
]
PAYLOADS = [f"ab{start}{body}{end}cd" for start, body, end in itertools.product(STARTS, BODIES, ENDS)] + [
    f"a{lone}b" for lone in LONE
]
# What a terminal acts on or a reader cannot see; written apart from the code under test.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
chunks = st.lists(
    st.text(alphabet=st.sampled_from("ab\n\r\t\x1b[]P\\_;m?\x07\x9b\x9c\x9d\x90\u202e\x18 0~é家")), max_size=8
)


def streamed(parts: list[str]) -> str:
    sanitizer = StreamSanitizer()
    return "".join(map(sanitizer.push, parts)) + sanitizer.finish()


def test_there_are_500_payloads():
    """The list below is as long as the threat model asks for."""
    assert len(PAYLOADS) >= 500


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_gets_through_at_any_cut(payload: str):
    """Cut at every boundary and into single characters, the output is the same and holds nothing unsafe."""
    whole = clean(payload)
    cuts = [[payload[:at], payload[at:]] for at in range(len(payload) + 1)] + [list(payload)]
    assert {streamed(cut) for cut in cuts} == {whole}
    assert not UNSAFE.search(whole)
    assert whole[0] == "a"


def test_the_check_can_fail():
    """Control: every payload is unsafe before it is cleaned."""
    assert all(UNSAFE.search(payload) for payload in PAYLOADS)


@given(chunks)
def test_chunks_make_no_difference(parts: list[str]):
    """Any text in any chunks gives what the whole text gives, and cleaning twice changes nothing."""
    whole = clean("".join(parts))
    assert streamed(parts) == whole
    assert clean(whole) == whole
    assert not UNSAFE.search(whole)


@given(
    st.text(
        alphabet=st.characters(
            categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u3164\u115f\u1160\uffa0"
        )
    )
)
def test_ordinary_writing_stays(text: str):
    """Letters, numbers, punctuation and symbols of any script come out as they went in."""
    assert clean(text) == text


@pytest.mark.parametrize(
    "text", ["👩‍👩‍👧 ❤️ family", "می‌خواهم", "tab\tand\nline", "[/x] [bold]no markup[/]", "17 × 23"]
)
def test_emoji_joiners_and_brackets_stay(text: str):
    """What real writing needs is kept."""
    assert clean(text) == text


def test_an_endless_control_string_costs_one_line():
    """Text after the line in which a control string was left open is shown."""
    assert clean("before\x1b]0;title without an end\nafter") == "before\nafter"
    assert clean("\x1b]" + "x" * 5000) != ""


def test_line_ends_become_one_kind():
    """A lone carriage return cannot write over what was shown."""
    assert clean("yes\rno\r\nend\r") == "yes\nno\nend\n"


@given(st.text())
def test_reveal_loses_nothing(text: str):
    """Every character is shown or spelled out, so that the original could be written again."""
    shown = reveal(text)
    assert not UNSAFE.search(shown)
    if "⟨U+" not in text:
        assert re.sub(r"⟨U\+([0-9A-F]{4,6})⟩", lambda match: chr(int(match[1], 16)), shown) == text


def test_reveal_spells_out_what_hides():
    """A reversed file name is read as it is."""
    assert reveal("fdp\u202etxt.exe") == "fdp⟨U+202E⟩txt.exe"
    assert has_hidden("fdp\u202etxt.exe")
    assert not has_hidden("report.txt")


def test_values_are_shown_exactly():
    """Text stays bare, references and questions have their own signs, everything else is JSON."""
    values = ["a\x1bb", 5, None, {"$ref": "s1.text"}, {"$ask": "when?"}, ["x", 1]]
    assert [show_value(value) for value in values] == [
        "a⟨U+001B⟩b",
        "5",
        "null",
        "← s1.text",
        "? when?",
        '["x", 1]',
    ]


@given(st.dictionaries(st.text(max_size=5), st.text(), max_size=3))
def test_json_lines_are_safe_and_exact(value: dict[str, str]):
    """A JSON line holds no unsafe character and reads back as what it was."""
    line = json_line(value)
    assert not UNSAFE.search(line)
    assert "\n" not in line
    assert json.loads(line) == value


APPLE = "\u0430\u0440\u0440\u04cf\u0435"  # of Cyrillic letters alone


def test_letters_that_pretend_are_named():
    """A Cyrillic letter in a Latin word is pointed out; a Cyrillic word is not."""
    assert lookalikes("http://p\u0430ypal.com") == ("\u0430 is CYRILLIC SMALL LETTER A",)
    assert lookalikes("привет, hello") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "https://\u0430\u0440\u0440\u04cf\u0435.com/login",
            "\u0430\u0440\u0440\u04cf\u0435.com is xn--80ak6aa92e.com",
        ),
        ("ann@m\u00fcller.example", "m\u00fcller.example is xn--mller-kva.example"),
        ("http://a\u0300\u0301..x", "a\u0300\u0301..x is no name that can be looked up"),
    ],
)
def test_a_host_in_other_letters_is_named_as_it_is_looked_up(text: str, said: str):
    """A whole word of another alphabet can look like a well-known one. Control: no letter of it is mixed."""
    assert foreign_hosts(text) == (said,)
    assert foreign_hosts("https://example.org/m\u00fcller, m\u00fcller at home") == ()
    assert lookalikes(f"https://{APPLE}.com") == ()


def test_one_line_is_cut_with_an_ellipsis():
    """Line breaks become spaces and the length is bounded."""
    assert one_line("a\n b\tc", 80) == "a b c"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"
