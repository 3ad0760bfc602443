"""From the text of a workflow file to a workflow, or to everything that is wrong with its form.

Each step and input is read by itself, so that a mistake in one hides none in another. Knows nothing of
tools; what they make of a workflow is for ``checking`` to say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import ConditionError
from ..plan import Step
from ..planning.arguments import argument_to_wire
from ..planning.conditions import Condition, condition_from_wire
from ..planning.on_error import OnError, UseCall, UseValue
from .file_model import ID, FallbackForm, InputForm, OnErrorForm, StepForm, WorkflowForm
from .form_errors import told
from .input_values import wrong_with
from .model import Input, Workflow
from .problems import Path, Problem
from .references import to_argument
from .yaml_text import Document, read_yaml

Form = TypeVar("Form", bound=BaseModel)


@dataclass(slots=True)
class Read:
    """What was found in a file; the workflow holds what could be read, if anything could."""

    document: Document
    problems: list[Problem]
    workflow: Workflow | None = None
    broken: set[str] = field(default_factory=set)
    """Ids of steps that could not be read; what refers to them is not to blame."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Where each step stands in the file's list."""

    def wrong(self, path: Path, message: str, key: bool = False, warning: bool = False) -> None:
        """Note a problem with the value at a path, or with its name."""
        self.problems.append(Problem(self.document.place(path, key), message, warning))


def read_workflow(text: str, name: str) -> Read:
    """Read a file; ``name`` is that of a workflow that does not say its own."""
    document, problems = read_yaml(text)
    read = Read(document, problems)
    data = document.data
    if not isinstance(data, dict):
        if not problems:
            read.wrong((), "a workflow is a mapping with a list of steps")
        return read
    whole = _form(read, WorkflowForm, {**data, **_well_formed(data)}, ())
    inputs = dict(_inputs(read, data.get("inputs")))
    steps = tuple(_steps(read, data.get("steps")))
    outputs = _arguments(read, data.get("outputs"), ("outputs",))
    read.workflow = Workflow(
        name=(whole.name if whole is not None else None) or name,
        steps=steps,
        inputs=inputs,
        outputs=outputs,
        description=whole.description if whole is not None else "",
    )
    return read


def _well_formed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Stand-ins for what is read part by part, so that the whole is judged by the rest."""
    stand_ins: dict[str, Any] = {}
    if isinstance(data.get("steps"), list) and data["steps"]:
        stand_ins["steps"] = [{"id": "s", "tool": "t"}] * len(data["steps"])
    if isinstance(data.get("inputs"), dict):
        stand_ins["inputs"] = {}
    return stand_ins


def _form(read: Read, kind: type[Form], data: Any, path: Path) -> Form | None:
    """The data in that form; where only some of it is wrong, what is left without that."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        wrong: set[str | int] = set()
        for at, message, key in told(error, kind, data):
            read.wrong((*path, *at), message, key)
            wrong.update(at[:1])
    try:
        return kind.model_validate({name: value for name, value in data.items() if name not in wrong})
    except (ValidationError, AttributeError):
        return None


def _inputs(read: Read, data: Any) -> Iterator[tuple[str, Input]]:
    for name, given in data.items() if isinstance(data, dict) else ():
        path: Path = ("inputs", name)
        if not _is_id(name):
            read.wrong(path, f"{name!r} cannot be the name of an input; use letters, digits and _", key=True)
            continue
        form = _form(read, InputForm, {} if given is None else given, path)
        if form is None:
            yield name, Input(type="")
            continue
        found = Input(form.type, form.description, form.default, form.needed, tuple(form.choices), form.items)
        for number, choice in enumerate(form.choices):
            if wrong := wrong_with(Input(form.type, items=form.items), choice):
                read.wrong((*path, "choices", number), wrong)
        if form.default is not None and (wrong := wrong_with(found, form.default)):
            read.wrong((*path, "default"), wrong)
        if form.items is not None and form.type != "array":
            read.wrong((*path, "items"), "only an input of type array has items", key=True)
        yield name, found


def _is_id(name: str) -> bool:
    return re.fullmatch(ID, name) is not None


def _steps(read: Read, data: Any) -> Iterator[Step]:
    for number, given in enumerate(data if isinstance(data, list) else ()):
        path: Path = ("steps", number)
        form = _form(read, StepForm, given, path)
        id = given.get("id") if isinstance(given, dict) else None
        id = id if isinstance(id, str) else f"step {number + 1}"
        read.numbers.setdefault(id, number)
        if form is None:
            read.broken.add(id)
            yield Step(id, "", {})
            continue
        yield Step(
            id=form.id,
            tool=form.tool,
            args=_arguments(read, form.args, (*path, "args")),
            after=(form.after,) if isinstance(form.after, str) else tuple(form.after or ()),
            foreach=_argument(read, form.foreach, (*path, "foreach")),
            when=_condition(read, form.when, (*path, "when")),
            on_error=_on_error(read, form, (*path, "on_error")),
        )


def _argument(read: Read, data: Any, path: Path) -> Any:
    wrong: list[tuple[Path, str]] = []
    argument = to_argument(data, path, wrong)
    for at, message in wrong:
        read.wrong(at, message)
    return argument


def _arguments(read: Read, data: Any, path: Path) -> dict[str, Any]:
    if not isinstance(data, dict):
        return {}
    return {name: _argument(read, value, (*path, name)) for name, value in data.items()}


def _condition(read: Read, data: dict[str, Any] | None, path: Path) -> Condition | None:
    if data is None:
        return None
    try:
        return condition_from_wire(argument_to_wire(_argument(read, data, path)))
    except ConditionError as error:
        read.wrong(path, str(error))
        return None


def _on_error(read: Read, form: StepForm, path: Path) -> OnError | None:
    given = form.on_error
    if given is None or given == "fail":
        return None
    if not isinstance(given, OnErrorForm):
        return OnError(then="continue")
    if given.fallback is not None and given.then == "continue":
        read.wrong((*path, "then"), "a fallback leaves nothing to go on without; leave one of them out")
    fallback = None if given.fallback is None else _fallback(read, form, given.fallback, (*path, "fallback"))
    found = OnError(given.retry, given.wait_s, given.then, fallback)
    return None if found == OnError(wait_s=found.wait_s) else found


def _fallback(read: Read, step: StepForm, form: FallbackForm, path: Path) -> UseValue | UseCall | None:
    has_value = "value" in form.model_fields_set
    if has_value == (form.tool is not None):
        read.wrong(path, "a fallback is either a value or a tool with its args")
        return None
    if has_value:
        return UseValue(form.value)
    if step.foreach is not None:
        read.wrong(path, "a step with foreach can fall back to a value only, which each failed item gets")
        return None
    return UseCall(form.tool or "", _arguments(read, form.args, (*path, "args")))
