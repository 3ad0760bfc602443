"""One call that another program asks for, as a workflow of a single step.

So it goes the way of every plan, through policy, approval, ledger and log, and can be resumed. Each
argument is an input whose value comes from that program, and so none of it counts as the user's own words.
Knows nothing of how the program asks.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from ...tools import InvalidArguments
from ...tools.spec import AnyTool
from ..errors import UsageError
from ..plan import Step
from ..planning.arguments import INPUTS, Argument, Ref
from ..planning.schemas import kinds_of
from .file_model import ID
from .model import Input, Workflow
from .starting import Start
from .writing import write_workflow

STEP = "s1"
_LONGEST_NAME = 60
_UNNAMED = "another program"


def call_of(tool: AnyTool, args: Mapping[str, Any], caller: str) -> Start:
    """What the run of the call starts with; raises ``UsageError`` where the arguments do not fit the tool.

    ``caller`` is what the program says that it is called, in any words.
    """
    if not _is_plain(args):
        raise UsageError(f"{tool.name}: an argument is no number or text that can be stored.")
    try:
        tool.validate(args)
    except InvalidArguments as error:
        raise UsageError(str(error)) from error
    inputs: dict[str, Input] = {}
    given: dict[str, Any] = {}
    step_args: dict[str, Argument] = {}
    all_names = all(re.fullmatch(ID, name) for name in args)
    for number, (name, value) in enumerate(args.items(), 1):
        if value is None:
            step_args[name] = None
            continue
        known_as = name if all_names else f"argument{number}"
        inputs[known_as] = Input(_kind(value))
        given[known_as] = value
        step_args[name] = Ref(INPUTS, known_as)
    flow = Workflow(tool.name, (Step(STEP, tool.name, step_args),), inputs)
    return Start(write_workflow(flow, named=False), tool.name, False, given, caller=_named(caller))


def _kind(value: Any) -> str:
    kinds = kinds_of(value)
    return "integer" if "integer" in kinds else min(kinds)


def _named(caller: str) -> str:
    """A program's name as it can stand in a line; it is that program's to choose."""
    shown = "".join(letter if letter.isprintable() else " " for letter in caller)
    return " ".join(shown.split())[:_LONGEST_NAME] or _UNNAMED


def _is_plain(value: Any) -> bool:
    """Whether JSON and UTF-8 can say it."""
    match value:
        case float():
            return isfinite(value)
        case str():
            return not any("\ud800" <= letter <= "\udfff" for letter in value)
        case Mapping():
            return all(_is_plain(part) for pair in value.items() for part in pair)
        case list() | tuple():
            return all(map(_is_plain, value))
    return True
