"""Which values a step takes out of a text: named, typed fields, and the schemas that follow from them.

What the fields are is written in the plan and nowhere else, so that a later step can refer to a value by its
name and its type is known before anything is read. Pure; knows nothing of texts and models.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

EXTRACT = "extract"
"""The tool that a plan calls."""
MOST_FIELDS = 16
MOST_VALUES = 50
"""Values of one field that has several."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
_LONGEST = 500

Kind = Literal["string", "number", "integer", "boolean", "date", "email", "url"]
_JSON: Mapping[Kind, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "email": {"type": "string", "format": "email"},
    "url": {"type": "string", "format": "uri"},
}


class FieldForm(BaseModel):
    """A field as a plan writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Kind = "string"
    description: str = ""
    choices: list[str] = []
    many: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One value, or with ``many`` all of its kind; of ``choices`` it is one."""

    name: str
    kind: Kind = "string"
    description: str = ""
    choices: tuple[str, ...] = ()
    many: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """What a later step can rely on: a value that is not in the text is null, and a list is empty."""
        one = {"type": "string", "enum": list(self.choices)} if self.choices else dict(_JSON[self.kind])
        return {"type": "array", "items": one} if self.many else {"anyOf": [one, {"type": "null"}]}

    @property
    def nothing(self) -> Any:
        """What stands for a value that is not in the text."""
        return [] if self.many else None


def fields_of(given: Any) -> tuple[Field, ...]:
    """The fields of a call, from their JSON form: a type, or an object with a type and more.

    Raises ``ValueError`` with what is wrong.
    """
    if problem := next(problems_of(given), None):
        raise ValueError(problem.message)
    return tuple(_field(name, form) for name, form in given.items())


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Something that is wrong with the fields of a call; ``at`` is the place in their JSON form."""

    message: str
    at: tuple[str | int, ...] = ()


def problems_of(given: Any) -> Iterator[FieldProblem]:
    if not isinstance(given, Mapping) or not given:
        yield FieldProblem("'fields' names what to look for, such as {price: number}")
        return
    if len(given) > MOST_FIELDS:
        yield FieldProblem(f"at most {MOST_FIELDS} fields can be read at once, not {len(given)}")
    for name, form in given.items():
        if not _NAME.fullmatch(name) or name == "text":
            yield FieldProblem(f"{name!r} cannot be the name of a field", (name,))
            continue
        try:
            field = _field(name, form)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            where = () if isinstance(form, str) else detail["loc"]
            yield FieldProblem(_in_words(name, detail), (name, *where))
        else:
            if field.choices and field.kind != "string":
                yield FieldProblem(f"the field {name!r} has choices, so its type is string", (name, "type"))


def _in_words(name: str, detail: Mapping[str, Any]) -> str:
    key = detail["loc"][0] if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        return f"the field {name!r} has no {key!r}; it has {', '.join(FieldForm.model_fields)}"
    if key == "type":
        return f"the field {name!r} cannot be {detail['input']!r}; types are {', '.join(_JSON)}"
    return f"the field {name!r}: {key and f'{key!r} '}{detail['msg'].lower()}"


def _field(name: str, form: Any) -> Field:
    read = FieldForm.model_validate({"type": form} if isinstance(form, str) else form)
    return Field(name, read.type, read.description, tuple(read.choices), read.many)


def result_of(given: Any) -> dict[str, Any] | None:
    """The schema of what a call gives; None where its fields are not right."""
    if next(problems_of(given), None) is not None:
        return None
    properties = {field.name: field.schema for field in fields_of(given)}
    return {"type": "object", "properties": properties, "required": list(properties)}


def reply_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """What a model may write when it is asked for these fields: for each a value, or null where there is
    none. A date is asked for in the words of the text.
    """
    properties: dict[str, Any] = {}
    for field in fields:
        one: dict[str, Any] = {**_JSON[field.kind]}
        one.pop("format", None)
        if field.choices:
            one = {"type": "string", "enum": list(field.choices)}
        elif one["type"] == "string":
            one |= {"minLength": 1, "maxLength": _LONGEST}
        several = {"type": "array", "items": one, "maxItems": MOST_VALUES}
        properties[field.name] = several if field.many else {"anyOf": [one, {"type": "null"}]}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
