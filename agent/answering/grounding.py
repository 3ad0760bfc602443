"""Is every figure and address of an answer in what it was worded from?

Small models slip when they copy. Words may be chosen freely; numbers (rounded as shown), times and URLs must
stand in the sources, otherwise the answer is not used. Knows nothing of models or steps.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

_URL = re.compile(r"https?://[^\s<>\"'”)\]]+")
_NUMBER = re.compile(r"(?<![\w.])[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|(?<=[A-Za-z$€£])\d+(?:\.\d+)?")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_TIME = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)")
_BULLET = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)


class Grounding:
    """The figures and addresses that an answer may use."""

    def __init__(self, sources: Iterable[Any]) -> None:
        texts = [source if isinstance(source, str) else json.dumps(source, default=str) for source in sources]
        self._text = "\n".join(texts)
        self._numbers = {
            float(found) for found in _DIGITS.findall(re.sub(r"(?<=\d),(?=\d{3})", "", self._text))
        }
        for hour, _ in _TIME.findall(self._text):
            self._numbers.add(float(int(hour) % 12 or 12))  # 17:00 may be called 5 pm

    def unfounded(self, answer: str) -> str | None:
        """The first figure or address of ``answer`` that is in no source; None when all are."""
        for url in _URL.findall(answer):
            if url.rstrip(".,;:!?") not in self._text:
                return url
        bare = _BULLET.sub(" ", _URL.sub(" ", answer))
        for found in _NUMBER.findall(bare):
            if not self._knows(found):
                return found
        return None

    def _knows(self, written: str) -> bool:
        plain = written.replace(",", "").lstrip("-−")
        shown = float(plain)
        places = len(plain.partition(".")[2])
        return any(shown == number or shown == round(number, places) for number in self._numbers)


def complete_part(text: str) -> str:
    """``text`` up to its last space: a word that is still being written is not judged yet."""
    cut = max(text.rfind(" "), text.rfind("\n"))
    return text[: cut + 1]
