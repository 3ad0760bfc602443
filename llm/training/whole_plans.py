"""Requests of two and three steps that were written whole, as one sentence each, instead of joined from clauses.

Lines of ``material/plans.tsv``: the steps (``convert_units > write_file(content=1.text)``), arguments that the wording fixes
(``{"2.status": "done"}`` or ``-``), and a template whose slots carry the number of their step (``{1:value}``).
"""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..compact.form import Call, Reference, Value
from .frames import BUILT_IN
from .spoken import lines_of
from .templates import Filled, Sentence, Slot, expand, split_templates

_STEP = re.compile(r"(\w+)(?:\(([^)]*)\))?")
MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class WholePlan:
    tools: tuple[str, ...]
    fixed: Mapping[tuple[int, str], Value]
    """By number of the step and argument: references, and what the wording says without a slot."""
    template: str

    @property
    def cell(self) -> str:
        """Which cell of the mixture it belongs to."""
        if len(self.tools) == MOST_STEPS:
            return "plan_three"
        refers = any(isinstance(value, Reference) for value in self.fixed.values())
        return "plan_reference" if refers else "plan_independent"


def parse_plan(line: str) -> WholePlan:
    steps, fixed_text, template = line.split("\t")
    tools: list[str] = []
    fixed: dict[tuple[int, str], Value] = {}
    for number, step in enumerate(steps.split(" > "), start=1):
        matched = _STEP.fullmatch(step.strip())
        if matched is None:
            raise ValueError(f"plans.tsv has a step that is no call: {step!r}")
        tools.append(matched.group(1))
        for pair in filter(None, (matched.group(2) or "").split(",")):
            argument, _, source = pair.strip().partition("=")
            origin, _, field = source.partition(".")
            fixed[number, argument] = Reference(int(origin), field)
    for name, value in ({} if fixed_text == "-" else json.loads(fixed_text)).items():
        number, _, argument = name.partition(".")
        fixed[int(number), argument] = value
    return WholePlan(tuple(tools), fixed, template)


@cache
def _plans(cell: str) -> Mapping[str, WholePlan]:
    plans = (parse_plan(line) for line in lines_of("plans.tsv"))
    return {plan.template: plan for plan in plans if plan.cell == cell}


def _of_step(number: int, slot: Slot) -> Slot:
    def numbered(rng: random.Random) -> Filled:
        filled = slot(rng)
        return Filled(filled.surface, {f"{number}.{name}": value for name, value in filled.args.items()})

    return numbered


class WholePlans:
    """Draws from one side of the split over frames."""

    def __init__(self, slots: Mapping[str, Slot], held_out: bool) -> None:
        self.slots = {
            f"{number}:{name}": _of_step(number, slot)
            for number in range(1, MOST_STEPS + 1)
            for name, slot in slots.items()
        }
        self.held_out = held_out

    def draw(self, cell: str, rng: random.Random) -> tuple[Sentence, tuple[Call, ...]]:
        plans = _plans(cell)
        plan = plans[rng.choice(split_templates(tuple(plans), self.held_out))]
        sentence = expand(plan.template, rng, self.slots)
        calls: list[Call] = []
        for number, tool in enumerate(plan.tools, start=1):
            said = {
                name: sentence.args.get(f"{number}.{name}", plan.fixed.get((number, name)))
                for name in _names(tool)
            }
            calls.append(Call(tool, {name: value for name, value in said.items() if value is not None}))
        return Sentence(sentence.parts, {}), tuple(calls)


def _names(tool: str) -> tuple[str, ...]:
    return tuple(argument.name for argument in BUILT_IN[tool].arguments)
