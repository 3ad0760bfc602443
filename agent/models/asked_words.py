"""What a stretch of a request asks for, by its words alone: something new, or the answer that comes anyway.

English only. Pure; knows nothing of steps.
"""

import re

from ..permission.spans import content_words

_OWN = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)
_POINTS = re.compile(
    r"(?<!day is )(?<!date is )(?<!time is )\bit\b|"
    r"\b(?:this|that|these|those)\b(?!\s+(?:\w+\s+)?(?:month|week|year|day|morning|afternoon|evening|weekend)s?\b)|"
    r"\b(?:its|it['’]s|them|there|he|his|him|she|her|they|their|comes|everything|all|both|results?|answer|output|"
    r"outcome|done|finished|ready|rest|know)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(r"(?:tell|show|give|let|say|inform|update|keep|get|read out)\b", re.IGNORECASE)
"""How people ask for the answer that they get anyway: "and tell me what it says"."""
_QUESTION = re.compile(r"(?:what|whats|which|who|whos|when|where|why|how)\b", re.IGNORECASE)
_SLIGHT = re.compile(
    r"(?:have|has|is|are|am|do|does|did|can|could|will|would|should|any|anything|work|make|take|keep|get|"
    r"let|look(?!\s+up)|go|bring|enter|drop)\b",
    re.IGNORECASE,
)
"""Words that begin so much else that they have to come with something of the user's."""
_LEADS_TO = re.compile(r"(?:look|go|check|see|search|open|take|have)\b", re.IGNORECASE)
"""How people begin with where to look: "look through my files and find tea"."""
_SAYS_NOTHING = frozenset(
    "tell show give get let me my the please what whats which how is are do does i you look go check see "
    "through into over all open take have".split()
)


def is_asked(text: str) -> bool:
    """Whether words are so plainly a request that leaving them out has to be said."""
    if is_served_by_the_answer(text):
        return False
    if _SLIGHT.match(text):
        return not points(text) and _OWN.search(text) is not None
    return bool(telling_words(text)) and len(text.split()) > 1


def is_served_by_the_answer(text: str) -> bool:
    """Whether words ask about what was said before them, as in "and tell me what it says"."""
    asks = _TELLS.match(text) or _QUESTION.match(text)
    return asks is not None and points(text)


def stands_alone(text: str) -> bool:
    """Whether words do more than to ask about what was said before them."""
    return not points(text) and _QUESTION.match(text) is None


def points(text: str) -> bool:
    """Whether words point at what was said before them."""
    return _POINTS.search(text) is not None


def leads_on(text: str) -> bool:
    """Whether words begin as those do that only say where to look for what comes next."""
    return _LEADS_TO.match(text) is not None


def telling_words(text: str) -> set[str]:
    """The words that say what is asked about."""
    return content_words(text) - _SAYS_NOTHING
