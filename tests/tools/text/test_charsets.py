"""Names of character sets that strangers give: the real ones are known, transformations are not."""

import pytest

from homewit.tools.network.responses import Response
from homewit.tools.text.charsets import charset
from homewit.tools.web.charset import page_text


@pytest.mark.parametrize(
    ("name", "known"),
    [("UTF-8", "utf-8"), ("latin1", "iso8859-1"), ("windows-1252", "cp1252"), ("shift_jis", "shift_jis")],
)
def test_character_sets_are_known_by_any_name(name: str, known: str):
    """As Python calls them."""
    assert charset(name) == known


@pytest.mark.parametrize(
    "name",
    [
        "punycode",
        "PunyCode",
        "idna",
        "unicode_escape",
        "unicode-escape",
        "raw_unicode_escape",
        "undefined",
        "zlib",
        "hex",
        "rot13",
        "x-none",
        "a\0b",
        "",
    ],
)
def test_what_is_none_is_read_as_if_nobody_had_said(name: str):
    """Decoding two megabytes of Punycode would take minutes; IDNA raises, whatever the bytes."""
    assert charset(name) == ""
    body = b"a" * 1_000_000 + b"-" + b"b" * 1_000_000
    text = body.decode()
    assert Response("u", 200, {"content-type": f"text/plain; charset={name}"}, body).text == text
    assert page_text(body, name) == text
    assert page_text(f'<meta charset="{name}">'.encode() + body).endswith(text)
