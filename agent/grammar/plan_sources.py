"""What a step that is being written may refer to, as choices of a grammar.

The tools of the steps before it are not known when the grammar is compiled, so they travel in its parameter:
for each step some bits that say which tool it uses, and whether for each of a list, and at the top those that
say what the item at hand is like. Results of steps that have run already are plain choices. Knows nothing of
the form of a plan.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from ..model import ToolView
from ..planning.schemas import TEXT, Schema, items_of, list_of, types_of
from .lark import any_of

MOST_FIELDS = 40
"""Fields of one result that can be referred to; those nearest to the top first."""
DIGIT = "#"
"""Stands in a path for the number of an item."""
_BITS = 64


def key_of(schema: Schema) -> str:
    """The same for schemas that say the same."""
    return json.dumps(schema, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value looks like; one shape is another if both schemas say the same."""

    key: str
    schema: Schema = field(compare=False)

    @classmethod
    def of(cls, schema: Schema) -> "Shape":
        return cls(key_of(schema), schema)


@dataclass(frozen=True, slots=True)
class Field:
    path: str
    shape: Shape

    @property
    def schema(self) -> Schema:
        return self.shape.schema


@dataclass(frozen=True, slots=True)
class Variant:
    """A tool that a step may use, once or for each of a list; ``code`` stands for it in the parameter."""

    code: int
    tool: ToolView
    each: bool

    @property
    def result(self) -> Schema:
        return list_of(self.tool.returns) if self.each else self.tool.returns


@dataclass(frozen=True)
class Item:
    """What a step that runs over a list has in hand; ``code`` stands for it in the parameter."""

    code: int
    schema: Schema

    @cached_property
    def key(self) -> str:
        return key_of(self.schema)

    @cached_property
    def fields(self) -> Sequence[Field]:
        """Everything in it that a path can name."""
        return fields_of(self.schema, is_result=False)


@dataclass(frozen=True)
class PlanSources:
    """``before`` are the results of steps that have run, by id; ``first`` is the number of the next step,
    ``most`` how many there may be.
    """

    tools: Sequence[ToolView]
    before: Mapping[str, Schema]
    first: int = 1
    most: int = 1

    @cached_property
    def variants(self) -> list[Variant]:
        pairs = [(tool, each) for tool in self.tools for each in (False, True) if tool.loops or not each]
        return [Variant(code, tool, each) for code, (tool, each) in enumerate(pairs, 1)]

    @cached_property
    def _fields(self) -> dict[int, Sequence[Field]]:
        return {variant.code: fields_of(variant.result) for variant in self.variants}

    def fields(self, variant: Variant) -> Sequence[Field]:
        """Everything that can be referred to in the result of a step."""
        return self._fields[variant.code]

    @cached_property
    def items(self) -> list[Item]:
        """Every kind of item that there may be: words that are written out, and what lists hold."""
        if not self.variants:
            return []
        before = (field for schema in self.before.values() for field in fields_of(schema))
        planned = (field for variant in self.variants for field in self.fields(variant))
        lists = (field.schema for field in (*before, *planned) if is_list(field.schema))
        found = {key_of(schema): schema for schema in (TEXT, *map(items_of, lists))}
        return [Item(code, schema) for code, schema in enumerate(found.values(), 1)]

    @cached_property
    def bits(self) -> int:
        return max(1, len(self.variants).bit_length())

    @cached_property
    def _item_bits(self) -> int:
        return len(self.items).bit_length()

    @property
    def places(self) -> int:
        """How many steps fit into the parameter."""
        return min((_BITS - self._item_bits) // self.bits, self.most)

    def with_item(self, item: Item) -> str:
        """The parameter inside of a step that runs over such items."""
        return f"bit_or({item.code << (_BITS - self._item_bits):#x})"

    def has_item(self, item: Item) -> str:
        """The condition that the item at hand is such a one."""
        return f"eq([{_BITS - self._item_bits}:{_BITS}], {item.code})"

    def step_id(self, place: int) -> str:
        return f"s{self.first + place}"

    def bits_of(self, place: int) -> str:
        return f"[{place * self.bits}:{(place + 1) * self.bits}]"

    def is_at(self, place: int) -> str:
        """The condition that the step at ``place`` is the next one to be written."""
        free = f"eq({self.bits_of(place)}, 0)"
        return free if place == 0 else f"and({free}, ne({self.bits_of(place - 1)}, 0))"

    def with_step(self, place: int, variant: Variant) -> str:
        """The parameter behind that step."""
        return f"bit_or({variant.code << (place * self.bits):#x})"

    def has_step_before(self) -> str | None:
        """The condition that there is a step to refer to; None where there always is."""
        return None if self.before else f"ne({self.bits_of(0)}, 0)"

    def uses(self, place: int, variant: Variant) -> str:
        return f"eq({self.bits_of(place)}, {variant.code})"

    def uses_any(self, place: int, codes: Sequence[int]) -> str:
        """The condition that the step at ``place`` uses one of several variants, in the order of their codes;
        what follows on each other is one range.
        """
        bits, ranges = self.bits_of(place), []
        for code in codes:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
        return any_of([f"and(ge({bits}, {low}), le({bits}, {high}))" for low, high in ranges])


def fields_of(schema: Schema, is_result: bool = True) -> Sequence[Field]:
    """Everything inside a value that a path can name, the whole first; ``text`` is there for every result."""
    return _fields_of(key_of(schema), is_result)


@lru_cache(maxsize=1024)
def _fields_of(key: str, is_result: bool) -> tuple[Field, ...]:
    """Worked out once for each tool, and not anew for each plan."""
    found = [Field("", Shape(key, json.loads(key)))]
    if is_result:
        found.append(Field("text", Shape.of(TEXT)))
    level = found[:1]
    while level and len(found) < MOST_FIELDS:
        level = [inner for field in level for inner in _inside(field)]
        known = {field.path for field in found}
        found += (field for field in level if field.path not in known)
    return tuple(found[:MOST_FIELDS])


def is_list(schema: Schema) -> bool:
    return types_of(schema) - {"null"} == {"array"}


def _inside(outer: Field) -> Iterator[Field]:
    branches = [one for one in outer.schema.get("anyOf", ()) if one.get("type") != "null"]
    schema = branches[0] if len(branches) == 1 else outer.schema
    if isinstance(schema.get("items"), Mapping) and "properties" not in schema:
        yield Field(_joined(outer.path, DIGIT), Shape.of(schema["items"]))
    for name, inner in schema.get("properties", {}).items():
        if "." not in name and DIGIT not in name and not name.isdigit():
            yield Field(_joined(outer.path, name), Shape.of(inner))


def _joined(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part
