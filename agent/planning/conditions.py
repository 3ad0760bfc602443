"""The condition under which a step runs: a small expression over references and literals, as typed data.

    {"equals": [A, B]}   not_equals   less   less_or_equal   greater   greater_or_equal   contains
    {"empty": A}         not_empty
    {"and": [C, …]}      {"or": [C, …]}      {"not": C}

Nothing here is text that gets evaluated. Knows nothing of steps, nor of who may decide what.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ConditionError
from .arguments import Argument, Ref, argument_from_wire, argument_to_wire, refs_in, replaced

DEEPEST = 8
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "less": operator.lt,
    "less_or_equal": operator.le,
    "greater": operator.gt,
    "greater_or_equal": operator.ge,
}
ORDERINGS = tuple(_ORDER)
COMPARISONS = ("equals", "not_equals", *ORDERINGS, "contains")


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values beside each other; ``op`` is one of ``COMPARISONS``."""

    op: str
    left: Argument
    right: Argument


@dataclass(frozen=True, slots=True)
class Empty:
    """Whether there is nothing: null, no text, no item."""

    value: Argument
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


Condition = Compare | Empty | AllOf | AnyOf | Not


def condition_from_wire(wire: Any, depth: int = 0) -> Condition:
    """Read the JSON form; raises ``ConditionError`` for anything else, and for what is nested too deeply."""
    if depth > DEEPEST:
        raise ConditionError(f"a condition is nested more than {DEEPEST} deep")
    if not isinstance(wire, dict) or len(wire) != 1:
        raise ConditionError(f"{wire!r} is no condition; write it as an object with one of {_KNOWN}")
    ((op, given),) = wire.items()
    match op, given:
        case str(), [left, right] if op in COMPARISONS:
            return Compare(op, argument_from_wire(left), argument_from_wire(right))
        case "empty" | "not_empty", _:
            return Empty(argument_from_wire(given), negated=op == "not_empty")
        case "and" | "or", [_, *_]:
            inner = tuple(condition_from_wire(one, depth + 1) for one in given)
            return AllOf(inner) if op == "and" else AnyOf(inner)
        case "not", _:
            return Not(condition_from_wire(given, depth + 1))
    raise ConditionError(f"{op!r} cannot be used with {given!r}; conditions are {_KNOWN}")


_KNOWN = ", ".join((*COMPARISONS, "empty", "not_empty", "and", "or", "not"))


def condition_to_wire(condition: Condition) -> dict[str, Any]:
    match condition:
        case Compare(op, left, right):
            return {op: [argument_to_wire(left), argument_to_wire(right)]}
        case Empty(value, negated):
            return {"not_empty" if negated else "empty": argument_to_wire(value)}
        case AllOf(inner):
            return {"and": [condition_to_wire(one) for one in inner]}
        case AnyOf(inner):
            return {"or": [condition_to_wire(one) for one in inner]}
        case Not(inner):
            return {"not": condition_to_wire(inner)}


def operands(condition: Condition) -> Iterator[Argument]:
    """Everything that is compared, in order."""
    match condition:
        case Compare(_, left, right):
            yield from (left, right)
        case Empty(value):
            yield value
        case AllOf(inner) | AnyOf(inner):
            for one in inner:
                yield from operands(one)
        case Not(inner):
            yield from operands(inner)


def condition_refs(condition: Condition) -> Iterator[Ref]:
    return (ref for operand in operands(condition) for ref in refs_in(operand))


def with_operands(condition: Condition, change: Callable[[Argument], Argument]) -> Condition:
    """The same condition over other values."""
    match condition:
        case Compare(op, left, right):
            return Compare(op, change(left), change(right))
        case Empty(value, negated):
            return Empty(change(value), negated)
        case AllOf(inner):
            return AllOf(tuple(with_operands(one, change) for one in inner))
        case AnyOf(inner):
            return AnyOf(tuple(with_operands(one, change) for one in inner))
        case Not(inner):
            return Not(with_operands(inner, change))


def with_refs(condition: Condition, change: Callable[[Ref], Any]) -> Condition:
    """The same condition with every reference exchanged for what ``change`` gives."""
    return with_operands(
        condition,
        lambda operand: replaced(operand, lambda part: change(part) if isinstance(part, Ref) else part),
    )


def holds(condition: Condition) -> bool:
    """Whether it is true of its operands, in which no reference is left.

    Raises ``ConditionError`` where values cannot be compared.
    """
    match condition:
        case Compare("equals", left, right):
            return same(left, right)
        case Compare("not_equals", left, right):
            return not same(left, right)
        case Compare("contains", left, right):
            return _contains(left, right)
        case Compare(op, left, right):
            return _in_order(op, left, right)
        case Empty(value, negated):
            return _is_empty(value) != negated
        case AllOf(inner):
            return all(holds(one) for one in inner)
        case AnyOf(inner):
            return any(holds(one) for one in inner)
        case Not(inner):
            return not holds(inner)


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return left == right


def _contains(whole: Any, part: Any) -> bool:
    """A text within a text, whatever its case, or an item of a list."""
    if isinstance(whole, str) and isinstance(part, str):
        return part.casefold() in whole.casefold()
    if isinstance(whole, list):
        return any(same(item, part) for item in whole)
    raise ConditionError(f"{_kind(whole)} cannot contain {_kind(part)}")


def _in_order(op: str, left: Any, right: Any) -> bool:
    numbers = all(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right))
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        raise ConditionError(f"{_kind(left)} and {_kind(right)} have no order")
    return _ORDER[op](left, right)


def _is_empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list"}
    return kinds.get(type(value), "nothing" if value is None else "an object")
