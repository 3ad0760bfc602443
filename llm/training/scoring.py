"""How a decoded request is judged against what was wanted. Pure functions; knows nothing of models.

A call is right when tool, argument names and every value are right. Text is compared without case, outer quotes, closing
marks and a leading article, and an argument that is left out counts as its default, because neither changes anything for
the tool.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..compact.form import ASK, Call, Reference

_ARTICLE = re.compile(r"^(the|a|an|my|to|at|on|in|by|for) ")


# What a built-in tool takes for an argument that is not given, where it has a name.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "list_tasks": {"status": "open"},
    "list_files": {"path": ".", "pattern": "*"},
    "search_files": {"path": "."},
}


def folded(text: str) -> str:
    text = " ".join(text.lower().split()).strip("\"'`.,!? ")
    return _ARTICLE.sub("", text)


def same_value(got: Any, wanted: Any) -> bool:
    """``wanted`` is a value, a list of acceptable ones, ``{"ref": "1.text"}`` or ``{"ask": true}``."""
    if isinstance(wanted, list):
        return any(same_value(got, option) for option in wanted)
    if wanted is None or got is None:
        return wanted is None and got is None
    if isinstance(wanted, dict):
        if "ask" in wanted:
            return got is ASK
        return isinstance(got, Reference) and f"{got.step}.{got.field}" == wanted["ref"]
    if isinstance(got, Reference) or got is ASK:
        return False
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        try:
            return abs(float(got) - wanted) < 1e-9
        except ValueError:
            return False
    return folded(str(got)) == folded(str(wanted))


def same_call(got: Call, tool: str, args: Mapping[str, Any]) -> bool:
    if got.tool != tool:
        return False
    defaults = DEFAULTS.get(tool, {})
    return all(
        same_value(got.args.get(name), args.get(name))
        or same_value(got.args.get(name, defaults.get(name)), args.get(name, defaults.get(name)))
        for name in {*got.args, *args}
    )


def same_calls(got: Sequence[Call], wanted: Sequence[Mapping[str, Any]]) -> bool:
    return len(got) == len(wanted) and all(
        same_call(call, step["tool"], step["args"]) for call, step in zip(got, wanted, strict=True)
    )


def as_steps(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Calls in the form of the hand-written file, for comparing and for printing."""
    return [
        {
            "tool": call.tool,
            "args": {
                name: {"ref": f"{value.step}.{value.field}"} if isinstance(value, Reference)
                else {"ask": True} if value is ASK else value
                for name, value in call.args.items()
            },
        }
        for call in calls
    ]  # fmt: skip
