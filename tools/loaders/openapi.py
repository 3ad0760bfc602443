"""Operations of a service that an OpenAPI document describes, as tools: those that the user has picked.

The document says what an operation takes; where the service is was said by the user, and requests go there
and nowhere else, through the guarded network. A document may be a file or an address; it is read when the
source is looked at, and the operations are pinned from it.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ..context import ToolContext
from ..errors import ToolDenied, ToolFailed, ToolRetry
from ..result import ToolResult, readable
from ..spec import Effect
from .definition import Definition
from .foreign import ForeignTool, foreign_spec
from .plain_schema import plain_schema
from .sources import OpenApiDocument, Source

_METHODS = ("get", "put", "post", "delete", "patch", "head")
_READS = ("GET", "HEAD")
_PLACES = ("path", "query", "header")
_LARGEST = 5_000_000
_MOST_VALUES = 500_000
_BODY = "body"


class OpenApi:
    """Reads documents, and makes the requests."""

    def tools(self, source: Source) -> list[ForeignTool]:
        """The approved operations; nothing is contacted."""
        return [self._tool(source, one) for one in source.approved.values()]

    def _tool(self, source: Source, definition: Definition) -> ForeignTool:
        place = _document(source)
        effect = source.effects.get(definition.name) or effect_of(definition)
        secrets = tuple(place.secrets.values())
        spec = foreign_spec(source.name, definition, kind="openapi", effect=effect, secrets=secrets)

        async def carry(args: Mapping[str, Any], ctx: ToolContext) -> ToolResult:
            return await _request(place, definition, args, ctx)

        return ForeignTool(spec, carry)

    async def definitions(self, source: Source, ctx: ToolContext) -> dict[str, Definition]:
        """All operations of the document; raises ToolFailed when it cannot be read."""
        place = _document(source)
        if place.document.startswith(("http://", "https://")):
            answer = await ctx.net(allow=(place.server,)).get(place.document)
            if answer.status != 200:
                raise ToolFailed(f"{place.document} answered with status {answer.status}.")
            text = answer.text
        else:
            text = await asyncio.to_thread(_file, Path(place.document))
        return await asyncio.to_thread(operations, text)

    async def forget(self, name: str) -> None:
        """Nothing is kept."""

    async def close(self) -> None:
        """Nothing is kept."""


def effect_of(definition: Definition) -> Effect:
    """What the method of a request says: fetching is fetching, and all else counts as sending."""
    return Effect.NETWORK if definition.how.get("method") in _READS else Effect.SEND


def operations(text: str) -> dict[str, Definition]:
    """The operations of a document in JSON or YAML, by their ids; raises ToolFailed for anything else."""
    document = _parsed(text)
    version = str(document.get("openapi", ""))
    if not version.startswith("3.") or not isinstance(document.get("paths"), Mapping):
        raise ToolFailed("This is no OpenAPI 3 document: it says neither its version nor any paths.")
    found: dict[str, Definition] = {}
    for path, item in document["paths"].items():
        if not isinstance(item, Mapping) or not str(path).startswith("/"):
            continue
        for method in _METHODS:
            if isinstance(operation := item.get(method), Mapping):
                one = _operation(document, str(path), method, item, operation)
                found.setdefault(one.name, one)
    return found


def _operation(
    document: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any], operation: Mapping[str, Any]
) -> Definition:
    parts: dict[str, str] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for given in (*_list(item.get("parameters")), *_list(operation.get("parameters"))):
        parameter = _resolved(document, given)
        name, place = str(parameter.get("name", "")), parameter.get("in")
        if place not in _PLACES or not name:
            continue
        parts[name] = str(place)
        schema = _plain(document, parameter.get("schema"))
        if text := parameter.get("description"):
            schema["description"] = str(text)
        properties[name] = schema
        if parameter.get("required") or place == "path":
            required.append(name)
    body = _resolved(document, operation.get("requestBody"))
    if (schema := _json_schema(body)) is not None:
        properties[_BODY] = _plain(document, schema)
        if body.get("required"):
            required.append(_BODY)
    described = str(operation.get("summary") or operation.get("description") or f"{method.upper()} {path}")
    return Definition(
        name=str(operation.get("operationId") or f"{method}_{path}"),
        description=described,
        parameters={"type": "object", "properties": properties, "required": list(dict.fromkeys(required))},
        returns=_answer(document, operation),
        how={"method": method.upper(), "path": path, "parameters": parts},
    )


def _answer(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of what a call that worked gives, where it is an object."""
    answers = operation.get("responses")
    for status, answer in answers.items() if isinstance(answers, Mapping) else ():
        if str(status).startswith("2"):
            schema = _plain(document, _json_schema(_resolved(document, answer)))
            return schema if schema.get("type") in ("object", "array") else {}
    return {}


def _json_schema(content: Mapping[str, Any]) -> Any:
    kinds = content.get("content")
    for kind, media in kinds.items() if isinstance(kinds, Mapping) else ():
        if str(kind).split(";")[0].endswith("json") and isinstance(media, Mapping):
            return media.get("schema") or {}
    return None


def _plain(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """A schema with the document's components in place; they are looked for where references point."""
    if not isinstance(schema, Mapping):
        return {}
    return plain_schema({**schema, "components": document.get("components", {})})


def _resolved(document: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    """What a reference to a parameter, body or answer leads to, one step; others as they are."""
    if not isinstance(node, Mapping):
        return {}
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


async def _request(
    place: OpenApiDocument, definition: Definition, args: Mapping[str, Any], ctx: ToolContext
) -> ToolResult:
    how, path, query, headers = definition.how, definition.how["path"], {}, {}
    for name, kind in how["parameters"].items():
        if name not in args or args[name] is None:
            continue
        match kind:
            case "path":
                path = path.replace(f"{{{name}}}", _segment(name, _text(args[name])))
            case "query":
                query[name] = args[name]
            case _:
                headers[name] = _text(args[name])
    headers |= {field: ctx.secret(secret).reveal() for field, secret in place.secrets.items()}
    url = f"{place.server.rstrip('/')}{path}"
    if query:
        pairs = [(name, _text(one)) for name, value in query.items() for one in _several(value)]
        url = f"{url}?{urlencode(pairs)}"
    answer = await ctx.net(allow=(place.server,)).request(
        how["method"], url, headers=headers, json=args.get(_BODY)
    )
    if urlsplit(answer.url)[:2] != urlsplit(url)[:2]:
        raise ToolDenied(f"{place.server} led to {answer.url}, which you have not agreed to.")
    said = answer.text.strip()
    if answer.status >= 400:
        message = f"{place.server} refused {definition.name} with status {answer.status}: {said[:300]}"
        raise (ToolRetry if answer.status in (400, 404, 422) else ToolFailed)(message)
    if answer.content_type.endswith("json") and said:
        data = answer.json()
        if definition.returns:
            return ToolResult(data, readable(data))
        said = readable(data)
    return ToolResult({"text": said or "Done."}, said or "Done.")


def _segment(name: str, value: str) -> str:
    """A value as one part of a path; raises ToolRetry for one that would lead to another operation."""
    if value in ("", ".", ".."):
        raise ToolRetry(f"{value!r} cannot be the {name} of an address.", "Give its name or number.")
    return quote(value, safe="")


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parsed(text: str) -> Mapping[str, Any]:
    import yaml

    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ToolFailed(f"The document can be read neither as JSON nor as YAML: {error}.") from error
    if not _is_small(found):
        raise ToolFailed("The document is too large, or repeats parts of itself by `*` too often.")
    if not isinstance(found, Mapping):
        raise ToolFailed("The document holds no OpenAPI description.")
    return found


def _is_small(document: Any) -> bool:
    """Whether it is no larger written out, with everything that stands in it under a name put in place."""
    left, waiting = _MOST_VALUES, [document]
    while waiting:
        left -= 1
        if left < 0:
            return False
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return True


def _file(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise ToolFailed(f"{path} is larger than {_LARGEST // 1_000_000} MB and is not read.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ToolFailed(f"{path} cannot be read: {error}.") from error


def _document(source: Source) -> OpenApiDocument:
    if not isinstance(source.place, OpenApiDocument):
        raise ToolDenied(f"{source.name} is no OpenAPI document")
    return source.place
