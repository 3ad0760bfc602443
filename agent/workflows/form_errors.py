"""What pydantic finds wrong with a workflow file, in the words of such a file and at its places.

Knows nothing of where the file comes from.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from ..planning.scope import nearest
from .file_model import FallbackForm, InputForm, OnErrorForm, StepForm, WorkflowForm
from .problems import Path

_FORMS: dict[str, type[BaseModel]] = {
    form.__name__: form for form in (WorkflowForm, InputForm, StepForm, OnErrorForm, FallbackForm)
}
_CHOICES = {
    "foreach": "takes a list, or a reference to one",
    "after": "takes the id of a step, or a list of them",
    "on_error": "takes fail, continue, or a mapping with retry, then or fallback",
}
_TYPES = {
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
}


def told(error: ValidationError, form: type[BaseModel], data: Any) -> Iterator[tuple[Path, str, bool]]:
    """For each problem its place, a sentence, and whether it is about a name rather than a value."""
    seen: set[Path] = set()
    for one in error.errors(include_url=False):
        path, inside = _located(one["loc"], form, data)
        last = next((part for part in reversed(path) if isinstance(part, str)), "a workflow")
        kind = one["type"]
        if kind == "extra_forbidden":
            yield path, f"unknown key {last!r}{nearest(last, inside.model_fields)}", True
            continue
        if kind == "missing":
            yield path, f"{_whole(inside)} needs {one['loc'][-1]!r}", False
            continue
        if path in seen or (last == "on_error" and isinstance(one["input"], dict)):
            continue
        seen.add(path)
        yield path, f"{last!r} {_why(one, last)}", False


def _why(one: Any, name: str) -> str:
    kind, context, given = one["type"], one.get("ctx", {}), one["input"]
    if name in _CHOICES:
        return _CHOICES[name]
    if kind == "literal_error":
        allowed = str(context["expected"])
        near = nearest(str(given), allowed.replace("'", "").replace(" or ", ", ").split(", "))
        return f"takes {allowed}, not {given!r}{near}"
    if kind in _TYPES:
        return f"takes {_TYPES[kind]}, not {given!r}"
    if kind == "string_pattern_mismatch":
        if name == "name":
            return f"takes lower-case letters, digits and -, beginning with a letter, not {given!r}"
        return f"takes letters, digits and _, beginning with a letter, not {given!r}"
    if kind == "too_short":
        return "must not be empty"
    if kind == "too_long":
        return f"has {context['actual_length']} entries, and {context['max_length']} are allowed"
    return str(one["msg"]).replace("Input should be", "should be")


def _whole(form: type[BaseModel]) -> str:
    return {
        StepForm: "a step",
        WorkflowForm: "a workflow",
        InputForm: "an input",
        FallbackForm: "a fallback",
    }.get(form, "this")


def _located(location: tuple[Any, ...], form: type[BaseModel], data: Any) -> tuple[Path, type[BaseModel]]:
    """The path in the data, without pydantic's names for the branches of a choice, and the form there."""
    path: list[str | int] = []
    inside = form
    for part in location:
        if part in _FORMS:
            inside = _FORMS[part]
            continue
        has_part = (
            part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        )
        if not has_part:
            continue
        data = data[part]
        path.append(part)
        if part == "fallback":
            inside = FallbackForm
    return tuple(path), inside
