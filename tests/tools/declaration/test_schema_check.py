"""The schema of somebody else's tool, held against arguments in the host: it fetches and hangs nothing."""

from typing import Any

import jsonschema
import pytest

from homewit.tools.declaration.schema_check import check_arguments, schema_validator
from homewit.tools.errors import InvalidArguments

from ..loopback import page, serve

NEVER_DONE = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}


def check(schema: dict[str, Any], **args: Any) -> dict[str, Any]:
    return check_arguments("evil", schema_validator(schema), args)


async def test_a_reference_is_not_fetched():
    """A definition that names an address on this machine, as a plugin without a network could give.

    Control: the library fetches it when it is left to itself.
    """
    async with serve({"/": page(b'{"type": "integer"}', "application/json")}) as server:
        schema = {"properties": {"a": {"$ref": server.url}, "b": {"$dynamicRef": server.url}}}
        for args in ({"a": "x"}, {"b": "x"}):
            with pytest.raises(InvalidArguments, match="does not say in order"):
                check(schema, **args)
        assert server.connections == 0
        import asyncio

        left = jsonschema.Draft202012Validator(schema)
        with pytest.warns(DeprecationWarning, match="remote references"):
            assert await asyncio.to_thread(lambda: [one.message for one in left.iter_errors({"a": "x"})])
        assert server.connections == 1


def test_a_regular_expression_is_not_tried():
    """One that takes twice as long for each letter more; the tool itself checks it. Control: it is there."""
    assert check(NEVER_DONE, a="a" * 60 + "!") == {"a": "a" * 60 + "!"}
    assert list(jsonschema.Draft202012Validator(NEVER_DONE).iter_errors({"a": "aaa!"}))
    with pytest.raises(InvalidArguments, match="is not of type 'string'"):
        check(NEVER_DONE, a=1)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#", "properties": {"a": {}}},
        {"properties": {"a": {"type": "fish"}}},
        {"properties": {"a": {"minLength": "long"}}},
        {"properties": {"a": {"enum": 5}}},
        {"properties": ["a"]},
        {"required": 5},
        {"properties": {"a": {"$ref": 5}}},
    ],
)
def test_a_schema_without_sense_is_the_tool_s_mistake(schema: dict[str, Any]):
    """And nothing that stops the program."""
    with pytest.raises(InvalidArguments, match="does not say in order"):
        check(schema, a="text")
