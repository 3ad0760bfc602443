"""Static checks of a condition: can these values be compared like this? Pure, over schemas.

Knows nothing of execution, and of a plan only what its scope says.
"""

from collections.abc import Iterator
from typing import Protocol

from .arguments import Argument, Ask, Ref, parts_of
from .conditions import ORDERINGS, AllOf, AnyOf, Compare, Condition, Empty, Not
from .schemas import Schema, compatible, describe, schema_of, types_of

_NUMBERS = frozenset({"number", "integer"})


class References(Protocol):
    """Whatever knows the schemas behind references."""

    def find(self, ref: Ref) -> Schema | str: ...


def check_condition(condition: Condition, scope: References) -> Iterator[str]:
    """What is wrong with it, in words."""
    match condition:
        case Compare(op, left, right):
            yield from _check_comparison(op, left, right, scope)
        case Empty(value):
            schema = _schema(value, scope)
            if isinstance(schema, str):
                yield schema
            elif types_of(schema) and not types_of(schema) - _NUMBERS - {"boolean"}:
                yield f"when: {describe(schema)} is never empty"
        case AllOf(inner) | AnyOf(inner):
            for one in inner:
                yield from check_condition(one, scope)
        case Not(inner):
            yield from check_condition(inner, scope)


def _check_comparison(op: str, left: Argument, right: Argument, scope: References) -> Iterator[str]:
    sides = [_schema(left, scope), _schema(right, scope)]
    if problems := [side for side in sides if isinstance(side, str)]:
        yield from problems
        return
    one, other = sides
    if isinstance(one, str) or isinstance(other, str):
        return
    if op in ORDERINGS:
        fits = _in_order(one, other)
    elif op == "contains":
        fits = _contains(one, other)
    else:
        fits = _comparable(one, other)
    if not fits:
        yield f"when: {describe(one)} {op} {describe(other)} makes no sense"


def _schema(operand: Argument, scope: References) -> Schema | str:
    if isinstance(operand, Ref):
        found = scope.find(operand)
        return f"when {found}" if isinstance(found, str) else found
    for part in parts_of(operand):
        what = "asks a question" if isinstance(part, Ask) else f"has {part} inside a list or an object"
        return f"when {what}; compare references and literals"
    return schema_of(operand)


def _kinds(schema: Schema) -> frozenset[str]:
    kinds = types_of(schema) - {"null"}
    return kinds - {"integer"} | {"number"} if kinds & _NUMBERS else kinds


def _in_order(left: Schema, right: Schema) -> bool:
    one, other = _kinds(left), _kinds(right)
    together = one | other
    return together <= {"number"} or together <= {"string"}


def _comparable(left: Schema, right: Schema) -> bool:
    """Null may be compared with everything, and so may what is not known."""
    one, other = _kinds(left), _kinds(right)
    return not one or not other or bool(one & other)


def _contains(whole: Schema, part: Schema) -> bool:
    kinds = _kinds(whole)
    if not kinds:
        return True
    if kinds == {"string"}:
        return _kinds(part) <= {"string"}
    return kinds == {"array"} and compatible(part, whole.get("items", {}))
