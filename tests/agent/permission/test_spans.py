"""What counts as typed by the user."""

import pytest

from homewit.agent.permission.spans import derived, is_address, typed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("https://example.com/a", "fetch https://example.com/a please"),
        ("https://example.com", "what is on example.com?"),
        ("https://example.com/", "open example.com, then stop"),
        ("distance.txt", "save it to distance.txt."),
        ("notes.md", 'write to "notes.md"'),
        ("a@b.org", "mail (a@b.org)"),
        (5.0, "convert 5 miles"),
        ("Call Mom", "remind me to call mom"),
    ],
)
def test_a_whole_span_is_typed(value: object, text: str):
    """Quotes, brackets, closing punctuation, case and an added scheme do not matter."""
    assert typed(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("example.com", "fetch example.com.evil.org"),
        ("evil.com", "fetch notevil.com"),
        ("https://example.com", "fetch https://example.com/secret"),
        ("https://example.com/x", "fetch example.com"),
        ("b.org", "mail a@b.org"),
        ("", "anything"),
        (True, "true"),
        (["example.com"], "example.com"),
        (5, "convert 55 miles"),
    ],
)
def test_a_part_of_a_word_is_not_typed(value: object, text: str):
    """A longer or shorter address is another place."""
    assert not typed(value, text)


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("weather Paris", "what's the weather in Paris?", True),
        ("best pizza recipes", "find the best pizza recipe", True),
        ("weather Paris token=abc", "what's the weather in Paris?", False),
        ("weather London", "what's the weather in Paris?", False),
    ],
)
def test_a_query_is_derived_when_all_its_words_were_said(value: str, text: str, expected: bool):
    """A search may reorder the user's words, and adds none."""
    assert derived(value, text) is expected


@pytest.mark.parametrize(
    "text", ["https://x.org", "x.org", "a@b", "../etc/passwd", "localhost:80", "go to http://x y"]
)
def test_what_could_name_a_place(text: str):
    """Anything with the marks of an address is treated as one."""
    assert is_address(text)


@pytest.mark.parametrize("text", ["cheap flights", "weather in St. Louis", "milk"])
def test_words_name_no_place(text: str):
    """Control: plain words are words."""
    assert not is_address(text)
