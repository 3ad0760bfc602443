"""Does a value that a model found stand in the text? What does not is no finding.

A model may slip when it copies, make something up, or be talked into something by the text: whatever it says,
only what the text has comes out, in the text's own spelling. A yes or no and one of a few given words are its
judgement, which no text can prove. Knows nothing of models and steps.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from ...tools.when.dates import read_day
from .fields import MOST_VALUES, Field, Kind
from .readings import readings


class Grounds:
    """One text, and what it can be quoted for."""

    def __init__(self, text: str, today: date) -> None:
        self._text = text
        self._today = today
        self._known: dict[Kind, dict[Any, Any]] = {}

    def found(self, field: Field, said: Any) -> Any:
        """What a model said for a field, as far as the text has it."""
        if not field.many:
            return self._one(field, said)
        values = [self._one(field, one) for one in said] if isinstance(said, list) else []
        return list(dict.fromkeys(value for value in values if value is not None))[:MOST_VALUES]

    def _one(self, field: Field, said: Any) -> Any:
        if field.choices:
            return said if said in field.choices else None
        if field.kind == "boolean":
            return said if isinstance(said, bool) else None
        if field.kind in ("number", "integer"):
            return self._number(field.kind, said)
        if not isinstance(said, str):
            return None
        if field.kind == "date":
            return self._readings("date").get(self._day(said))
        if field.kind == "string":
            return self._quoted(said)
        return self._readings(field.kind).get(said.strip().casefold())

    def _number(self, kind: Kind, said: Any) -> int | float | None:
        if isinstance(said, bool) or not isinstance(said, int | float):
            return None
        known = self._readings(kind)
        value = Decimal(repr(said))
        if not value.is_finite() or value not in known:
            return None
        return int(value) if value == value.to_integral_value() else float(value)

    def _day(self, said: str) -> str:
        """The day that the words of a model mean; what no text has where they mean none."""
        day = read_day(said, self._today)
        return "" if day is None else day.isoformat()

    def _quoted(self, said: str) -> str | None:
        """The place of a text that has these words, whatever the case and wherever the lines break."""
        words = said.split()
        if not words:
            return None
        opens = r"(?<!\w)" if words[0][0].isalnum() else ""
        closes = r"(?!\w)" if words[-1][-1].isalnum() else ""
        pattern = opens + r"\s+".join(map(re.escape, words)) + closes
        found = re.search(pattern, self._text) or re.search(pattern, self._text, re.IGNORECASE)
        return None if found is None else " ".join(found[0].split())

    def _readings(self, kind: Kind) -> dict[Any, Any]:
        """What is asked for, against what is given; addresses are found in whatever case."""
        if kind not in self._known:
            self._known[kind] = {
                one.value.casefold() if kind in ("email", "url") else one.value: one.value
                for one in readings(self._text, kind, self._today)
            }
        return self._known[kind]
