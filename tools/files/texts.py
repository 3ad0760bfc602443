"""Text in files: which encoding and line breaks it has, so that an edit leaves both as they were.

UTF-8 unless a mark or the bytes say otherwise; where no encoding gives the very bytes back, it is read for
people and not for writing. Knows nothing of paths.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SNIFFED_BYTES = 4096
_GUESSED_FROM = 100_000


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file; `exact` when it gives the same bytes again."""

    content: str
    encoding: str
    exact: bool

    def encode(self, content: str) -> bytes:
        """Other content in the same encoding; raises UnicodeEncodeError."""
        return content.encode(self.encoding)


def is_binary(data: bytes) -> bool:
    """Whether the first bytes are those of no text."""
    return b"\0" in data[:_SNIFFED_BYTES] and not any(data.startswith(mark) for mark, _ in _MARKS)


def read_text(data: bytes, guess: bool = True) -> Text:
    """Decode the bytes of a text file; what cannot be decoded becomes U+FFFD.

    Without `guess`, which takes a moment, what is not UTF-8 is read as Western European.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if encoding:
        content = data.decode(encoding, "replace")
        return Text(content, encoding, _encoded(content, encoding) == data)
    try:
        return Text(data.decode("utf-8"), "utf-8", exact=True)
    except UnicodeDecodeError:
        encoding = _guess(data) if guess else "cp1252"
    content = data.decode(encoding, "replace")
    return Text(content, encoding, _encoded(content, encoding) == data)


def fitted(part: str, content: str) -> str:
    """A part of a text with the line breaks of the whole, where that has only one kind."""
    breaks = set(re.findall(r"\r\n|\n|\r", content))
    return re.sub(r"\r\n|\n|\r", breaks.pop(), part) if len(breaks) == 1 else part


def fingerprint(data: bytes) -> str:
    """SHA-256 of bytes, to know them again."""
    return hashlib.sha256(data).hexdigest()


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes  # slow to load

    best = from_bytes(data[:_GUESSED_FROM]).best()
    return best.encoding if best is not None else "cp1252"


def _encoded(content: str, encoding: str) -> bytes | None:
    try:
        return content.encode(encoding)
    except UnicodeEncodeError:
        return None
