"""The definition of a tool as somebody else gives it: pinned when it is approved, compared ever after.

A changed definition is another tool. What strangers say of themselves (`hints`) is shown, and never makes a
tool less strict.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

_WORDS = {"description": "its description", "parameters": "its arguments", "returns": "its result"}
_LONGEST = 160


class Definition(BaseModel):
    """`name` is the one that the source uses; the schemas are as the source wrote them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    returns: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    how: dict[str, Any] = {}
    """What the caller needs to know beyond the arguments, such as the path of a request."""

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def digest_of(definitions: Mapping[str, Definition]) -> str:
    """One hash for a set of definitions: what a yes to all of them is bound to."""
    listed = sorted(one.digest for one in definitions.values())
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()


def what_changed(before: Definition, now: Definition) -> list[str]:
    """Sentences that say how a definition differs from the approved one; empty when it does not."""
    found: list[str] = []
    if before.description != now.description:
        found.append(f"its description was {_short(before.description)}, and is {_short(now.description)}")
    for field in ("parameters", "returns"):
        found += _schema_changes(_WORDS[field], getattr(before, field), getattr(now, field))
    if before.hints != now.hints:
        found.append(f"what the source says of it was {_short(before.hints)}, and is {_short(now.hints)}")
    return [*found, *_other_changes(before.how, now.how)]


def _other_changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """By name, also one level below, such as which of its files changed."""
    found: list[str] = []
    for name in dict.fromkeys((*before, *now)):
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            parts = [one for one in dict.fromkeys((*old, *new)) if old.get(one) != new.get(one)]
            found += [f"its {name} changed: {', '.join(parts)}"] if parts else []
        elif old != new:
            found.append(f"its {name} was {_short(old)}, and is {_short(new)}")
    return found


def _schema_changes(what: str, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if before == now:
        return []
    old, new = before.get("properties", {}), now.get("properties", {})
    found = [f"{what} lost {name!r}" for name in old if name not in new]
    found += [f"{what} gained {name!r}: {_short(new[name])}" for name in new if name not in old]
    found += [
        f"{what}: {name!r} was {_short(old[name])}, and is {_short(new[name])}"
        for name in old
        if name in new and old[name] != new[name]
    ]
    return found or [f"{what} changed: it was {_short(before)}, and is {_short(now)}"]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    shown = " ".join(text.split())
    return repr(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…")
