"""What JSON Schemas say of each other: which field lies at a path, and whether one value can be another.

Reads the plain, inlined schemas of tools. A schema that says nothing forbids nothing. Knows nothing of plans.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
LITERAL = "x-literal"
"""Says of an argument that it is written out: no result and no answer may take its place."""
_NUMBERS = frozenset({"number", "integer"})


def schema_at(schema: Schema, path: str) -> Schema | None:
    """The schema of a field by its dotted path, with numbers for list items; None where there is no such
    field. An empty path is the whole.
    """
    for part in path.split(".") if path else ():
        schema = _without_null(schema)
        if part.isdigit() and "items" in schema:
            schema = schema["items"]
        elif part in schema.get("properties", {}):
            schema = schema["properties"][part]
        else:
            return None
    return schema


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def items_of(schema: Schema) -> Schema:
    """What the items of a list look like, also of one that may be null."""
    found = [branch.get("items", {}) for branch in branches(schema) if types_of(branch) != {"null"}]
    return found[0] if len(found) == 1 else {"anyOf": found} if found else {}


def schema_of(value: Any) -> Schema:
    """The schema that a literal has by itself."""
    if isinstance(value, list | tuple):
        inner = [schema_of(item) for item in value]
        return list_of(inner[0] if len(inner) == 1 else {"anyOf": inner} if inner else {})
    if isinstance(value, dict):
        return {
            "type": "object",
            "properties": {name: schema_of(part) for name, part in value.items()},
            "required": list(value),
        }
    kinds = kinds_of(value)
    return {"type": "integer" if "integer" in kinds else min(kinds)}


def compatible(given: Schema, wanted: Schema) -> bool:
    """Whether a value of the one schema can be passed for the other; a number may become text.

    Null is left to the tool: a field that may be null can be passed where null is not taken.
    """
    offered = [branch for branch in branches(given) if types_of(branch) != {"null"}]
    taken = list(branches(wanted))
    return all(any(_passes(one, other) for other in taken) for one in offered)


def _passes(given: Schema, wanted: Schema) -> bool:
    offered, taken = types_of(given) - {"null"}, types_of(wanted)
    if offered and taken and not all(_kind_passes(kind, taken) for kind in offered):
        return False
    known, allowed = choices_of(given), choices_of(wanted)
    if known is not None and allowed is not None and not any(choice in allowed for choice in known):
        return False
    if "items" in given and "items" in wanted:
        return compatible(given["items"], wanted["items"])
    if "properties" in given and "properties" in wanted:
        return _properties_pass(given["properties"], wanted)
    return True


def _properties_pass(given: Mapping[str, Schema], wanted: Schema) -> bool:
    known: Mapping[str, Schema] = wanted["properties"]
    return all(name in given for name in wanted.get("required", ())) and all(
        compatible(schema, known[name]) for name, schema in given.items() if name in known
    )


def _kind_passes(kind: str, taken: frozenset[str]) -> bool:
    return kind in taken or (kind in _NUMBERS and bool(taken & {"number", "string"}))


def accepts(schema: Schema, value: Any) -> bool:
    """Whether a literal fits by type, enumeration and what it is made of; formats and limits are the tool's
    own business.

    A number may be written as text, and the other way round, as people do.
    """
    return any(_accepts(branch, value) for branch in branches(schema))


def _accepts(schema: Schema, value: Any) -> bool:
    choices = choices_of(schema)
    if choices is not None and value not in choices:
        return False
    if not _kind_fits(types_of(schema), value):
        return False
    if isinstance(value, list | tuple) and "items" in schema:
        return all(accepts(schema["items"], item) for item in value)
    if isinstance(value, dict) and "properties" in schema:
        return not misses(schema, value) and all(
            accepts(known, part)
            for name, part in value.items()
            if (known := property_of(schema, name)) is not None
        )
    return True


def misses(schema: Schema, given: Mapping[str, Any]) -> list[str]:
    """What keeps an object's names from fitting: required ones that it lacks, and ones that do not exist."""
    lacking = [f"needs {name!r}" for name in schema.get("required", ()) if name not in given]
    return lacking + [f"has no {name!r}" for name in given if property_of(schema, name) is None]


def property_of(schema: Schema, name: str) -> Schema | None:
    """The schema of one property; None where there can be none of this name."""
    if name in schema.get("properties", {}):
        return schema["properties"][name]
    more = schema.get("additionalProperties", "properties" not in schema)
    return None if more is False else more if isinstance(more, Mapping) else {}


def _kind_fits(taken: frozenset[str], value: Any) -> bool:
    if not taken or kinds_of(value) & taken:
        return True
    if isinstance(value, str):
        return bool(taken & _NUMBERS) and _is_number(value)
    return "string" in taken and "number" in kinds_of(value)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def branches(schema: Schema) -> Iterator[Schema]:
    """The alternatives of a schema, each with what stands beside them; the schema itself if it has none."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            rest = {name: value for name, value in schema.items() if name != word}
            for branch in schema[word]:
                yield from branches({**rest, **branch})
            return
    kinds = schema.get("type")
    if isinstance(kinds, list | tuple):
        yield from ({**schema, "type": kind} for kind in kinds)
    else:
        yield schema


def types_of(schema: Schema) -> frozenset[str]:
    """All JSON types that a schema admits; empty where it does not say."""
    found: set[str] = set()
    kind = schema.get("type")
    if isinstance(kind, str):
        found.add(kind)
    elif isinstance(kind, Sequence):
        found.update(kind)
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= types_of(branch)
    if not found and "const" in schema:
        found |= kinds_of(schema["const"])
    if not found and "enum" in schema:
        found.update(*map(kinds_of, schema["enum"]))
    return frozenset(found)


def describe(schema: Schema, within: bool = False) -> str:
    """A schema in a few words, for a problem's message; ``within`` says what lists and objects hold."""
    choices = choices_of(schema)
    if choices is not None:
        return "one of " + ", ".join(map(repr, choices))
    if not within:
        return " or ".join(sorted(types_of(schema) - {"null"})) or "anything"
    said = dict.fromkeys(_described(branch) for branch in branches(schema) if types_of(branch) != {"null"})
    return " or ".join(said) or "anything"


def _described(schema: Schema) -> str:
    if "items" in schema:
        return f"array of {describe(schema['items'], within=True)}"
    if "properties" in schema:
        inner = (f"{name}: {describe(part, within=True)}" for name, part in schema["properties"].items())
        return f"object with {', '.join(inner)}"
    return describe(schema)


def choices_of(schema: Schema) -> list[Any] | None:
    if "enum" in schema:
        return list(schema["enum"])
    return [schema["const"]] if "const" in schema else None


def kinds_of(value: Any) -> set[str]:
    """The JSON types that a value counts as."""
    match value:
        case None:
            return {"null"}
        case bool():
            return {"boolean"}
        case int():
            return {"integer", "number"}
        case float():
            return {"number", "integer"} if value.is_integer() else {"number"}
        case str():
            return {"string"}
        case list() | tuple():
            return {"array"}
    return {"object"}


def _without_null(schema: Schema) -> Schema:
    """The one branch of an optional field that is not null."""
    found = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    return found[0] if len(found) == 1 else schema
