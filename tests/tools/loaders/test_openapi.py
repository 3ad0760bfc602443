"""Operations of an OpenAPI document: what becomes of the document, and the requests that are made."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from homewit.tools import Effect, InvalidArguments, Registry, ToolFailed, ToolRetry
from homewit.tools.loaders.added import AddedTools
from homewit.tools.loaders.kinds import all_loaders
from homewit.tools.loaders.openapi import operations
from homewit.tools.loaders.sources import OpenApiDocument, Source
from homewit.tools.testing import fake_context

from ..loopback import page, serve

DOCUMENT = """
openapi: 3.1.0
paths:
  /beds/{bed}:
    parameters:
      - $ref: "#/components/parameters/Bed"
    get:
      operationId: getBed
      summary: Tell what grows in a bed.
      parameters:
        - {name: kind, in: query, schema: {type: array, items: {type: string}}}
      responses:
        "200":
          content: {application/json: {schema: {$ref: "#/components/schemas/Bed"}}}
    post:
      operationId: plant
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Plant"}}}
components:
  parameters:
    Bed: {name: bed, in: path, required: true, description: its name, schema: {type: string}}
  schemas:
    Bed: {type: object, properties: {plants: {type: integer}}}
    Plant: {type: object, properties: {name: {type: string}}, required: [name]}
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "garden.yaml"
    path.write_text(DOCUMENT)
    return path


async def added(folder: Path, document: Path, server: str, *only: str) -> tuple[Registry, Any]:
    """A registry with the operations, approved."""
    registry, ctx = Registry(), fake_context(folder)
    tools = AddedTools(folder, registry, all_loaders)
    place = OpenApiDocument(document=str(document), server=server)
    source = Source(name="garden", place=place)
    seen = await tools.see(source, ctx, only)
    await tools.approve("garden", seen.digest)
    return registry, fake_context(folder, net=None)


async def test_operations_become_tools(tmp_path, document):
    """Parameters of all places are arguments; fetching is network, all else sending."""
    registry, _ = await added(tmp_path, document, "https://garden.example.org")
    get, post = (registry.get(name).spec for name in ("garden_get_bed", "garden_plant"))
    assert (get.effect, post.effect) == (Effect.NETWORK, Effect.SEND)
    assert get.parameters["properties"]["bed"] == {"type": "string", "description": "its name"}
    assert get.parameters["required"] == ["bed"]
    assert get.returns["properties"] == {"plants": {"type": "integer"}}
    assert post.parameters["properties"]["body"]["required"] == ["name"]
    assert (post.parameters["required"], post.untrusted_output) == (["bed", "body"], True)


async def test_only_the_operations_that_were_picked(tmp_path, document):
    """The others are not there."""
    registry, _ = await added(tmp_path, document, "https://garden.example.org", "getBed")
    assert registry.names() == ["garden_get_bed"]


async def test_requests_go_to_the_named_server(tmp_path, document):
    """Values are escaped, so that none of them can choose another path; lists are repeated."""
    bed = json.dumps({"plants": 3}).encode()
    answers = {"/v1/beds/a%2F..%2Fb": page(bed, "Content-Type: application/json")}
    async with serve(answers) as seen:
        registry, ctx = await added(tmp_path, document, f"{seen.url}/v1")
        result = await registry.get("garden_get_bed").call({"bed": "a/../b", "kind": ["x", "y&z"]}, ctx)
    assert result.data == {"plants": 3}
    assert seen.requests[0].splitlines()[0] == b"GET /v1/beds/a%2F..%2Fb?kind=x&kind=y%26z HTTP/1.1"


async def test_what_is_refused_is_told(tmp_path, document):
    """A wrong value may be written differently; a server in trouble is no matter of values."""
    answers = {
        "/beds/a": page(b"no such bed", status="404 Not Found"),
        "/beds/b": page(b"", status="503 Gone Home"),
    }
    async with serve(answers) as seen:
        registry, ctx = await added(tmp_path, document, seen.url)
        tool = registry.get("garden_get_bed")
        with pytest.raises(ToolRetry, match="status 404: no such bed"):
            await tool.call({"bed": "a"}, ctx)
        with pytest.raises(ToolFailed, match="status 503"):
            await tool.call({"bed": "b"}, ctx)
        with pytest.raises(InvalidArguments, match="'bed' is a required property"):
            await tool.call({}, ctx)


@pytest.mark.parametrize("text", ["", "[1]", "a: [", "openapi: 2.0\npaths: {}", "openapi: 3.0.0"])
def test_what_is_no_document_is_told(text: str):
    """Neither a trace nor an empty list comes of it."""
    with pytest.raises(ToolFailed):
        operations(text)


async def test_no_value_leads_to_another_operation(tmp_path, document):
    """A part of a path that means the folder, or the one above, is refused; a name with dots is none.

    Control: escaping alone leaves it as it is.
    """
    async with serve({"/beds/..x": page(b"{}", "Content-Type: application/json")}) as seen:
        registry, ctx = await added(tmp_path, document, seen.url)
        for value in ("..", ".", ""):
            assert quote(value, safe="") == value
            with pytest.raises(ToolRetry, match="cannot be the bed of an address"):
                await registry.get("garden_get_bed").call({"bed": value}, ctx)
        assert seen.connections == 0
        await registry.get("garden_get_bed").call({"bed": "..x"}, ctx)
        assert seen.connections == 1


def test_a_document_that_repeats_itself_is_not_written_out():
    """A few lines of YAML that would be 43 million values; what repeats itself a little is read."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 8)]
    lists = """openapi: 3.1.0
{}
paths: {{/x: {{get: {{operationId: x, parameters: [{{name: q, in: query, schema: {}}}]}}}}}}
"""
    with pytest.raises(ToolFailed, match="repeats parts of itself"):
        operations(lists.format("\n".join(lines), "{enum: *a7}"))
    found = operations(lists.format(lines[0], "{enum: *a0}"))
    assert found["x"].parameters["properties"]["q"] == {"enum": ["x"] * 9}
    with pytest.raises(ToolFailed, match="repeats parts of itself"):
        operations("openapi: 3.1.0\na: &a [*a]\npaths: {}")
