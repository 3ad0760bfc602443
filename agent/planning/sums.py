"""Whether words are a calculation, such as "17 * 23" or "20% tip on 45", and nothing else. Pure."""

import re
from functools import lru_cache

from ...tools.errors import ToolError
from ...tools.numbers.expression import ExpressionError, UndefinedResult, evaluate
from ...tools.numbers.phrasing import as_notation

_NO_SUM = re.compile(r"[\d.,:]+|\d+(?:[-/.]\d+){1,2}|[^\d]*")
"""A number alone, what may be a date or a number of a phone, and what has no number at all."""
_NUMBERS = re.compile(r"\d[\d.,]*")
_OF_ONE = re.compile(r"\b(?:sqrt|root|half|quarter|third|double|twice|triple|squared?|cubed?|dozen)\b|!")
"""What is done with a single number; "max 50" is more likely a limit."""
_LONGEST = 200


@lru_cache(maxsize=256)
def is_calculation(text: str) -> bool:
    """Whether all of ``text`` can be worked out."""
    if len(text) > _LONGEST or _NO_SUM.fullmatch(text):
        return False
    if len(_NUMBERS.findall(text)) < 2 and not _OF_ONE.search(text.lower()):
        return False
    try:
        evaluate(as_notation(text))
    except UndefinedResult:
        return True
    except (ExpressionError, ToolError):
        return False
    return True
