"""The fields of an extraction: their form, the type of what comes of it, and what a model may write."""

import pytest

from homewit.agent.extraction.fields import Field, fields_of, problems_of, reply_schema, result_of
from homewit.agent.extraction.tool import extract
from homewit.agent.plan import Plan, Ref, Step
from homewit.agent.planning.checks import check_plan
from homewit.tools import tool


@tool
def page() -> str:
    """Get a page."""
    return ""


@tool
def pay(amount: float, day: str = "") -> str:
    """Pay."""
    return ""


TOOLS = [page.spec, pay.spec, extract.spec]
READ = Step("s1", "page", {})


def problems(fields: object, *later: Step) -> list[str]:
    steps = (READ, Step("s2", "extract", {"text": Ref("s1", "text"), "fields": fields}), *later)
    return [str(one) for one in check_plan(Plan("plan", steps), TOOLS)]


def test_a_type_is_enough():
    """``{price: number}`` is short for an object with a type."""
    assert fields_of({"price": "number", "mails": {"type": "email", "many": True}}) == (
        Field("price", "number"),
        Field("mails", "email", many=True),
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "'fields' names what to look for"),
        ({"price": "nmber"}, "the field 'price' cannot be 'nmber'; types are string, number,"),
        ({"price": 5}, "the field 'price': input should be"),
        ({"price": {"many": "often"}}, "the field 'price': 'many' input should be a valid boolean"),
        ({"price": {"type": "number", "unit": "€"}}, "the field 'price' has no 'unit'; it has type, desc"),
        ({"text": "string"}, "'text' cannot be the name of a field"),
        ({"a.b": "string"}, "'a.b' cannot be the name of a field"),
        ({"a": {"type": "number", "choices": ["x"]}}, "the field 'a' has choices, so its type is string"),
        ({f"f{n}": "string" for n in range(17)}, "at most 16 fields"),
    ],
)
def test_what_is_wrong_is_said(fields, told):
    """In words that name it, before anything runs."""
    assert any(told in problem.message for problem in problems_of(fields))
    uses = Step("s3", "pay", {"amount": Ref("s2", "anything")})
    found = problems(fields, uses)
    assert any(told in problem for problem in found)
    assert not any(problem.startswith("s3") for problem in found), "nothing is told twice"


def test_later_steps_refer_to_values_by_name_and_type():
    """What is extracted is checked like the result of any tool."""
    fields = {"price": "number", "day": "date"}
    pays = Step("s3", "pay", {"amount": Ref("s2", "price"), "day": Ref("s2", "day")})
    assert problems(fields, pays) == []
    wrong = Step("s3", "pay", {"amount": Ref("s2", "day")})
    assert problems(fields, wrong) == ["s3: 'amount' takes number, and s2.day is string"]
    missing = Step("s3", "pay", {"amount": Ref("s2", "prise")})
    assert problems(fields, missing) == [
        "s3: 'amount' refers to s2.prise, and extract returns no such field; did you mean 'price'?"
    ]


def test_fields_are_written_in_the_plan():
    """No text decides what is looked for. Control: the text itself may come from anywhere."""
    told = "s2: 'fields' has to be written out; it cannot come from a result or an answer"
    assert problems({"value": {"description": Ref("s1", "text")}}) == [told]
    assert problems(Ref("s1", "text")) == [told]
    assert problems({"value": {"description": "words"}}) == []


def test_a_model_may_write_values_of_these_types_and_null():
    """Nothing beside them."""
    schema = reply_schema(fields_of({"n": "integer", "c": {"choices": ["a"]}, "m": {"many": True}}))
    assert schema["required"] == ["n", "c", "m"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["n"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert schema["properties"]["c"]["anyOf"][0] == {"type": "string", "enum": ["a"]}
    assert schema["properties"]["m"]["type"] == "array"
    number = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert result_of({"n": "integer"})["properties"] == {"n": number}
