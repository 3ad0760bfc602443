"""How a planner is offered extraction: where one of its tools brings text by others, and one value at a time.

The grammar of a plan has to know the type of everything that can be referred to before the plan is written,
so a planner takes one value per step, called ``value``, and there is a view of the tool for each type that it
can have: few of them, because each costs time whenever a plan is made. It is one of the few tools that a
planner sees, and takes the place of the least likely. Workflows, which are checked as a whole, name as many
fields as they like. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..model import ToolView, TurnContext
from ..planning.schemas import LITERAL, TEXT
from ..planning.tool_index import OFFERED
from .fields import EXTRACT, Field, Kind

VALUE = "value"
"""What a planner calls the one value of a step."""
_TEXTS: tuple[Kind, ...] = ("string", "date", "email", "url")
"""Types that are one to whatever refers to the value."""
_WORDS = {"type": "string", "minLength": 1, "maxLength": 120, LITERAL: True}


def with_extraction(turn: TurnContext) -> TurnContext:
    """The turn as a planner sees it that can read texts."""
    view = turn.catalogue.views.get(EXTRACT) if turn.catalogue is not None else None
    likeliest = turn.tools[: OFFERED - 1]
    if view is None or not any(tool.outside for tool in likeliest):
        return turn
    text, texts = (replace(_typed(view, _TEXTS, many), loops=not many) for many in (False, True))
    number = replace(_typed(view, ("number",), many=False), loops=False)
    return replace(turn, tools=(*likeliest, text, texts, number))


def _typed(view: ToolView, kinds: tuple[Kind, ...], many: bool) -> ToolView:
    properties: dict[str, Any] = {"type": {"enum": list(kinds), LITERAL: True}, "description": _WORDS}
    if many:
        properties["many"] = {"const": True, LITERAL: True}
    fields = _object({VALUE: _object(properties)})
    returns = _object({VALUE: Field(VALUE, kinds[0], many=many).schema}, literal=False)
    return replace(view, parameters=_object({"text": TEXT, "fields": fields}, literal=False), returns=returns)


def _object(properties: Mapping[str, Any], literal: bool = True) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(properties), "required": list(properties)}
    return {**schema, "additionalProperties": False, **({LITERAL: True} if literal else {})}
