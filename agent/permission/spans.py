"""Did the user type this? Answers over plain text, by its spans and words.

``typed``: the value stands in the text as a whole, so it can name a place that something is sent to.
``derived``: every word of the value stands in the text, in any order, so it tells the outside nothing that
the user did not write for it. Knows nothing of tools or policy.
"""

import re
from typing import Any

_OPENS = r"(?<![^\s\"'“‘`(<\[{=])"
_CLOSES = r"(?=[\"'”’`)>\]},;:!?]*(?:\.?\"?(?:\s|$)))"
_WORD = re.compile(r"\w+")
_SMALL_WORDS = frozenset("a an and at for in is of on or the to what who how".split())


def typed(value: Any, text: str) -> bool:
    """Whether ``value`` is a whole span of ``text``: bounded by spaces, quotes, brackets or closing
    punctuation.

    ``example.com`` is not typed by somebody who wrote ``example.com.evil.org`` or ``https://example.com/x``.
    An address may have gained its scheme: ``https://example.com`` counts as typed where ``example.com`` was.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    written = _written(value)
    forms = [written, *_without_scheme(written)]
    return any(form and _stands_in(form, text) for form in forms)


def derived(value: Any, text: str) -> bool:
    """Whether every word of ``value`` occurs in ``text``; small words are free."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    known = _words(text) | _SMALL_WORDS
    return _words(_written(value)) <= known


def is_address(text: str) -> bool:
    """Whether ``text`` could name a place: a URL, a mail address, a host or a path, rather than words."""
    said = text.strip()
    return (
        "://" in said
        or "@" in said
        or (not re.search(r"\s", said) and re.search(r"[./:\\]", said) is not None)
    )


def content_words(text: str) -> set[str]:
    """The words of ``text`` that say something, folded."""
    return _words(text) - _SMALL_WORDS


def _written(value: str | int | float) -> str:
    """A value as a person would type it: 5.0 as 5."""
    return f"{value:.12g}" if isinstance(value, float) else str(value).strip()


def _without_scheme(written: str) -> list[str]:
    for scheme in ("https://", "http://"):
        if written.lower().startswith(scheme):
            bare = written[len(scheme) :]
            return [bare, bare.rstrip("/")]
    return []


def _stands_in(form: str, text: str) -> bool:
    return re.search(_OPENS + re.escape(form) + _CLOSES, text, re.IGNORECASE) is not None


def _words(text: str) -> set[str]:
    """Case-folded words without possessive or plural ``s``."""
    folded = re.sub(r"['’]s\b", "", text.casefold())
    return {word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _WORD.findall(folded)}
