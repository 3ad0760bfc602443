"""Text for editors, which show Markdown: no picture in it is fetched, and values stay what they are.

An address of a picture that is fetched as soon as it is shown can carry words away. Knows nothing of the
protocol.
"""

import re

from ..safe_text import StreamSanitizer, clean

_FETCHED = re.compile(
    r"!(?=\[)|<(?=/?(?:img|picture|source|video|audio|iframe|object|embed|svg|link|style)\b)", re.IGNORECASE
)
_MAY_BEGIN = re.compile(r"(?:!|<[/a-z]{0,8})\Z", re.IGNORECASE)
_BACKTICKS = re.compile(r"`+")


class Stream:
    """Text in pieces without pictures and control characters, however it was cut."""

    def __init__(self) -> None:
        self._sanitizer = StreamSanitizer()
        self._held = ""

    def push(self, piece: str) -> str:
        text = self._held + self._sanitizer.push(piece)
        cut = begun.start() if (begun := _MAY_BEGIN.search(text)) else len(text)
        self._held = text[cut:]
        return without_pictures(text[:cut])

    def finish(self) -> str:
        """What was held back, at the end of the text."""
        text, self._held = self._held + self._sanitizer.finish(), ""
        return without_pictures(text)


def without_pictures(text: str) -> str:
    """The same text, in which what would be fetched when it is shown is only a link or words."""
    return _FETCHED.sub(lambda found: f"{found[0]} ", text)


def shown(text: str) -> str:
    """A whole text without control characters and pictures."""
    return without_pictures(clean(text))


def fenced(text: str) -> str:
    """A block that is shown letter by letter, whatever it holds."""
    fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    return f"{fence}\n{text}\n{fence}"
