"""What answers of the bundled checkpoint are filled with: they name fields of results, so it never retypes a
figure.

Pure; knows nothing of how the answer came about.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...llm.compact.form import NativeTool, ResultCard
from ...llm.compact.reader import Slot
from ..answering.spoken import append
from ..model import FactView, StepResult

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


def result_card(result: StepResult, native: NativeTool | None = None) -> ResultCard:
    """A result as the checkpoint sees it: of a tool that it knows by heart, what it was trained on.

    Any other result that is a sentence, and one with nothing in it, is told as it stands. Of its words the
    checkpoint would make those of the nearest tool that it knows: "added" where something was deleted.
    """
    known = native or NativeTool()
    data = result.data if isinstance(result.data, Mapping) else {}
    fields = {name: value for name, value in data.items() if name != "text" and known.knows_field(name)}
    args = {name: value for name, value in result.args.items() if known.knows_argument(name)}
    known_words = native is not None and "" not in fields.values()  # of an empty file it would say "it says:"
    told = not known_words and result.ok and " " in result.text.strip()
    error = None if result.ok else result.text
    return ResultCard(result.tool, args, {"text": result.text, **fields}, error, told)


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
