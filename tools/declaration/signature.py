"""Reads a function's type hints into validators and JSON Schemas.

This is where a plugin author's mistakes are found, so every refusal names the function, the parameter and
the way out. It does not know what a tool is for, nor how it is called.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any, NamedTuple, NotRequired, Required, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError
from pydantic_core import PydanticSerializationError, SchemaError, to_jsonable_python
from typing_extensions import TypedDict

from ..context import ToolContext
from ..errors import InvalidArguments, InvalidTool
from .docstring import Description, read_docstring
from .schema import inlined

CONTEXT_PARAMETER = "ctx"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MISSING = inspect.Parameter.empty
_UNNAMED = "parameter"
_UNTYPABLE = (
    PydanticUserError,
    PydanticInvalidForJsonSchema,
    PydanticSerializationError,
    SchemaError,
    TypeError,
    InvalidTool,
)
_TYPABLE = (
    "str, int, float, bool, Decimal, date, datetime, Literal, enums, and lists, dicts, unions, dataclasses, "
    "pydantic models and TypedDicts of these"
)
_FORBIDDEN_KINDS = {
    inspect.Parameter.VAR_POSITIONAL: "*args",
    inspect.Parameter.VAR_KEYWORD: "**kwargs",
    inspect.Parameter.POSITIONAL_ONLY: "positional-only parameters",
}


class Field(NamedTuple):
    """The type of a parameter, and whether it has to be given."""

    hint: Any
    needed: bool


@dataclass(frozen=True)
class Signature:
    """What a call of the function needs and gives.

    Attributes:
        fields: what each parameter takes, by its name.
    """

    name: str
    description: Description
    parameters: dict[str, Any]
    returns: dict[str, Any]
    fields: "Mapping[str, Field]"
    result: TypeAdapter[Any] | None

    @cached_property
    def arguments(self) -> TypeAdapter[dict[str, Any]]:
        """What reads the arguments; made for the first call, since most tools never see one."""
        with _typing(f"tool {self.name!r}: its arguments"):
            return TypeAdapter(_arguments_type(self.name, self.fields))

    def validate(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the function's own types, or raise InvalidArguments."""
        try:
            return self.arguments.validate_python(dict(arguments))
        except ValidationError as error:
            raise InvalidArguments(f"{self.name}: {_problems(error)}. {self._usage()}") from error

    def _usage(self) -> str:
        names = list(self.parameters["properties"])
        if not names:
            return "It takes no arguments."
        required = set(self.parameters.get("required", ()))
        shown = [name if name in required else f"{name} (optional)" for name in names]
        return f"It takes: {', '.join(shown)}."


def read_signature(function: Callable[..., Any], name: str | None = None) -> Signature:
    """Inspect `function`; raises InvalidTool with the reason when it cannot be typed."""
    name = str(name or getattr(function, "__name__", ""))
    if not _NAME.fullmatch(name):
        raise InvalidTool(
            f"{name!r} cannot be a tool's name: use lower-case letters, digits and _, starting with a letter"
        )
    description = read_docstring(function.__doc__)
    hints = _type_hints(function, name)
    fields: dict[str, Field] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == CONTEXT_PARAMETER:
            continue
        hint = _parameter_hint(parameter, hints, name)
        beside = _beside(hint, parameter, description.parameters.get(parameter.name))
        with _typing(f"tool {name!r}, parameter {parameter.name!r}: its type"):
            alias, schema = _of_parameter(hint)
        called = alias or parameter.name
        properties[called] = {**beside, **schema} | beside
        fields[parameter.name] = Field(hint, parameter.default is _MISSING)
        if parameter.default is _MISSING:
            required.append(called)
    parameters = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        parameters["required"] = required
    declared = hints.get("return", _MISSING)
    result, returns = None, {}
    if declared is not _MISSING:
        with _typing(f"tool {name!r}: its result"):
            result, returns = _of_class(declared) if isinstance(declared, type) else _of_hint(declared)
    return Signature(name, description, parameters, returns, fields, result)


def _of_hint(declared: Any) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    """What reads a result, and its schema."""
    adapter = TypeAdapter(declared)
    return adapter, inlined(to_jsonable_python(adapter.json_schema(mode="serialization")))


_of_class = lru_cache(maxsize=512)(_of_hint)  # tools of one module often share theirs


def _type_hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    try:
        return get_type_hints(function, localns={"ToolContext": ToolContext}, include_extras=True)
    except NameError as error:
        raise InvalidTool(
            f"tool {name!r}: the type hint {error.name!r} is not known here; import it or define it at the "
            "top level of the module"
        ) from error
    except (TypeError, SyntaxError) as error:
        raise InvalidTool(f"tool {name!r}: its type hints cannot be read: {error}") from error


def _parameter_hint(parameter: inspect.Parameter, hints: Mapping[str, Any], name: str) -> Any:
    where = f"tool {name!r}, parameter {parameter.name!r}"
    if parameter.kind in _FORBIDDEN_KINDS:
        kind = _FORBIDDEN_KINDS[parameter.kind]
        raise InvalidTool(f"{where}: {kind} cannot be described to a model; name every parameter")
    if parameter.name not in hints:
        raise InvalidTool(f"{where} has no type hint; write for example {parameter.name}: str")
    hint = hints[parameter.name]
    if hint is ToolContext:
        raise InvalidTool(f"{where}: name the context {CONTEXT_PARAMETER!r}, as in *, ctx: ToolContext")
    return hint


def _beside(hint: Any, parameter: inspect.Parameter, described: str | None) -> dict[str, Any]:
    """What a parameter says of itself beside its type: a description, and a default that JSON can say."""
    if get_origin(hint) is Annotated and described is None:
        described = next((extra for extra in get_args(hint)[1:] if isinstance(extra, str)), None)
    beside: dict[str, Any] = {"description": described} if described else {}
    if parameter.default is not _MISSING:
        with suppress(PydanticSerializationError):  # any other default stays the function's own business
            beside["default"] = to_jsonable_python(parameter.default)
    return beside


def _of_parameter(hint: Any) -> tuple[str, dict[str, Any]]:
    """The name that a parameter's type gives it, if any, and its schema.

    Many parameters share a type, and pydantic takes long for each.
    """
    try:
        return _kept_schema(hint, "" if isinstance(hint, type) else repr(hint))
    except TypeError:  # an annotation that cannot be hashed, or no type at all
        return _schema(hint)


@lru_cache(maxsize=1024)
def _kept_schema(hint: Any, written: str) -> tuple[str, dict[str, Any]]:
    """Also by how it is ``written``: str | int is the same as int | str, and has another schema."""
    return _schema(hint)


def _schema(hint: Any) -> tuple[str, dict[str, Any]]:
    one = TypeAdapter(_arguments_type("one", {_UNNAMED: Field(hint, True)}))
    ((name, schema),) = inlined(to_jsonable_python(one.json_schema()))["properties"].items()
    return "" if name == _UNNAMED else name, schema


def _arguments_type(name: str, fields: Mapping[str, Field]) -> Any:
    hints: dict[str, Any] = {}
    for called, field in fields.items():
        as_written = Annotated[field.hint, repr(field.hint)]  # else typing takes str | int for int | str
        hints[called] = Required[as_written] if field.needed else NotRequired[as_written]
    arguments: Any = TypedDict(f"{name}_arguments", hints)  # type: ignore[misc]
    arguments.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    return arguments


@contextmanager
def _typing(what: str) -> Iterator[None]:
    """Say in the words of a plugin author what pydantic has against a type."""
    try:
        yield
    except PydanticSchemaGenerationError as error:
        shown = str(error).removeprefix("Unable to generate pydantic-core schema for ").split(". Set ")[0]
        raise InvalidTool(f"{what} cannot be typed: {shown} is none of {_TYPABLE}") from error
    except PydanticInvalidForJsonSchema as error:
        raise InvalidTool(f"{what} has no JSON form: use {_TYPABLE}") from error
    except PydanticUserError as error:
        if error.code == "class-not-fully-defined":
            raise InvalidTool(
                f"{what} names another that is not known; define that one first, at the top of the module"
            ) from error
        raise InvalidTool(f"{what} cannot be typed: {str(error).splitlines()[0]}") from error
    except _UNTYPABLE as error:
        raise InvalidTool(f"{what} cannot be used: {' '.join(str(error).split())}") from error


def _problems(error: ValidationError) -> str:
    parts: list[str] = []
    for detail in error.errors(include_url=False, include_context=False)[:5]:
        where = ".".join(str(step) for step in detail["loc"]) or "the arguments"
        if detail["type"] == "missing":
            parts.append(f"{where} is missing")
        elif detail["type"] == "extra_forbidden":
            parts.append(f"{where} is not one of its arguments")
        else:
            parts.append(f"{where}: {detail['msg'].lower()} (got {_shown(detail['input'])})")
    return "; ".join(parts)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
