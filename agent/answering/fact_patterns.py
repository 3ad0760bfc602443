"""Plain statements that need no model to be read: "my sister's birthday is May 3", "I like jazz".

Serves facts that are added by hand, and a model that found nothing. Anything less plain is left to others.
"""

import re

from ..model import FactDraft

_IS = re.compile(r"^(?P<what>.{1,80}?)\s+(?:is|are|was|were)\s+(?P<value>.+)$", re.IGNORECASE | re.DOTALL)
_I_DO = re.compile(r"^I\s+(?P<verb>[a-z]+)\s+(?P<value>.+)$", re.IGNORECASE | re.DOTALL)
_LEAD = re.compile(
    r"^\s*(?:(?:please|hey|ok|and|also)[\s,]+)*(?:/?remember|note|keep in mind|don'?t forget)?"
    r"[\s:,]*(?:that\s+)?",
    re.IGNORECASE,
)
_OWNED = re.compile(r"^(?P<owner>.+?)['’]s?\s+(?P<key>.+)$")
_MY = re.compile(r"^(?:my|our)\s+", re.IGNORECASE)


def read_fact(text: str) -> FactDraft | None:
    """The fact of one plain sentence, quoted as it stands in ``text``; None for anything else."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    quote = text[start:].strip().rstrip(".!").rstrip()
    if not quote or quote.endswith("?") or "\n" in quote:
        return None
    if found := _I_DO.match(quote):
        return FactDraft("user", found["verb"].lower(), found["value"], quote)
    if not (found := _IS.match(quote)):
        return None
    subject, key = _subject_and_key(found["what"])
    return FactDraft(subject, key, found["value"], quote)


def _subject_and_key(what: str) -> tuple[str, str]:
    mine = _MY.match(what)
    bare = what[mine.end() :] if mine else what
    if owned := _OWNED.match(bare):
        return owned["owner"], owned["key"]
    return ("user", bare) if mine else (bare, "is")
