"""`@tool`: what becomes of a function's types and docstring, and what is refused."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Optional, Required

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from homewit.tools import Effect, InvalidArguments, InvalidTool, ToolContext, tool


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Place:
    city: str
    country: str = "Norway"


class Guest(BaseModel):
    name: str
    age: int = Field(ge=0)


class Loop(BaseModel):
    children: list["Loop"] = []


@tool(effect="send", sinks=["to"], secrets=("key",), timeout_s=5)
def invite(
    to: str,
    day: date,
    size: Literal["small", "large"] = "small",
    colour: Colour = Colour.RED,
    where: Place | None = None,
    guests: list[Guest] = [],  # noqa: B006  a default as people write it
    count: Annotated[int, Field(ge=1, le=9), "how many cards"] = 1,
    remark: Optional[str] = None,  # noqa: UP045
    *,
    ctx: ToolContext,
) -> dict[str, int]:
    """Invite somebody to a party
    that is on some day.

    More words for people who read the code.

    Args:
        to (str): who is invited,
            by address
        day: the day

    Returns:
        nothing of interest: really
    """
    return {"sent": 1}


def test_the_schema_says_what_the_hints_and_the_docstring_say():
    """Types, defaults, bounds and descriptions reach the schema, without references and without ctx."""
    spec = invite.spec
    assert spec.name == "invite"
    assert spec.description == "Invite somebody to a party that is on some day."
    assert (spec.effect, spec.sinks, spec.secrets, spec.timeout_s) == (Effect.SEND, ("to",), ("key",), 5.0)
    assert spec.untrusted_output
    place = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "country": {"type": "string", "default": "Norway"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    guest = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    assert spec.parameters == {
        "type": "object",
        "properties": {
            "to": {"type": "string", "description": "who is invited, by address"},
            "day": {"type": "string", "format": "date", "description": "the day"},
            "size": {"type": "string", "enum": ["small", "large"], "default": "small"},
            "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
            "where": {"anyOf": [place, {"type": "null"}], "default": None},
            "guests": {"type": "array", "items": guest, "default": []},
            "count": {
                "type": "integer",
                "minimum": 1,
                "maximum": 9,
                "default": 1,
                "description": "how many cards",
            },
            "remark": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        },
        "required": ["to", "day"],
        "additionalProperties": False,
    }
    assert spec.returns == {"type": "object", "additionalProperties": {"type": "integer"}}


def test_validation_gives_the_functions_own_types():
    """Dates, enums, dataclasses and models arrive as such; what is left out stays out."""
    arguments = {
        "to": "a@b.c",
        "day": "2026-05-03",
        "colour": "blue",
        "where": {"city": "Oslo"},
        "guests": [{"name": "Bo", "age": "7"}],
    }
    assert invite.validate(arguments) == {
        "to": "a@b.c",
        "day": date(2026, 5, 3),
        "colour": Colour.BLUE,
        "where": Place("Oslo"),
        "guests": [Guest(name="Bo", age=7)],
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"day": "2026-05-03"}, "invite: to is missing."),
        ({"to": "x", "day": "2026-05-03", "cc": "y"}, "cc is not one of its arguments"),
        ({"to": "x", "day": "2026-05-03", "ctx": 1}, "ctx is not one of its arguments"),
        ({"to": "x", "day": "soon"}, "day: input should be a valid date"),
        (
            {"to": "x", "day": "2026-05-03", "count": 10},
            "count: input should be less than or equal to 9 (got 10)",
        ),
        ({"to": "x", "day": "2026-05-03", "size": "huge"}, "size: input should be 'small' or 'large'"),
        ({"to": "x", "day": "2026-05-03", "guests": [{"name": "Bo"}]}, "guests.0.age is missing"),
        ({"to": 5, "day": "2026-05-03"}, "It takes: to, day, size (optional)"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], expected: str):
    """The message says which argument is wrong and how, and what the tool takes."""
    with pytest.raises(InvalidArguments) as caught:
        invite.validate(arguments)
    assert expected in str(caught.value)


def test_names_that_pydantic_uses_itself_are_free():
    """Parameters may be called json, schema, copy or model_config."""

    @tool
    def odd(json: str, schema: int, copy: bool, model_config: str, _private: str = "x") -> str:
        """Take odd names."""
        return json

    assert odd.validate({"json": "a", "schema": 1, "copy": True, "model_config": "b"})["schema"] == 1


def test_a_tool_is_still_its_function():
    """Called directly, a tool behaves as the function that it was made of."""

    @tool
    def double(number: int) -> int:
        """Double a number."""
        return 2 * number

    assert double(4) == 8
    assert double.spec.effect is Effect.READ
    assert not double.spec.untrusted_output


def test_a_tool_without_docstring_is_described_by_its_name():
    """Such a tool works; the contract checks complain about it, the registration does not."""

    @tool
    def water_the_plants() -> None:
        pass

    assert water_the_plants.spec.description == "water the plants"
    assert water_the_plants.spec.parameters == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }


def test_the_definition_hash_follows_the_definition():
    """The hash is stable, and changes with the description, the schema or the effect."""

    def declare(kind: type, words: str, effect: str) -> str:
        def act(value: kind) -> str:  # type: ignore[valid-type]
            return str(value)

        act.__doc__ = words
        return tool(effect=effect)(act).spec.definition_hash

    first = declare(int, "Act.", "read")
    assert first == declare(int, "Act.", "read")
    others = {declare(str, "Act.", "read"), declare(int, "Act now.", "read"), declare(int, "Act.", "send")}
    assert len({first, *others}) == 4


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Stay(TypedDict, total=False):
    hotel: Required[str]
    nights: int


def test_unions_and_typed_dicts_have_schemas_of_their_own():
    """Each alternative stands where it is used; a TypedDict says which of its keys are needed."""

    @tool
    def visit(pet: Annotated[Cat | Dog, Field(discriminator="kind")], stay: Stay, total: int | str) -> str:
        """Visit a pet."""
        return pet.kind

    cat, dog = (
        {
            "type": "object",
            "properties": {"kind": {"type": "string", "const": kind}, field: {"type": of}},
            "required": ["kind", field],
            "additionalProperties": False,
        }
        for kind, field, of in (("cat", "lives", "integer"), ("dog", "name", "string"))
    )
    assert visit.spec.parameters["properties"] == {
        "pet": {"oneOf": [cat, dog]},
        "stay": {
            "type": "object",
            "properties": {"hotel": {"type": "string"}, "nights": {"type": "integer"}},
            "required": ["hotel"],
            "additionalProperties": False,
        },
        "total": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    }
    given = {"pet": {"kind": "dog", "name": "Rex"}, "stay": {"hotel": "Ritz"}, "total": "7"}
    assert visit.validate(given) == {
        "pet": Dog(kind="dog", name="Rex"),
        "stay": {"hotel": "Ritz"},
        "total": "7",
    }


def test_examples_are_shown_beside_the_arguments():
    """They are written as JSON says them, so that a model reads what it would have to write."""

    @tool(examples=[{"day": date(2026, 5, 3)}, {"day": "2026-05-04", "colour": "blue"}])
    def paint(day: date, colour: Colour = Colour.RED) -> str:
        """Paint on a day."""
        return colour.value

    assert paint.spec.parameters["examples"] == [
        {"day": "2026-05-03"},
        {"day": "2026-05-04", "colour": "blue"},
    ]


def no_hint(x):
    """No hint."""


def var_args(*words: str) -> None:
    """Any number."""


def var_keywords(**words: str) -> None:
    """Any name."""


def positional(x: int, /) -> None:
    """By position."""


def other_context(*, context: ToolContext) -> None:
    """Wrong name."""


def unknown_type(x: "Nowhere") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Unknown."""


def untypable(x: object.__init__.__class__) -> None:  # type: ignore[valid-type]
    """No JSON form."""


class Plain:
    """A class that no JSON value can be."""


@dataclass
class Later:
    what: "NotYetDefined"  # type: ignore[name-defined]  # noqa: F821


def untypable_beside(first: int, second: list[Plain]) -> None:
    """One of two has no JSON form."""


def names_another(x: Later) -> None:
    """Its type names one that is not known."""


def callable_argument(x: Callable[[int], int]) -> None:
    """A function has no JSON form."""


def bad_pattern(x: Annotated[str, Field(pattern="(")]) -> None:
    """The bound is broken."""


def untypable_result(x: int) -> Plain:
    """The result has no JSON form."""
    return Plain()


def recursive(x: Loop) -> None:
    """Contains itself."""


def fine(x: int = 1) -> int:
    """Fine."""
    return x


@pytest.mark.parametrize(
    ("function", "options", "expected"),
    [
        (no_hint, {}, "parameter 'x' has no type hint; write for example x: str"),
        (var_args, {}, "*args cannot be described"),
        (var_keywords, {}, "**kwargs cannot be described"),
        (positional, {}, "positional-only"),
        (other_context, {}, "name the context 'ctx'"),
        (unknown_type, {}, "the type hint 'Nowhere' is not known"),
        (untypable, {}, "cannot be typed"),
        (untypable_beside, {}, "parameter 'second': its type cannot be typed: <class 'tests"),
        (names_another, {}, "parameter 'x': its type names another that is not known; define that one first"),
        (callable_argument, {}, "parameter 'x': its type has no JSON form: use str, int"),
        (bad_pattern, {}, "parameter 'x': its type cannot be used"),
        (untypable_result, {}, "tool 'untypable_result': its result cannot be typed"),
        (fine, {"examples": [{"x": "many"}]}, "the example {'x': 'many'} is not a call that it takes"),
        (fine, {"examples": ["x"]}, "the example 'x' is not a mapping of arguments"),
        (fine, {"examples": [{"x": object()}]}, "is not a call that it takes"),
        (recursive, {}, "the type Loop contains itself"),
        (fine, {"effect": "explode"}, "'explode' is not an effect; use one of read, record"),
        (fine, {"sinks": ["y"]}, "the sink 'y' is not one of its parameters (x)"),
        (fine, {"sinks": "x"}, "sinks is a list of names; write ('x',)"),
        (fine, {"timeout_s": 0}, "timeout_s must be"),
        (fine, {"timeout_s": "5"}, "timeout_s must be"),
        (fine, {"max_parallel": 0}, "max_parallel must be"),
        (fine, {"max_parallel": True}, "max_parallel must be"),
        (fine, {"check": "yes"}, "check must be a function"),
        (fine, {"undo": "yes"}, "undo must be a function"),
        (fine, {"name": "Not A Name"}, "cannot be a tool's name"),
        (fine, {"name": "9lives"}, "cannot be a tool's name"),
    ],
)
def test_mistakes_are_reported_at_registration(function: Any, options: dict[str, Any], expected: str):
    """Each message names the tool, the place and the way out."""
    with pytest.raises(InvalidTool) as caught:
        tool(**options)(function)
    assert expected in str(caught.value)
