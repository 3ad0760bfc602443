"""A line of text as tools compare it, and as they word it themselves.

Kept apart from the tools so that curly quotes mean the same everywhere, and one task is never "1 tasks".
"""

import re
from collections.abc import Sequence

_LOOKALIKES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)


def plain(text: str, final: str = "?.!; ") -> str:
    """Lower-case a text, with straight quotes, single spaces and without `final` punctuation."""
    text = text.translate(_LOOKALIKES).lower().strip()
    return re.sub(r"\s+", " ", text).rstrip(final)


def printable_line(text: str, most: int) -> str:
    """A stranger's text in at most so many characters: one line, single spaces, nothing that controls."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:most]


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Write "1 task", "2 tasks"; `plural` for nouns that do not take an s."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """Write "one, two and three"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def gone(what: str) -> str:
    """Write what an undo finds when there is nothing left to take back."""
    return f"The {what} was removed already."
