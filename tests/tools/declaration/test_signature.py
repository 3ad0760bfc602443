"""Schemas of parameters that are put together one by one: the same as pydantic's for all of them at once."""

import inspect
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NotRequired, Required

import pytest
from annotated_types import Len
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from homewit.tools.declaration.schema import inlined
from homewit.tools.declaration.signature import read_signature


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Place:
    """Where it is."""

    street: str
    number: int = 1


class Room(BaseModel):
    beds: Annotated[int, Field(ge=1, description="how many")]
    at: Place
    kind: str = Field("double", alias="type")


class Open(TypedDict):
    day: date
    note: NotRequired[str]


def simple(city: str, nights: int = 1, rate: float = 80.0, breakfast: bool = False) -> None:
    """Do.

    Args:
        city: where it is.
        nights: how long.
    """


def nested(place: Place, rooms: list[Room], hours: dict[str, Open], other: Place | None = None) -> None:
    """Do.

    Args:
        place: of the hotel.
        other: where it was before.
    """


def choices(
    colour: Colour,
    size: Literal["s", "m"],
    code: Literal[1, 2] | str = 2,
    mixed: int | str | None = None,
    turned: str | int | None = None,
    favourite: Colour = Colour.RED,
) -> None:
    """Do."""


def annotated(
    short: Annotated[str, "a word", Len(1, 5)],
    bounded: Annotated[int, Field(ge=1, description="its own", examples=[3])] = 2,
    money: Decimal = Decimal("1.50"),
    named: Annotated[str, Field(alias="from")] = "here",
    anything: Any = None,
    unsaid: object = inspect,
) -> None:
    """Do.

    Args:
        bounded: told by the docstring.
    """


def nothing() -> None:
    """Do."""


def by_pydantic(function: Any) -> dict[str, Any]:
    """The schema of an object that has all of its parameters as fields."""
    told = read_signature(function)
    fields: dict[str, Any] = {}
    hints = inspect.get_annotations(function, eval_str=True)
    for name, parameter in inspect.signature(function).parameters.items():
        beside: dict[str, Any] = {}
        if parameter.default is not inspect.Parameter.empty and parameter.default is not inspect:
            beside["default"] = TypeAdapter(Any).dump_python(parameter.default, mode="json")
        described = told.description.parameters.get(name) or ("a word" if name == "short" else None)
        extra = Field(description=described, json_schema_extra=beside)
        hint = Annotated[hints[name], extra]
        fields[name] = Required[hint] if parameter.default is inspect.Parameter.empty else NotRequired[hint]
    whole: Any = TypedDict("whole", fields)  # type: ignore[misc]
    whole.__pydantic_config__ = ConfigDict(extra="forbid")
    return {"type": "object", "properties": {}, **inlined(TypeAdapter(whole).json_schema())}


@pytest.mark.parametrize("function", [simple, nested, choices, annotated, nothing])
def test_it_is_the_schema_that_pydantic_gives_for_the_whole(function: Any):
    """In every detail, and with the parameters in their order."""
    told = read_signature(function).parameters
    assert told == by_pydantic(function)
    assert list(told["properties"]) == list(by_pydantic(function)["properties"])


def test_types_that_are_equal_keep_their_order():
    """int | str == str | int, and each is told as it was written."""
    read = read_signature(choices).parameters["properties"]
    assert [one["type"] for one in read["mixed"]["anyOf"]] == ["integer", "string", "null"]
    assert [one["type"] for one in read["turned"]["anyOf"]] == ["string", "integer", "null"]


def test_arguments_are_read_as_the_types_say():
    """What reads them is made at the first call."""
    signature = read_signature(nested)
    room = {"beds": 2, "at": {"street": "Main St"}, "type": "single"}
    read = signature.validate({"place": {"street": "A"}, "rooms": [room], "hours": {}})
    assert read == {
        "place": Place("A"),
        "rooms": [Room(beds=2, at=Place("Main St"), type="single")],
        "hours": {},
    }
    assert read_signature(annotated).validate({"short": "x", "from": "there"}) == {
        "short": "x",
        "named": "there",
    }
