"""Collects the rules of a grammar in llguidance's dialect of Lark while they refer to each other.

Rules may carry a parameter, 64 bits that every rule hands to those it is made of (``rule::_``), on which an
alternative can depend (``%if``). Texts are matched greedily and never given back, so where two may follow,
none may be the beginning of the other. Knows nothing of what the grammar is for.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any


class Rules:
    """One grammar; what says the same is one rule."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._lines: list[str] = []

    def rule(self, kind: str, alternatives: Iterable[str]) -> str:
        """What refers to a rule with these alternatives. It carries the parameter if it needs it."""
        choice = "\n | ".join(dict.fromkeys(alternatives))
        if choice not in self._names:
            name = f"{kind}_{len(self._names)}"
            suffix = "::_" if "::" in choice or "%if" in choice else ""
            self._lines.append(f"{name}{suffix}: {choice}")
            self._names[choice] = name + suffix
        return self._names[choice]

    def recursive(self, name: str, alternatives: Callable[[str], Iterable[str]]) -> str:
        """A rule with the parameter that contains itself, by what it is given."""
        itself = f"{name}::_"
        choice = "\n | ".join(alternatives(itself))
        self._lines.append(f"{itself}: {choice}")
        return itself

    def text(self, start: str) -> str:
        return "\n".join([f"start: {start.replace('::_', '::0')}", *self._lines])


@lru_cache(maxsize=4096)
def quoted(text: str) -> str:
    """A text that stands there literally."""
    return json.dumps(text)


def in_sequence(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def json_schema(schema: dict[str, Any]) -> str:
    """Any JSON value that satisfies ``schema``, without white space."""
    return f"%json {json.dumps({**schema, 'x-guidance': {'whitespace_flexible': False}})}"


def any_of(conditions: Sequence[str]) -> str:
    """One condition that holds if any of them does."""
    first, *others = conditions
    for other in others:
        first = f"or({first}, {other})"
    return first
