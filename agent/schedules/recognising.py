"""Which requests are to be carried out later, as far as their form alone tells.

A model's route is asked for all others. Pure.
"""

import re
from datetime import UTC, datetime

from ...tools import ToolRetry
from ...tools.when.recurrence import says_time
from ...tools.when.said_times import find_moment, find_recurrence, moment_in_front

_REMIND = re.compile(r"(?:please )?remind me\b", re.IGNORECASE)
_SCHEDULE = re.compile(r"(?:please )?(?:schedule|repeat)\b", re.IGNORECASE)
_COMMAND = re.compile(
    r"(?:please )?(?:show|list|tell|give|summari[sz]e|write|save|convert|calculate|run|check|search|find|"
    r"read|send|fetch|report|make|create|count|back)\b",
    re.IGNORECASE,
)
_KINDS_OF_THINGS = re.compile(
    r"(?:daily|weekly|monthly|quarterly|yearly) "
    r"(?:(?:spending|expense) )?(?:report|summary|overview|review|budgets?|spending|expenses|total|costs|"
    r"tasks?|to-?dos?|calendar|agenda|schedule|events?|appointments?|meetings?|notes?)\b"
    r"(?! (?:my|the|all|to)\b)",
    re.IGNORECASE,
)
"""Where the word for how often says which thing is meant, and not when it is to be done."""
_IN_A_WHILE = re.compile(r"(?:in|after) \S", re.IGNORECASE)
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""Only whether a time can be read is asked, not which it is."""
_TELLS_OR_ASKS = re.compile(
    r"(?:i|we|he|she|they|it|there|my|our|your|"
    r"how|what|whats|which|who|whose|when|where|why|do|does|did|is|are|was|were|am|have|has)\b",
    re.IGNORECASE,
)


def comes_later(request: str) -> bool:
    """Whether it surely asks for something to be done again and again, or at another time: "remind me every
    …", "every day at 7 show me …", "tomorrow at 9 show me …".
    """
    try:
        found = find_recurrence(request)
    except ToolRetry:
        return _REMIND.match(request) is not None  # how often can be read, and is refused with the reason
    if found is None:
        return _is_for_later(request)
    if not found.rest or _KINDS_OF_THINGS.match(request.strip()):
        return False
    if _REMIND.match(request) or _SCHEDULE.match(request):
        return True
    return request.strip().startswith(found.said) and not _TELLS_OR_ASKS.match(found.rest)


def _is_for_later(request: str) -> bool:
    """Whether a moment stands in front of what is plainly something to do."""
    front = moment_in_front(request, _ANY_TIME)
    if front is None or not _COMMAND.match(front.rest):
        return False
    found = find_moment(request, _ANY_TIME)  # one that says more, elsewhere, may belong to what is to be done
    if found is None or not request.strip().startswith(found.said):
        return False
    return says_time(found.said) or _IN_A_WHILE.match(found.said) is not None


def asks_to_be_reminded(request: str) -> bool:
    """Whether it begins with "remind me"."""
    return _REMIND.match(request.strip()) is not None


def only_tells(request: str) -> bool:
    """Whether it is a question or a statement, in which "every month" says nothing of when to answer."""
    return _TELLS_OR_ASKS.match(request.strip()) is not None
