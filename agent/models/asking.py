"""What to ask for an argument that a request leaves out, from the description of its parameter. Pure."""

import re
from collections.abc import Mapping
from typing import Any

_PLURAL = re.compile(r"\w+[^\Wsui]s\b(?!')")
"""A first word such as "words", and none such as "address", "status" or "task's"."""
_STATED = re.compile(r"^(\w+) (it|they) (is|are)\b")
_DOES = re.compile(r"^(\w+) it (?!is\b)(\w+[^\Ws])s\b")
"""As descriptions have it, such as "when it begins", for "when does it begin?"."""


def question(name: str, schema: Mapping[str, Any]) -> str:
    """What to ask for a missing argument, from its description."""
    described = str(schema.get("description", "")).split(". ")[0].split(";")[0].strip().rstrip(".")
    words = described or name.replace("_", " ")
    start = words[:1].lower() + words[1:] if words[1:2].islower() else words
    first = start.split(" ")[0]
    if first in ("what", "how", "when", "where", "which", "who"):
        asked = _STATED.sub(r"\1 \3 \2", _DOES.sub(r"\1 does it \2", start))
        return f"{asked[:1].upper()}{asked[1:]}?"
    noun = start.removeprefix(first).strip() if first in ("the", "a", "an") else start
    verb = "are" if _PLURAL.match(noun) else "is"
    return f"What {verb} {start if noun != start else f'the {start}'}?"
