"""A fact as it is said to the person whom it is about: "your sister's birthday: May 3".

What is stored is a subject, a key and a value, and the user's own words. Where the words do not name the key
as something that the subject has, they stand for themselves. Knows nothing of where facts are shown.
"""

import re
from typing import Any

from .safe_text import one_line

_THE_USER = frozenset({"", "user", "me", "i", "my", "myself"})


def fact_text(fact: dict[str, Any]) -> str:
    """The whole fact in one phrase."""
    subject, key, value, quote = (
        one_line(str(fact.get(part) or "")) for part in ("subject", "key", "value", "quote")
    )
    if quote and not _has(quote, subject, key):
        return f"“{quote}”"
    if subject.lower() in _THE_USER:
        return f"your {key}: {value}"
    return f"{_owner(subject, quote)} {key}: {value}"


def fact_line(fact: dict[str, Any]) -> str:
    """With its id, and the words it came from where it is not said in them."""
    text, quote = fact_text(fact), one_line(fact.get("quote") or "", 100)
    words = f"  “{quote}”" if quote and quote not in text else ""
    return f"{fact['id']}  {text}{words}"


def _has(quote: str, subject: str, key: str) -> bool:
    """Whether the words name the key as something that the subject has."""
    owner = "my" if subject.lower() in _THE_USER else rf"{re.escape(subject)}(?:['’]s|['’])"
    return re.search(rf"\b{owner} {re.escape(key)}\b", quote, re.IGNORECASE) is not None


def _owner(subject: str, quote: str) -> str:
    """The user's "my" is "your" here; it may have been left out of what is stored."""
    name = re.sub("^my ", "", subject, flags=re.IGNORECASE)
    if re.search(rf"\bmy {re.escape(name)}", quote, re.IGNORECASE):
        name = f"your {name}"
    return name + ("'" if name.endswith("s") else "'s")
