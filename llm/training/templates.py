"""A tiny language for writing many sentences at once, and the sentences it yields.

``(a|b)`` picks one, ``[a|b]`` picks one or nothing, ``{slot}`` inserts a value. Values stay marked inside a sentence
so that noise never touches what the model has to copy. Knows nothing of tools.
"""

import hashlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ..compact.form import Value

HELD_OUT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Filled:
    """What a slot says in the sentence, and which arguments follow from it."""

    surface: str
    args: Mapping[str, Value]


Slot = Callable[[random.Random], Filled]


def constant(text: str) -> Slot:
    """A slot that always says ``text`` and stands for no argument."""
    return lambda rng: Filled(text, {})


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text in parts, with the arguments that its values stand for."""

    parts: tuple[Part, ...]
    args: Mapping[str, Value]

    @property
    def text(self) -> str:
        return re.sub(r" {2,}", " ", "".join(part.text for part in self.parts)).strip()

    def around(self, before: str, after: str = "") -> "Sentence":
        return replace(self, parts=(Part(before), *self.parts, Part(after)))


_TOKEN = re.compile(r"\{([\w:]+)\}|([(\[|\])])|([^{}()\[\]|]+)")


def expand(template: str, rng: random.Random, slots: Mapping[str, Slot]) -> Sentence:
    """One random sentence of ``template``."""
    tokens = list(_TOKEN.finditer(template))
    parts: list[Part] = []
    args: dict[str, Value] = {}

    def choices(index: int) -> tuple[list[list[int]], int]:
        """Token indices of each alternative from ``index`` to the closing bracket, and where that is."""
        options: list[list[int]] = [[]]
        depth = 0
        while True:
            sign = tokens[index].group(2)
            if depth == 0 and sign in (")", "]"):
                return options, index
            if depth == 0 and sign == "|":
                options.append([])
            else:
                depth += (sign in ("(", "[")) - (sign in (")", "]"))
                options[-1].append(index)
            index += 1

    def walk(indices: Sequence[int]) -> None:
        position = 0
        while position < len(indices):
            token = tokens[indices[position]]
            if token.group(1):
                filled = slots[token.group(1)](rng)
                parts.append(Part(filled.surface, copied=True))
                args.update(filled.args)
            elif token.group(3):
                parts.append(Part(token.group(3)))
            elif token.group(2) in ("(", "["):
                options, end = choices(indices[position] + 1)
                if token.group(2) == "(" or rng.random() < 0.5:
                    walk(rng.choice(options))
                position = indices.index(end)
            position += 1

    walk(range(len(tokens)))
    return Sentence(tuple(parts), args)


def fraction_of(text: str) -> float:
    """A stable number in [0, 1) for ``text``; every split is decided by it."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


@cache
def split_templates(templates: tuple[str, ...], held_out: bool) -> tuple[str, ...]:
    """The templates of one side of the split; a list of at least four holds out at least one."""
    ranked = sorted(templates, key=fraction_of)
    count = max(1, round(HELD_OUT_SHARE * len(ranked))) if len(ranked) >= 4 else 0
    chosen = ranked[:count] if held_out else ranked[count:]
    return tuple(chosen) or templates


def split_words(words: Sequence[str], held_out: bool) -> list[str]:
    """The words of one side of the split, by their own hash."""
    chosen = [word for word in words if (fraction_of(word) < HELD_OUT_SHARE) == held_out]
    return chosen or list(words)
