"""Makes steps of the calls that the bundled checkpoint writes: their values get the types of the tool."""

import re
from collections.abc import Mapping
from typing import Any

from ...llm.compact.form import ASK, Call, Reference
from ...tools.builtin.money.amounts import parse_money, said_sums
from ..model import ToolView
from ..plan import Argument, Ask, Ref, Step
from .asking import question
from .cards import card


def to_step(number: int, call: Call, view: ToolView, request: str = "") -> Step:
    """A call with typed values; references to steps become ``s1``, ``s2``, …"""
    args = {name: _argument(value, name, view, request) for name, value in call.args.items()}
    after = tuple(dict.fromkeys(value.step for value in args.values() if isinstance(value, Ref)))
    return Step(f"s{number}", call.tool, args, after)


def _argument(value: object, name: str, view: ToolView, request: str) -> Argument:
    schema = view.parameters.get("properties", {}).get(name, {})
    if isinstance(value, Reference):
        return Ref(f"s{value.step}", value.field)
    if value is ASK:
        return Ask(question(name, schema))
    kind = next(argument.kind for argument in card(view).arguments if argument.name == name)
    text = str(value)
    if kind == "int":
        return int(float(text))
    if kind == "number":
        number = float(text)
        if _is_money(schema) and (said := _with_currency(number, request)):
            return said
        return int(number) if number.is_integer() and "." not in text else number
    if kind == "bool":
        return text == "true"
    return _with_its_edge(text, request) if name == "period" else text


def _is_money(schema: Mapping[str, Any]) -> bool:
    options = (schema, *schema.get("anyOf", ()))
    return any(option.get("format") == "money" for option in options)


def _with_currency(amount: float, request: str) -> str | None:
    """The sum as the request writes it with its currency, which the checkpoint does not read."""
    return next((said for said in said_sums(request) if float(parse_money(said).amount) == amount), None)


def _with_its_edge(period: str, request: str) -> str:
    """A period with the word in front of it, which says that it is not meant itself: "before may"."""
    edge = r"before|after|since|until|till|up to|prior to|older than|newer than"
    found = re.search(rf"\b(?:{edge})\s+(?:the\s+)?{re.escape(period)}(?!\w)", request, re.IGNORECASE)
    return found[0] if found else period
