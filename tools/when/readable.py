"""Whether words say when, and nothing else: "friday at 10", "next week", "in october", "every monday".

For whoever looks for the time inside of a sentence; what it means is read where it is used. English only, so
that no word of a sentence is taken for a time in another language.
"""

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..errors import ToolRetry
from .periods import parse_period
from .recurrence import read_recurrence
from .times import read_moment
from .timewords import MAX_LENGTH, is_about_time, timely

_ANY_TIME = datetime(2028, 1, 1, 12, tzinfo=ZoneInfo("UTC"))
"""Only whether it can be read is asked. A leap year: there is a February 29."""
_BESIDE = frozenset("of and to for the a an o after before between through older newer than prior".split())
_NUMBER = re.compile(r"first|\d+(?:st|nd|rd|th|\.)?")
_UNITS = frozenset("day week month quarter year".split())
"""Which of them is meant, nothing says: a "calendar week" is no time."""
_AHEAD = re.compile(r"(?:for |in )?(?:next|coming) \d{1,3} (?:days|weeks|months)")
_LEADING = ("for ", "on ", "in ", "during ", "by ")


@lru_cache(maxsize=512)
def is_time(text: str) -> bool:
    """Whether all of ``text`` is one day, moment, period or recurrence."""
    words = timely(text)
    if len(text) > MAX_LENGTH or not words or _NUMBER.fullmatch(words) or text.lower() in _UNITS:
        return False
    if _AHEAD.fullmatch(words):
        return True
    told = [word.strip(",") for word in words.split()]
    if not all(is_about_time(word) or word in _BESIDE for word in told):
        return False
    bare = [text[len(one) :] for one in _LEADING if text.lower().startswith(one)]
    return any(map(_reads, [text, *bare]))


def is_recurring(text: str) -> bool:
    """Whether it says how often: "every monday", "on weekdays"."""
    try:
        return read_recurrence(text) is not None
    except ToolRetry:
        return True


def split_at_time(text: str) -> tuple[str, str] | None:
    """``text`` in two, the longest time at its end and what stands before it; None where there is none."""
    words = text.split()
    for place in range(1, len(words)):
        if is_time(when := " ".join(words[place:])):
            return " ".join(words[:place]).rstrip(" ,;:-"), when
    return None


def _reads(text: str) -> bool:
    if read_moment(text, _ANY_TIME) is not None:
        return True
    try:
        if read_recurrence(text) is not None:
            return True
        parse_period(text, _ANY_TIME.date())
    except ToolRetry:
        return False
    return True
