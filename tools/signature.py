"""Reads a function's type hints into validators and JSON Schemas.

This is where a plugin author's mistakes are found, so every refusal names the function, the parameter and
the way out. It does not know what a tool is for, nor how it is called.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError
from pydantic_core import PydanticSerializationError, SchemaError, to_jsonable_python
from typing_extensions import TypedDict

from .context import ToolContext
from .docstring import Description, read_docstring
from .errors import InvalidArguments, InvalidTool
from .schema import inlined

CONTEXT_PARAMETER = "ctx"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MISSING = inspect.Parameter.empty
_UNTYPABLE = (PydanticUserError, PydanticInvalidForJsonSchema, SchemaError, TypeError, InvalidTool)
_TYPABLE = (
    "str, int, float, bool, Decimal, date, datetime, Literal, enums, and lists, dicts, unions, dataclasses, "
    "pydantic models and TypedDicts of these"
)
_FORBIDDEN_KINDS = {
    inspect.Parameter.VAR_POSITIONAL: "*args",
    inspect.Parameter.VAR_KEYWORD: "**kwargs",
    inspect.Parameter.POSITIONAL_ONLY: "positional-only parameters",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """What a call of the function needs and gives."""

    name: str
    description: Description
    parameters: dict[str, Any]
    returns: dict[str, Any]
    arguments: TypeAdapter[dict[str, Any]]
    result: TypeAdapter[Any] | None

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
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == CONTEXT_PARAMETER:
            continue
        hint = _parameter_hint(parameter, hints, name)
        fields[parameter.name] = _field(hint, parameter, description.parameters.get(parameter.name))
    declared = hints.get("return", _MISSING)
    arguments, parameters = _arguments(name, fields)
    result, returns = None, {}
    if declared is not _MISSING:
        with _typing(f"tool {name!r}: its result"):
            result, returns = _of_class(declared) if isinstance(declared, type) else _of_hint(declared)
    return Signature(name, description, parameters, returns, arguments, result)


def _of_hint(declared: Any) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    """What reads a result, and its schema."""
    adapter = TypeAdapter(declared)
    return adapter, inlined(adapter.json_schema(mode="serialization"))


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


def _field(hint: Any, parameter: inspect.Parameter, described: str | None) -> Any:
    """Wrap one parameter's type for the arguments object, with its description and default."""
    if get_origin(hint) is Annotated and described is None:
        described = next((extra for extra in get_args(hint)[1:] if isinstance(extra, str)), None)
    extra: dict[str, Any] = {}
    if parameter.default is not _MISSING:
        try:
            extra["default"] = to_jsonable_python(parameter.default)
        except PydanticSerializationError:
            extra = {}  # a default that JSON cannot say stays the function's own business
    if described:
        hint = Annotated[hint, Field(description=described, json_schema_extra=extra)]
    elif extra:
        hint = Annotated[hint, Field(json_schema_extra=extra)]
    return Required[hint] if parameter.default is _MISSING else NotRequired[hint]


def _arguments(name: str, fields: dict[str, Any]) -> tuple[TypeAdapter[dict[str, Any]], dict[str, Any]]:
    """What validates the arguments, and their schema; a type that has none is looked for one by one."""

    def made(some: dict[str, Any]) -> tuple[TypeAdapter[dict[str, Any]], dict[str, Any]]:
        adapter = TypeAdapter(_arguments_type(name, some))
        return adapter, {"type": "object", "properties": {}, **inlined(adapter.json_schema())}

    try:
        return made(fields)
    except _UNTYPABLE:
        for parameter, hint in fields.items():
            with _typing(f"tool {name!r}, parameter {parameter!r}: its type"):
                made({parameter: hint})
        raise


def _arguments_type(name: str, fields: dict[str, Any]) -> Any:
    arguments: Any = TypedDict(f"{name}_arguments", fields)  # type: ignore[misc]
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
