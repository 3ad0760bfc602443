"""Schemas by strangers in the plain form that is read here: nothing is fetched, and nothing runs away."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools.loaders.plain_schema import plain_arguments, plain_schema

PLACE = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def test_references_are_put_in_place():
    """Also through several, with escapes, and with words beside them, which win."""
    schema = {
        "$defs": {"a/b": PLACE, "home": {"$ref": "#/$defs/a~1b"}},
        "properties": {"at": {"$ref": "#/$defs/home", "description": "where  it\nis"}},
    }
    assert plain_schema(schema)["properties"]["at"] == {**PLACE, "description": "where it is"}


@pytest.mark.parametrize(
    "reference", ["https://example.org/schema.json", "other.json#/x", "#/$defs/gone", "#/$defs/place/type/x"]
)
def test_a_reference_that_leads_nowhere_means_anything(reference: str):
    """What is elsewhere is never fetched."""
    schema = {"$defs": {"place": PLACE}, "properties": {"at": {"$ref": reference}}}
    assert plain_schema(schema)["properties"]["at"] == {}


def test_a_schema_that_holds_itself_ends():
    """Where it begins again it is anything; so is what is nested deeper than any real argument."""
    tree: dict[str, Any] = {"type": "object", "properties": {"children": {"type": "array"}}}
    tree["properties"]["children"]["items"] = {"$ref": "#"}
    once = plain_schema(tree)["properties"]["children"]
    assert once == {
        "type": "array",
        "items": {**plain_schema(tree), "properties": {"children": once["items"]["properties"]["children"]}},
    }
    assert "$ref" not in repr(once)
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(100):
        deep = {"type": "array", "items": deep}
    assert repr(plain_schema(deep)).count("items") < 20


def test_references_that_multiply_end():
    """Each level holds the next one thirty times: only so much of it is put in place.

    Control: written out, it would be larger than any memory.
    """
    defs: dict[str, Any] = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 30} for n in range(6)}
    found = plain_schema(
        {"$defs": {**defs, "a6": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/a0"}}}
    )
    assert repr(found).count("{") < 20_000 < 30**6


def test_parts_become_one_schema():
    """`allOf` is all of its properties and of what it requires, once each."""
    more = {"properties": {"street": {"type": "string"}}, "required": ["street", "city"]}
    assert plain_schema({"allOf": [PLACE, more], "description": "where"}) == {
        "type": "object",
        "description": "where",
        "properties": {"city": {"type": "string"}, "street": {"type": "string"}},
        "required": ["city", "street"],
    }


def test_words_that_no_reader_knows_are_left_out():
    """Conditions, vendors' words and long texts; choices stay."""
    schema = {
        "type": "string",
        "x-widget": "map",
        "if": {"const": "a"},
        "description": "a " * 1_000,
        "anyOf": [{"const": "a", "x": 1, "pattern": "^(a+)+$"}, {"minLength": 2}],
    }
    plain = plain_schema(schema)
    assert len(plain.pop("description")) == 600
    assert plain == {"type": "string", "anyOf": [{"const": "a"}, {"minLength": 2}]}


@pytest.mark.parametrize("schema", [None, [], "object", {"type": "string"}, {"properties": {"a": 7}}, {}])
def test_arguments_are_always_one_object(schema: Any):
    """Whatever a stranger calls a schema; what is required has to be there."""
    plain = plain_arguments(schema)
    assert (plain["type"], plain["additionalProperties"]) == ("object", False)
    assert set(plain.get("required", ())) <= plain["properties"].keys()
    assert "required" not in plain_arguments({"required": ["gone"]})


WORDS = st.sampled_from(["a", "b", "c"])
LEAVES = st.one_of(
    st.just({}),
    st.builds(lambda kind: {"type": kind}, st.sampled_from(["string", "integer", "boolean"])),
    st.builds(lambda low: {"type": "integer", "minimum": low}, st.integers(-3, 3)),
    st.builds(lambda name: {"$ref": f"#/$defs/{name}"}, WORDS),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda fields, needed: {"type": "object", "properties": fields, "required": needed},
            st.dictionaries(WORDS, inner, max_size=3),
            st.lists(WORDS, unique=True, max_size=2),
        ),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda choices: {"anyOf": choices}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda parts: {"allOf": parts}, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=8,
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-4, 4), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(WORDS, inner, max_size=2)),
    max_leaves=5,
)


@given(SCHEMAS, st.dictionaries(WORDS, LEAVES.filter(lambda leaf: "$ref" not in leaf), min_size=3), VALUES)
def test_the_plain_form_only_widens(schema: dict[str, Any], defined: dict[str, Any], value: Any):
    """Law: what the stranger's schema takes, the plain one takes; it holds no reference."""
    plain = plain_schema({**schema, "$defs": defined})
    assert "$ref" not in repr(plain)
    if jsonschema.Draft202012Validator({**schema, "$defs": defined}).is_valid(value):
        jsonschema.Draft202012Validator(plain).validate(value)
