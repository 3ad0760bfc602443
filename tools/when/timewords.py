"""One spelling for what people write about times, and none of the words that do not change what is meant.

"tmrw at about 4ish" becomes "tomorrow at 4", "no later than friday" becomes "by friday". Everything that
reads days, moments or periods reads this form. It also knows which words are about time at all.
"""

import re

from ..numbers.words import digits_for_words, numbered_ordinals
from ..text.wording import plain
from .amounts import UNIT
from .calendars import DAY, MONTH, WEEKDAYS

MAX_LENGTH = 100

_PREPOSITION = "at|in|by|for|since|before|after|within|until|till|from"
_HEDGE = r"(?:about|around|roughly|approximately|approx\.?|circa|exactly|precisely)"
_ROWS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\b(?:tomm?or+ow|tmrw?|tmw|tomoz|2mor+ow|2moro|2mrw)\b", "tomorrow"),
        (r"\b(?:tonite|2nite)\b", "tonight"),
        (r"\b(?:yday|ystrday|yesturday)\b", "yesterday"),
        (r"\b(?:2day|tday)\b", "today"),
        (r"\b(?:wkend|week-end)\b", "weekend"),
        (r" ?½", " 1/2"),
        (r" ?¼", " 1/4"),
        (r" ?¾", " 3/4"),
        (r"\bthe\b ?", ""),
        (r"\b(?:no|not) later than\b|\bat (?:latest|earliest) by\b", "by"),
        (r",? ?\bat (?:latest|earliest)\b|(?<=\w) latest$", ""),
        (r"\b(?:by time|when|once|as soon as) it(?:'s| is)\b", "at"),
        (r",? ?\b(?:sharp|on dot|prompt|promptly)$", ""),
        (r"\b(?:just|shortly|right|straight|immediately|directly) (?=(?:before|after)\b)", ""),
        (rf"\b({_PREPOSITION}) (?:{_HEDGE}|just) (?=\S)", r"\1 "),
        (rf"\b{_HEDGE} (?=(?:{_PREPOSITION})\b)", ""),
        (rf"\b{_HEDGE} (?=\S)", "at "),
        (r"\b(?:at )?(\d{1,2}(?::\d\d)?)[ -]?ish\b", r"at \1"),
        (r"\b((?:second|minute|hour|day|week|month|year)s?) or so\b", r"\1"),
        (r"\banother (?=\d)", ""),
        (r"\banother\b", "a"),
        (r"\b(?:sometime|some time|at some point)(?: on)? (?=\S)", ""),
        (r"^(?:later|earlier|back)(?: on)? (?=\S)", ""),
    )
)
_ABOUT_TIME = frozenset(
    "now today tomorrow yesterday tonight morning afternoon evening night noon midday midnight weekend "
    "christmas easter ago hence next last this coming past previous early late mid start beginning middle "
    "end spring summer autumn fall winter at on in by until till since o'clock am pm first half every "
    "each before after during when once while later soon dawn dusk sunrise sunset teatime".split()
)
_TIME_WORD = re.compile(rf"(?:(?:{UNIT})s?|{DAY}|{MONTH}|.*\d.*)")
_ENGLISH = frozenset(
    "the at of and next last this that these those other some any many several every each ago from "
    "before after until by about around late early later when my half quarter day days week weeks month "
    "months year years hour hours minute minutes second seconds today tomorrow yesterday tonight "
    "morning evening night january february march june july october december now noon midday midnight "
    "am pm time".split()
) | frozenset(WEEKDAYS)


def timely(text: str) -> str:
    """The plain form of a text about time, with digits for number words and without articles."""
    words = digits_for_words(numbered_ordinals(plain(text[: MAX_LENGTH + 1])))
    for pattern, replacement in _ROWS:
        words = pattern.sub(replacement, words)
    return re.sub(r"\s+", " ", words).strip(" ,")


def is_about_time(word: str) -> bool:
    """Whether a word of a timely text says something about when."""
    return word in _ABOUT_TIME or _TIME_WORD.fullmatch(word) is not None


def is_english(text: str) -> bool:
    """Whether a text has a word that only an English text about time would have."""
    return not _ENGLISH.isdisjoint(re.findall(r"[^\W\d_]+", text.lower()))
