"""A thing and when it is, with nothing said of what to do with it: "dentist tomorrow at 3".

It may be for the calendar or to be reminded of, so nothing is done and both are offered. English only. Pure.
"""

import re

from ...tools.when.readable import is_recurring, split_at_time
from ..schedules.recognising import only_tells
from .clauses import opens

_LONGEST = 8
"""Words; what is longer says more than that."""
_OVER = re.compile(
    r"\b(?:last|past|previous|yesterday|ago|earlier|since|before|after|until|till)\b", re.IGNORECASE
)
_KIND = re.compile(
    r"(?:what|such|good|great|nice|lovely|happy|bad|see|thanks?|hi|hey|hello|ok|okay|bye|goodbye|later)\b",
    re.IGNORECASE,
)


def dated_thing(request: str) -> tuple[str, str] | None:
    """The thing, and when it is; None for a request, a question, a statement, or small talk."""
    said = request.strip().rstrip(".!")
    if "?" in said or "\n" in said or len(said.split()) > _LONGEST:
        return None
    if only_tells(said) or opens(said) or _KIND.match(said):
        return None
    found = split_at_time(said)
    return None if found is None or _OVER.search(found[1]) or is_recurring(found[1]) else found
