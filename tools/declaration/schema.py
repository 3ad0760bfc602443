"""JSON Schemas as models and grammars want them: one self-contained object, no references, no noise.

pydantic writes shared definitions and a title for every field. A grammar compiler and a small model are
better served by a schema in which everything stands where it is used.
"""

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidTool


def inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return `schema` with every `$ref` replaced by its definition and generated titles left out.

    Raises InvalidTool for a type that contains itself, since it has no finite inlined form.
    """
    definitions = schema.get("$defs", {})
    body = {key: value for key, value in schema.items() if key != "$defs"}
    return _inline(body, definitions, ())


def _inline(node: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions, inside) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(reference := node.get("$ref"), str):
        name = reference.removeprefix("#/$defs/")
        if name in inside:
            raise InvalidTool(f"the type {name} contains itself; use a flat type, such as a list of rows")
        target = _inline(definitions[name], definitions, (*inside, name))
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return {**target, **_inline(beside, definitions, inside)}
    return _object(node, definitions, inside)


def _object(node: dict[str, Any], definitions: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.items():
        if (key == "title" and isinstance(value, str)) or key == "discriminator":
            continue  # the latter names definitions that are gone; the alternatives tell themselves apart
        if key == "properties":
            result[key] = {name: _inline(item, definitions, inside) for name, item in value.items()}
        elif key in ("default", "examples", "enum", "const"):
            result[key] = value
        else:
            result[key] = _inline(value, definitions, inside)
    if "properties" in result:
        result.setdefault("additionalProperties", False)
    return result
