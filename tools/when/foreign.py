"""Reads days and moments in other languages than English, such as "übermorgen" or "dans 3 jours".

English is left to the rules of `dates` and `times`: dateparser skips what it does not know, and would take
"two hours before noon" for noon.
"""

import re
from datetime import datetime

from .spans import Lean
from .timewords import MAX_LENGTH, is_english


def read_foreign(text: str, base: datetime, lean: Lean) -> datetime | None:
    """The moment that `text` means when said at `base`, which lends it a time of day where it names none."""
    if len(text) > MAX_LENGTH or not re.search(r"[^\W\d_]{3}", text) or is_english(text):
        return None
    if not re.fullmatch(r"[\w\s.,:'/-]+", text):
        return None  # dateparser skips signs that it does not know, and with them what they say
    import dateparser  # slow to load

    try:
        return dateparser.parse(
            text,
            settings={
                "RELATIVE_BASE": base.replace(tzinfo=None),
                "PREFER_DATES_FROM": lean,
                "RETURN_AS_TIMEZONE_AWARE": False,
                "STRICT_PARSING": False,
            },  # type: ignore[arg-type]
        )
    except (OverflowError, ValueError):
        return None
