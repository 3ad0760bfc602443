"""From a workflow to the text of its file. ``reading`` of it gives the same workflow back."""

import re
from typing import Any

import yaml

from ..plan import Step
from ..planning.arguments import argument_from_wire
from ..planning.conditions import condition_to_wire
from ..planning.on_error import OnError, UseCall, UseValue
from .model import Input, Workflow
from .references import from_argument
from .yaml_text import CORE_SCHEMA

WIDTH = 100


class _Dumper(yaml.SafeDumper):
    """Quotes what either version of YAML would read as something else than text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


for _tag, _pattern in CORE_SCHEMA.items():
    _Dumper.add_implicit_resolver(_tag, re.compile(_pattern), None)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    lines = text.split("\n")
    tidy = len(lines) > 1 and all(line == line.rstrip() and line.isprintable() for line in lines)
    style = "|" if tidy and lines[0][:1] not in ("", " ") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def write_workflow(flow: Workflow, named: bool = True) -> str:
    """The text of the file, its parts apart from each other; ``named``: whether it says its own name."""
    head = {"name": flow.name} if named else {}
    head |= {"description": flow.description} if flow.description else {}
    parts: list[dict[str, Any]] = [head] if head else []
    if flow.inputs:
        parts.append({"inputs": {name: _input(given) for name, given in flow.inputs.items()}})
    parts.append({"steps": [_step(step) for step in flow.steps]})
    if flow.outputs:
        parts.append({"outputs": {name: from_argument(value) for name, value in flow.outputs.items()}})
    return "\n".join(map(_dumped, parts))


def _dumped(part: dict[str, Any]) -> str:
    return yaml.dump(
        part, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False
    )


def _input(given: Input) -> dict[str, Any]:
    form: dict[str, Any] = {"type": given.type}
    if given.items is not None:
        form["items"] = given.items
    if given.description:
        form["description"] = given.description
    if given.choices:
        form["choices"] = list(given.choices)
    if not given.needed:
        form["default"] = given.default
    return form


def _step(step: Step) -> dict[str, Any]:
    form: dict[str, Any] = {"id": step.id, "tool": step.tool}
    if step.after:
        form["after"] = list(step.after)
    if step.foreach is not None:
        form["foreach"] = from_argument(step.foreach)
    if step.when is not None:
        form["when"] = from_argument(argument_from_wire(condition_to_wire(step.when)))
    if step.args:
        form["args"] = {name: from_argument(value) for name, value in step.args.items()}
    if step.on_error is not None:
        form["on_error"] = _on_error(step.on_error)
    return form


def _on_error(on_error: OnError) -> Any:
    if on_error == OnError(then="continue"):
        return "continue"
    form: dict[str, Any] = {}
    if on_error.retry:
        form |= {"retry": on_error.retry, "wait_s": on_error.wait_s}
    if on_error.then != "fail":
        form["then"] = on_error.then
    match on_error.fallback:
        case UseValue(value):
            form["fallback"] = {"value": value}
        case UseCall(tool, args):
            form["fallback"] = {
                "tool": tool,
                "args": {name: from_argument(value) for name, value in args.items()},
            }
    return form
