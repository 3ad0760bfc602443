"""The grammar of a plan over given tools, for engines that compile grammars: what it admits passes the
checks.

Tool names, argument names, types and enumerations, references to results that exist by then and fit, loops,
conditions and questions. Steps are written in the order ``id``, ``tool``, ``foreach``, ``when``, ``after``,
``args``, so that the type of an item is known where it is used. Knows nothing of models.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from ..model import ToolView
from ..planning.conditions import ORDERINGS
from ..planning.schemas import TEXT, Schema, items_of, types_of
from .lark import Rules, any_of, in_sequence, json_schema, quoted
from .plan_sources import Item, PlanSources, Variant, is_list, key_of
from .value_grammar import TERMINALS, Values, Wanted

_NUMBERS = frozenset({"number", "integer"})
MOST_STEPS = 10
"""Steps that are planned at once; what has to be longer goes on from there."""

_RECENT: deque[tuple[Any, str]] = deque(maxlen=8)
"""The grammars of the latest plans: similar requests are offered the same tools, in whichever order."""


def plan_grammar(
    tools: Sequence[ToolView],
    before: Mapping[str, Schema] | None = None,
    first: int = 1,
    most: int = MOST_STEPS,
    questions: bool = True,
) -> str:
    """Whole plans, or what follows on steps that have run: ``before`` are their results by id, ``first`` is
    the number of the next one, ``most`` how many are written at once. Without tools, and without
    ``questions`` for the user, only the empty plan fits.
    """
    asked = (sorted(tools, key=lambda tool: tool.name), before or {}, first, most, questions)
    for known, text in list(_RECENT):
        if known == asked:
            return text
    rules = Rules()
    grammar = _PlanGrammar(rules, PlanSources(*asked[:4]))
    text = f"{rules.text(rules.rule('plan', grammar.plan(questions)))}\n{TERMINALS}\n"
    _RECENT.append((asked, text))
    return text


def arguments_grammar(tool: ToolView, before: Mapping[str, Schema]) -> str:
    """New arguments for one step whose tool stands: ``{"args": {…}}``, without questions."""
    rules = Rules()
    values = Values(rules, PlanSources((), before), asks=False)
    args = values.record(tool.parameters)
    start = rules.rule("start_args", [in_sequence(quoted('{"args":'), args, quoted("}"))])
    return f"{rules.text(start)}\n{TERMINALS}\n"


class _PlanGrammar:
    def __init__(self, rules: Rules, sources: PlanSources) -> None:
        self._rules = rules
        self._sources = sources
        self._values = Values(rules, sources)

    def plan(self, questions: bool) -> Iterator[str]:
        begin, end, no_question = quoted('{"steps":['), quoted('],"question":'), quoted("null}")
        yield in_sequence(begin, end, no_question)
        if questions:
            yield in_sequence(begin, end, "ASK", quoted("}"))
        if self._sources.tools:
            steps = self._rules.recursive("steps", self._steps)
            yield in_sequence(begin, steps, end, no_question)

    def _steps(self, steps: str) -> Iterator[str]:
        """The next step and what follows; the parameter says which step is the next."""
        more = self._rules.rule("more", ['""', in_sequence(quoted(","), steps)])
        bodies = {variant.code: self._variant(variant) for variant in self._sources.variants}
        last = self._sources.places - 1
        for place in range(last + 1):
            begin, is_next = quoted(f'{{"id":"{self._sources.step_id(place)}",'), self._sources.is_at(place)
            for variant in filter(lambda one: bodies[one.code], self._sources.variants):
                behind = more.replace("::_", f"::{self._sources.with_step(place, variant)}")
                tool = quoted(f'"tool":"{variant.tool.name}",')
                tail = behind if place < last else ""
                yield in_sequence(begin, tool, bodies[variant.code], quoted("}"), tail, f"%if {is_next}")

    def _variant(self, variant: Variant) -> str:
        """The body of a step; empty for a tool that has no use for any item."""
        body = self._body(variant.tool)
        if not variant.each:
            return body
        forms = [
            in_sequence(
                quoted('"foreach":'),
                self._lists[item.key],
                quoted(","),
                body.replace("::_", f"::{self._sources.with_item(item)}"),
            )
            for item in self._values.usable_items(variant.tool.parameters)
        ]
        return self._rules.rule("each", forms) if forms else ""

    @cached_property
    def _lists(self) -> dict[str, str]:
        return {item.key: self._rules.rule("list", self._list(item)) for item in self._sources.items}

    def _list(self, item: Item) -> Iterator[str]:
        if item.schema == TEXT:
            yield self._values.words(Wanted(("kind", "string"), partial(_is_kind, "string")))
        if refs := self._values.refs(Wanted(("list", item.key), partial(_is_list_of, item))):
            yield refs

    def _body(self, tool: ToolView) -> str:
        """``when`` and ``after`` if there is something to refer to, and the arguments."""
        args = in_sequence(quoted('"args":'), self._values.record(tool.parameters))
        return self._rules.rule("body", [in_sequence(self._before, args)])

    @cached_property
    def _before(self) -> str:
        """What may stand in front of the arguments; the same for all tools."""
        guard = self._sources.has_step_before()
        condition = f"%if {guard}" if guard else ""
        when = in_sequence(quoted('"when":'), self._condition(), quoted(","))
        after = in_sequence(quoted('"after":['), self._ids, quoted("],"))
        forms = (when, after, in_sequence(when, after))
        return self._rules.rule("before", ['""', *(in_sequence(form, condition) for form in forms)])

    @cached_property
    def _ids(self) -> str:
        """The id of a step that comes before."""
        choices = [quoted(f'"{id}"') for id in self._sources.before]
        for place in range(self._sources.places - 1):
            written = f"%if ne({self._sources.bits_of(place)}, 0)"
            choices.append(in_sequence(quoted(f'"{self._sources.step_id(place)}"'), written))
        return self._rules.rule("id", choices)

    def _condition(self) -> str:
        simple = self._rules.rule("when", self._comparisons())
        two = in_sequence(simple, quoted(","), simple, quoted("]}"))
        joined = [in_sequence(quoted(f'{{"{op}":['), two) for op in ("and", "or")]
        negated = in_sequence(quoted('{"not":'), simple, quoted("}"))
        return self._rules.rule("when", [simple, *joined, negated])

    def _comparisons(self) -> Iterator[str]:
        """A reference beside a literal of its kind, where there is one to refer to."""
        for kind in ("string", "number", "boolean", "array"):
            wanted = Wanted(("kind", kind), partial(_is_kind, kind))
            if ref := self._values.refs(wanted):
                yield in_sequence(self._compared(kind, ref), self._values.condition(wanted))
            if ref := self._values.item_refs(wanted):
                fitting = [self._sources.has_item(item) for item in self._values.fitting_items(wanted)]
                yield in_sequence(self._compared(kind, ref), f"%if {any_of(fitting)}")

    def _compared(self, kind: str, ref: str) -> str:
        def alternatives() -> Iterator[str]:
            ops, literal = _COMPARED[kind]
            leaf = self._rules.rule("leaf", [json_schema(literal)])
            for op in ops:
                yield in_sequence(quoted(f'{{"{op}":['), ref, quoted(","), leaf, quoted("]}"))
            if kind in ("string", "array"):
                for op in ("empty", "not_empty"):
                    yield in_sequence(quoted(f'{{"{op}":'), ref, quoted("}"))

        return self._rules.rule("compared", alternatives())


_COMPARED = {
    "string": (("equals", "not_equals", "contains"), {"type": "string", "maxLength": 200}),
    "number": (("equals", "not_equals", *ORDERINGS), {"type": "number"}),
    "boolean": (("equals", "not_equals"), {"type": "boolean"}),
    "array": ((), {}),
}


def _is_kind(kind: str, schema: Schema) -> bool:
    kinds = types_of(schema) - {"null"}
    return bool(kinds) and kinds <= (_NUMBERS if kind == "number" else {kind})


def _is_list_of(item: Item, schema: Schema) -> bool:
    return is_list(schema) and key_of(items_of(schema)) == item.key
