"""The grammar of values inside a plan: literals of a type, references whose type fits, questions.

What may be referred to is decided by the same rule as in the static checks (`schemas.compatible`), so a value
that can be written passes them. Knows nothing of steps beyond what a reference can name.
"""

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from ..planning.arguments import ITEM
from ..planning.schemas import LITERAL, TEXT, Schema, branches, choices_of, compatible, types_of
from .lark import Rules, any_of, in_sequence, json_schema, quoted
from .plan_sources import DIGIT, Field, Item, PlanSources, Shape, Variant, fields_of, key_of

_QUESTION = r'/"[\p{L}\p{N}][^"\\\x00-\x1f\x7f]{0,199}"/'
_NAME = r'/"[^"$\\\x00-\x1f\x7f][^"\\\x00-\x1f\x7f]{0,40}"/'
TERMINALS = f"ASK: {_QUESTION}\nNAME: {_NAME}"
_LONGEST_TEXT, _LONGEST = 2000, 16
_FORMATS = frozenset("date date-time time duration email uuid uri".split())
_LEAF_WORDS = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format".split()
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reference has to lead to; ``key`` names ``fits``."""

    key: Hashable
    fits: Callable[[Schema], bool] = field(compare=False)

    @classmethod
    def by(cls, schema: Schema) -> "Wanted":
        return cls(key_of(schema), lambda given: compatible(given, schema))


@lru_cache(maxsize=1 << 16)
def _takes(wanted: Wanted, given: Shape) -> bool:
    """Whether what looks like this fits; the same tools are planned with again and again."""
    return wanted.fits(given.schema)


class Values:
    """Rules for values; ``asks`` says whether a question may stand for one."""

    def __init__(self, rules: Rules, sources: PlanSources, asks: bool = True) -> None:
        self._rules = rules
        self._sources = sources
        self._asks = asks
        self._made: dict[Hashable, str] = {}

    def _once(self, key: Hashable, make: Callable[[], str]) -> str:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def value(self, schema: Schema) -> str:
        """A value for ``schema``: itself, a reference, or a question."""
        return self._once(("value", key_of(schema)), lambda: self._rules.rule("value", self._values(schema)))

    def _values(self, schema: Schema) -> Iterator[str]:
        wanted = Wanted.by(schema)
        yield self.literal(schema)
        if schema.get(LITERAL):
            return
        if refs := self.refs(wanted):
            yield refs
        if of_item := self.item_refs(wanted):
            yield of_item
        if self._asks:
            yield in_sequence(quoted("{"), quoted('"$ask":'), "ASK", quoted("}"))

    def literal(self, schema: Schema) -> str:
        """A value that is written out; lists and objects may hold references."""

        def alternatives() -> Iterator[str]:
            for branch in branches(schema):
                yield from self._branch(branch)

        return self._once(("literal", key_of(schema)), lambda: self._rules.rule("literal", alternatives()))

    def _branch(self, schema: Schema) -> Iterator[str]:
        choices = choices_of(schema)
        if choices is not None:
            yield from (quoted(_compact(choice)) for choice in choices)
            return
        for kind in sorted(types_of(schema)) or ["anything"]:
            match kind:
                case "array":
                    yield self._list(schema)
                case "object" if "properties" in schema:
                    yield self.record(schema)
                case "object":
                    inner = schema.get("additionalProperties")
                    yield self._free_object(inner if isinstance(inner, Mapping) else {})
                case "anything":
                    yield self._anything
                case _:
                    yield self._rules.rule("leaf", [_leaf(schema, kind)])

    def _list(self, schema: Schema) -> str:
        one = self.value(schema.get("items") or {})
        least, most = int(schema.get("minItems", 0)), min(int(schema.get("maxItems", _LONGEST)), _LONGEST)
        return in_sequence(quoted("["), self._several(one, "]", least, max(least, most)))

    def _several(self, one: str, end: str, least: int, most: int) -> str:
        """So many of ``one`` with commas between them, and the end."""
        rest = self._rules.rule("several", [quoted(end)])
        for number in reversed(range(most)):
            more = in_sequence(quoted(",") if number else "", one, rest)
            rest = self._rules.rule("several", [more] if number < least else [quoted(end), more])
        return rest

    def words(self, wanted: Wanted) -> str:
        """A list of texts that are written out, or referred to as they are."""
        one = [self.literal(TEXT), *filter(None, [self.refs(wanted)])]
        return in_sequence(quoted("["), self._several(self._rules.rule("word", one), "]", 1, _LONGEST))

    def record(self, schema: Schema) -> str:
        """An object with the declared properties, in their order; what is not required may be missing."""
        required = set(schema.get("required", ()))
        end = self._rules.rule("rest", [quoted("}")])
        first: list[str] = [end]
        rest = end
        for name, inner in reversed(schema.get("properties", {}).items()):
            value = self.value(inner)
            alone = in_sequence(quoted(f"{json.dumps(name)}:"), value, rest)
            behind = in_sequence(quoted(f",{json.dumps(name)}:"), value, rest)
            first = [alone] if name in required else [alone, *first]
            rest = self._rules.rule("rest", [behind] if name in required else [behind, rest])
        return in_sequence(quoted("{"), self._rules.rule("first", first))

    def _free_object(self, schema: Schema) -> str:
        one = self._rules.rule("pair", [in_sequence("NAME", quoted(":"), self.value(schema))])
        return in_sequence(quoted("{"), self._several(one, "}", 0, _LONGEST))

    @cached_property
    def _anything(self) -> str:
        """Any JSON value that is no reference and no question, a few levels deep."""
        kinds = ("string", "number", "boolean", "null")
        inner = self._rules.rule("plain", [json_schema({"type": kind, **_bounds(kind)}) for kind in kinds])
        for _ in range(3):
            row = f'"[" ({inner} ("," {inner})*)? "]"'
            names = f'"{{" (NAME ":" {inner} ("," NAME ":" {inner})*)? "}}"'
            inner = self._rules.rule("any", [inner, row, names])
        return inner

    def refs(self, wanted: Wanted) -> str:
        """A reference to a result that fits, of whatever step may have it; empty where there can be none."""

        def make() -> str:
            choices = [*self._before(wanted), *self._planned(wanted)]
            return self._rules.rule("ref", choices) if choices else ""

        return self._once(("ref", wanted.key), make)

    def item_refs(self, wanted: Wanted) -> str:
        """The same for the item at hand, whatever that is; empty where there can be none that fits."""

        def make() -> str:
            choices = [
                in_sequence(
                    _ref_to(ITEM), self._ends(item.fields, wanted), f"%if {self._sources.has_item(item)}"
                )
                for item in self.fitting_items(wanted)
            ]
            return self._rules.rule("item", choices) if choices else ""

        return self._once(("item", wanted.key), make)

    def fitting_items(self, *wanted: Wanted) -> list[Item]:
        """Those that have something that is wanted."""
        return [
            item
            for item in self._sources.items
            if any(_takes(one, field.shape) for one in wanted for field in item.fields)
        ]

    def usable_items(self, schema: Schema) -> list[Item]:
        """Those from which something in an object of this schema can be taken."""
        return self.fitting_items(*{Wanted.by(inner) for inner in _places(schema)})

    def condition(self, wanted: Wanted) -> str:
        """What makes a choice depend on there being something for `refs`; empty where there always is."""
        if any(self._before(wanted)):
            return ""
        fitting = [
            one.code for one in self._sources.variants if self._ends(self._sources.fields(one), wanted)
        ]
        places = range(self._sources.places - 1)
        return f"%if {any_of([self._sources.uses_any(place, fitting) for place in places])}"

    def _before(self, wanted: Wanted) -> Iterator[str]:
        for id, schema in self._sources.before.items():
            if ends := self._ends(fields_of(schema), wanted):
                yield in_sequence(_ref_to(id), ends)

    def _planned(self, wanted: Wanted) -> Iterator[str]:
        if self._sources.places < 2:
            return
        for variant in self._sources.variants:
            if ends := self._ends(self._sources.fields(variant), wanted):
                yield in_sequence(self._step_with(variant), ends)

    def _step_with(self, variant: Variant) -> str:
        """The beginning of a reference to a step that uses the variant, whichever that is. The condition
        stands in front of all of it: where there is no such step, nothing of it can be written.
        """
        return self._once(
            ("step", variant.code),
            lambda: self._rules.rule(
                "step",
                (
                    in_sequence(
                        _ref_to(self._sources.step_id(place)), f"%if {self._sources.uses(place, variant)}"
                    )
                    for place in range(self._sources.places - 1)
                ),
            ),
        )

    def _ends(self, fields: Sequence[Field], wanted: Wanted) -> str:
        """The ends of references to those of ``fields`` that are wanted; empty if none is."""
        ends = [_end(field.path) for field in fields if _takes(wanted, field.shape)]
        return self._rules.rule("path", ends) if ends else ""


def _places(schema: Schema) -> Iterator[Schema]:
    """The schemas of all values inside of one that can be something else than written out."""
    for branch in branches(schema):
        if schema.get(LITERAL) or choices_of(branch) is not None:
            continue
        free = branch.get("additionalProperties")
        inside = [*branch.get("properties", {}).values(), *([free] if isinstance(free, Mapping) else [])]
        for inner in (*inside, *([branch["items"]] if isinstance(branch.get("items"), Mapping) else [])):
            if not inner.get(LITERAL):
                yield inner
                yield from _places(inner)


def _ref_to(step: str) -> str:
    """The beginning of a reference. The brace stands alone, as every object begins with it."""
    return in_sequence(quoted("{"), quoted(f'"$ref":"{step}'))


@lru_cache(maxsize=1024)
def _end(path: str) -> str:
    """What follows the id of a step: the path, with a digit where an item is chosen."""
    if not path:
        return quoted('"}')
    literal, *others = f'.{path}"}}'.split(DIGIT)
    return in_sequence(quoted(literal), *(f"/[0-9]/ {quoted(other)}" for other in others))


def _leaf(schema: Schema, kind: str) -> str:
    words = {name: value for name, value in schema.items() if name in _LEAF_WORDS}
    if words.get("format") not in _FORMATS:
        words.pop("format", None)
    bounds = {} if "pattern" in words or "format" in words else _bounds(kind)
    return json_schema({**bounds, **words, "type": kind})


def _bounds(kind: str) -> dict[str, Any]:
    return {"maxLength": _LONGEST_TEXT} if kind == "string" else {}


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
