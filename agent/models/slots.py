"""Answers of the bundled checkpoint name slots, such as the value of the first result: here they are filled.

So the checkpoint never retypes a value.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...llm.compact.reader import Slot
from ..answering.spoken import append
from ..model import FactView, StepResult
from .cards import result_card

_TO_YOU = {
    "i": "you",
    "i'm": "you are",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "am": "are",
    "our": "your",
    "we": "you",
}


def fill(
    parts: Sequence[str | Slot], results: Sequence[StepResult], facts: Sequence[FactView], now: datetime
) -> str:
    """The answer with its slots filled, moments in words; a sentence never ends in two full stops."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part[1:] if part.startswith(".") and text.endswith((".", "!", "?", "\n")) else part
        elif facts:
            text += _of_fact(facts[part.number - 1], part.name, starts=not text.strip())
        else:
            text = append(text, _of_result(results[part.number - 1], part.name), now)
    return text.strip()


def _of_fact(fact: FactView, name: str, starts: bool) -> str:
    words = to_you(str(getattr(fact, name)))
    return words[:1].upper() + words[1:] if starts else words


def _of_result(result: StepResult, name: str) -> Any:
    card = result_card(result)
    if name == "error":
        return card.error or ""
    return card.fields.get(name, result.args.get(name, ""))


def to_you(text: str) -> str:
    """``my sister`` as the user is told of it: ``your sister``."""
    return " ".join(_TO_YOU.get(word.lower(), word) for word in text.split(" "))
