"""Keep what people wrote apart from what a chat template wrote, although a template returns one string.

Each text of a message enters the template as a `Slot`: a string whose characters are an unguessable
placeholder, but whose questions (`startswith`, `in`, `==`, `strip`, `split`) are answered by the text it
stands for. After rendering, the placeholders are exchanged for the texts, marked as untrusted. Nothing here
knows Jinja.
"""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, SupportsIndex

from .errors import TemplateError

# Private-use characters: no template produces them, and no filter for white space or JSON touches them.
OPEN, CLOSE = "\uf8f0", "\uf8f1"
PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$-]{0,63}")
PLAIN_VALUES = frozenset({"role", "type"})
MAX_DEPTH = 32


class Slots:
    """The texts of one rendering."""

    def __init__(self) -> None:
        self._key = secrets.token_hex(16)
        self._texts: list[str] = []
        self._pattern = re.compile(f"{OPEN}{self._key}([0-9]+){CLOSE}")

    def slot(self, text: str) -> "Slot":
        """A placeholder for `text`."""
        self._texts.append(text)
        slot = Slot(f"{OPEN}{self._key}{len(self._texts) - 1}{CLOSE}")
        slot.text, slot.slots = text, self
        return slot

    def wrap(self, value: Any, depth: int = 0) -> Any:
        """`value` with every text in it replaced, except ordinary keys and the names of roles and types."""
        if depth > MAX_DEPTH:
            raise TemplateError(f"A message or tool is nested deeper than {MAX_DEPTH} levels. Flatten it.")
        if isinstance(value, str):
            return self.slot(value)
        if isinstance(value, Mapping):
            return {self._key_of(k): self._value_of(k, v, depth) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.wrap(item, depth + 1) for item in value]
        return value

    def split(self, rendered: str) -> list[tuple[str, bool]]:
        """The pieces of a rendered template, in order: (text, True if the template itself wrote it)."""
        pieces = self._pattern.split(rendered)
        if any(mark in piece for piece in pieces[::2] for mark in (OPEN, CLOSE, self._key)):
            raise TemplateError(
                "The chat template cuts or rewrites message text in a way that cannot be followed. "
                "Use another template, or a prompt instead of messages."
            )
        return [
            (self._texts[int(piece)], False) if place % 2 else (piece, True)
            for place, piece in enumerate(pieces)
            if piece
        ]

    def _key_of(self, key: Any) -> Any:
        return self.slot(key) if isinstance(key, str) and not PLAIN_KEY.fullmatch(key) else key

    def _value_of(self, key: Any, value: Any, depth: int) -> Any:
        plain = key in PLAIN_VALUES and isinstance(value, str) and PLAIN_KEY.fullmatch(value)
        return value if plain else self.wrap(value, depth + 1)


class Slot(str):  # noqa: SLOT000  a string with attributes of its own
    """A placeholder that answers for its text; joined with other text it becomes an ordinary string."""

    text: str
    slots: Slots

    def json(self, ensure_ascii: bool) -> "Slot":
        """A placeholder for the inside of this text's JSON string."""
        return self.slots.slot(json.dumps(self.text, ensure_ascii=ensure_ascii)[1:-1])

    def __eq__(self, other: object) -> bool:
        return self.text == real(other)

    def __ne__(self, other: object) -> bool:
        return self.text != real(other)

    def __lt__(self, other: str) -> bool:
        return self.text < real(other)

    def __hash__(self) -> int:
        return hash(self.text)

    def __len__(self) -> int:
        return len(self.text)

    def __contains__(self, part: object) -> bool:
        return isinstance(part, str) and real(part) in self.text

    def __iter__(self) -> Any:
        return map(self.slots.slot, self.text)

    def __getitem__(self, index: SupportsIndex | slice) -> "Slot":
        return self.slots.slot(self.text[index])


def real(value: Any) -> Any:
    """The text behind a slot; any other value as it is."""
    return value.text if isinstance(value, Slot) else value


def _answer_by_text(name: str) -> Any:
    """A string method that works on the text and gives slots for every text in its result."""
    method = getattr(str, name)

    def answer(self: Slot, *args: Any, **options: Any) -> Any:
        result = method(self.text, *map(real, args), **options)
        if isinstance(result, list | tuple):
            return [self.slots.slot(part) for part in result]
        return self.slots.slot(result) if isinstance(result, str) else result

    answer.__name__ = name
    return answer


STRING_METHODS = frozenset({
    "capitalize", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal", "isdigit",
    "islower", "isnumeric", "isspace", "isupper", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith",
    "strip", "title", "upper",
})  # fmt: skip
for _name in STRING_METHODS:
    setattr(Slot, _name, _answer_by_text(_name))
