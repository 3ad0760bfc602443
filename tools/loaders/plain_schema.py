"""Turns the JSON Schema of a stranger into the plain form that grammars and checks here read.

References into the document are put in place; one that leaves it, or that contains itself, becomes
"anything", and nothing is ever fetched. What is left out only widens: the source checks its own arguments
again. So regular expressions are left out, too: one can be written that is never done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KEPT = frozenset(
    "type format enum const default description minimum maximum exclusiveMinimum exclusiveMaximum multipleOf "
    "minLength maxLength minItems maxItems uniqueItems required examples".split()
)
_DEEPEST = 12
_MOST_TEXT = 600
_MOST_NODES = 5_000
"""References to references grow without end; no tool of a person's has so many arguments."""


@dataclass(slots=True)
class _Document:
    """The whole that references lead into, and how much of it may still be put in place."""

    root: Mapping[str, Any]
    left: int = _MOST_NODES


def plain_arguments(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments: always one object that lists its properties."""
    plain = plain_schema(schema)
    properties = plain.get("properties", {})
    required = [name for name in plain.get("required", ()) if name in properties]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def plain_schema(schema: Any) -> dict[str, Any]:
    """`schema` without references and without words that no reader here knows."""
    root = schema if isinstance(schema, Mapping) else {}
    return _plain(root, _Document(root), ())


def _plain(node: Any, document: _Document, inside: tuple[str, ...]) -> dict[str, Any]:
    document.left -= 1
    if not isinstance(node, Mapping) or len(inside) > _DEEPEST or document.left < 0:
        return {}
    if isinstance(reference := node.get("$ref"), str):
        target = None if reference in inside else _target(reference, document.root)
        beside = {name: value for name, value in node.items() if name != "$ref"}
        found = {} if target is None else _plain(target, document, (*inside, reference))
        return {**found, **_plain(beside, document, inside)}
    if isinstance(parts := node.get("allOf"), list):
        return _merged([{**node, "allOf": None}, *parts], document, (*inside, ""))
    plain = {name: value for name, value in node.items() if name in _KEPT}
    if isinstance(text := plain.get("description"), str):
        plain["description"] = " ".join(text.split())[:_MOST_TEXT]
    for word in ("anyOf", "oneOf"):
        if isinstance(choices := node.get(word), list) and choices:
            plain[word] = [_plain(choice, document, (*inside, "")) for choice in choices]
    if isinstance(properties := node.get("properties"), Mapping):
        plain["properties"] = {name: _plain(one, document, (*inside, "")) for name, one in properties.items()}
        plain.setdefault("type", "object")
    if isinstance(items := node.get("items"), Mapping):
        plain["items"] = _plain(items, document, (*inside, ""))
    more = node.get("additionalProperties")
    if isinstance(more, bool):
        plain["additionalProperties"] = more
    elif isinstance(more, Mapping):
        plain["additionalProperties"] = _plain(more, document, (*inside, ""))
    return plain


def _merged(parts: list[Any], document: _Document, inside: tuple[str, ...]) -> dict[str, Any]:
    """All of several schemas: their properties together, and what each requires."""
    whole: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for part in parts:
        plain = _plain(part, document, inside)
        properties |= plain.pop("properties", {})
        required += plain.pop("required", ())
        whole |= plain
    if properties:
        whole["properties"] = properties
    if required:
        whole["required"] = list(dict.fromkeys(required))
    return whole


def _target(reference: str, root: Mapping[str, Any]) -> Any:
    """What a reference such as "#/$defs/Place" leads to; None for one that leads elsewhere."""
    if not reference.startswith("#"):
        return None
    found: Any = root
    for part in reference.removeprefix("#").removeprefix("/").split("/") if reference != "#" else ():
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        else:
            return None
    return found
