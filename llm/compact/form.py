"""The bundled checkpoint's own form of prompts and calls: what a chat template is for other checkpoints.

Markers are single control tokens; everything between two markers is plain text, so a value needs no quoting
and text from people can never be read as structure. Training and the running program render through this one
module and therefore cannot drift apart. It does not know which tools exist, nor what a plan means.

A request, its route and two calls look like this (one line in reality)::

    <|bos|><|user|>convert 5 miles to km and save it to d.txt<|plan|>
    <|call|>convert_units<|arg|>value<|val|>5<|arg|>from_unit<|val|>miles<|arg|>to_unit<|val|>km
    <|call|>write_file<|arg|>path<|val|>d.txt<|arg|>content<|ref|>1.text<|end|>
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigError


class Marker(StrEnum):
    """Control tokens, in the order of their ids; ``RESERVED`` more ids follow for later use."""

    PAD = "<|pad|>"
    BOS = "<|bos|>"
    END = "<|end|>"
    TOOL = "<|tool|>"
    FACT = "<|fact|>"
    USER = "<|user|>"
    RESULT = "<|result|>"
    ERROR = "<|error|>"
    ANSWER = "<|answer|>"
    SLOT = "<|slot|>"
    CALL = "<|call|>"
    ARG = "<|arg|>"
    VAL = "<|val|>"
    REF = "<|ref|>"
    ASK = "<|ask|>"
    FIELD = "<|field|>"
    CHAT = "<|chat|>"
    RECALL = "<|recall|>"
    REMEMBER = "<|remember|>"
    FORGET = "<|forget|>"
    ACT = "<|act|>"
    PLAN = "<|plan|>"
    SCHEDULE = "<|schedule|>"
    UNCLEAR = "<|unclear|>"


RESERVED = 64
ROUTES: tuple[Marker, ...] = (
    Marker.CHAT,
    Marker.RECALL,
    Marker.REMEMBER,
    Marker.FORGET,
    Marker.ACT,
    Marker.PLAN,
    Marker.SCHEDULE,
    Marker.UNCLEAR,
)
ROUTE_NAMES: Mapping[Marker, str] = {marker: marker.value[2:-2] for marker in ROUTES}
NAMED_ROUTES: Mapping[str, Marker] = {name: marker for marker, name in ROUTE_NAMES.items()}

Piece = Marker | str


def control_tokens() -> list[str]:
    """Contents of the control tokens in id order, unused ones included."""
    used = [marker.value for marker in Marker]
    return used + [f"<|reserved_{index}|>" for index in range(len(used), RESERVED)]


@dataclass(frozen=True, slots=True)
class ArgumentCard:
    """One parameter of a tool as the model sees it."""

    name: str
    kind: str
    """text, int, number, bool or choice."""
    required: bool
    choices: tuple[str, ...] = ()
    """All values of a ``choice``; of any other kind, values that need not stand in the request."""
    implied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values that a word of the request stands for: ``*.py`` where somebody wrote ``python``."""
    closed: bool = False
    """Whether text must be one of these values and may not be a span of the request."""
    shape: str = ""
    """What the words of a value look like: ``moment``, ``sum``, ``address``, or nothing in particular."""


@dataclass(frozen=True, slots=True)
class NativeTool:
    """What a checkpoint's configuration says of a tool that it was trained on, argument by argument."""

    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    implied: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    closed: Sequence[str] = ()
    shapes: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] | None = None
    """Those that it was trained to write; what the tool has learnt to take since is for others. None: all."""
    fields: Sequence[str] | None = None
    """Result fields that it was trained to refer to; None: all."""

    def knows_argument(self, name: str) -> bool:
        return self.arguments is None or name in self.arguments

    def knows_field(self, name: str) -> bool:
        return name == "text" or self.fields is None or name in self.fields


_NATIVE_TOOLS = TypeAdapter(dict[str, NativeTool])


def native_tools(metadata: Mapping[str, Any]) -> Mapping[str, NativeTool]:
    """The tools that the ``homewit`` part of a configuration names; raises ``ConfigError`` if malformed."""
    try:
        return _NATIVE_TOOLS.validate_python(metadata.get("native_tools", {}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise ConfigError(
            f"native_tools in the checkpoint's config.json cannot be read: {place}: {first['msg']}. "
            "Fetch the checkpoint again, or remove the homewit part to use its chat template."
        ) from error


@dataclass(frozen=True, slots=True)
class ToolCard:
    """A tool as the model sees it: enough to choose it, to fill it, and to refer to its result."""

    name: str
    description: str
    arguments: tuple[ArgumentCard, ...]
    fields: Mapping[str, str]
    """Result field → kind, always with ``text``."""


_KINDS = {"string": "text", "integer": "int", "number": "number", "boolean": "bool"}


def _kind_of(schema: Mapping[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return "choice"
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return _kind_of(option)
    return _KINDS.get(str(schema.get("type", "string")), "text")


def _choices_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return _choices_of(option)
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else ())
    return tuple(str(value) for value in values)


# JSON Schema's formats and the shapes of the words that people say for them.
_SHAPES = {"date": "moment", "date-time": "moment", "time": "moment", "uri": "address", "path": "file"}


def _format_of(schema: Mapping[str, Any]) -> str:
    options = (schema, *schema.get("anyOf", ()))
    return next((str(option["format"]) for option in options if "format" in option), "")


def tool_card(
    title: str,
    description: str,
    parameters: Mapping[str, Any],
    returns: Mapping[str, Any],
    native: "NativeTool | None" = None,
) -> ToolCard:
    """Reduce JSON schemas of a tool's parameters and result to what the model is shown.

    ``native`` says what a checkpoint that knows the tool by heart was trained on: its arguments and fields,
    and which values it may write though nobody typed them.
    """
    required = set(parameters.get("required", ()))
    known = native or NativeTool()
    arguments = tuple(
        ArgumentCard(
            argument,
            _kind_of(schema),
            argument in required,
            _choices_of(schema) or tuple(known.choices.get(argument, ())),
            {value: tuple(words) for value, words in known.implied.get(argument, {}).items()},
            argument in known.closed,
            known.shapes.get(argument, "") if native else _SHAPES.get(_format_of(schema), ""),
        )
        for argument, schema in parameters.get("properties", {}).items()
        if known.knows_argument(argument)
    )
    fields = {
        name: _kind_of(schema)
        for name, schema in returns.get("properties", {}).items()
        if schema.get("type") not in ("array", "object") and known.knows_field(name)
    }
    return ToolCard(title, description.strip().split("\n")[0], arguments, {"text": "text", **fields})


def render_tool(card: ToolCard) -> Iterator[Piece]:
    """``<|tool|>name<|val|>description<|arg|>city text<|arg|>days int?<|field|>temperature``"""
    yield Marker.TOOL
    yield card.name
    yield Marker.VAL
    yield card.description[:120]
    for argument in card.arguments:
        kind = "|".join(argument.choices[:6]) if argument.kind == "choice" else argument.kind
        yield Marker.ARG
        yield f"{argument.name} {kind}{'' if argument.required else '?'}"
    for name in [name for name in card.fields if name != "text"][:3]:
        yield Marker.FIELD
        yield name


def render_fact(number: int, subject: str, key: str, value: str) -> Iterator[Piece]:
    yield Marker.FACT
    yield f"{number} {subject}"
    yield Marker.ARG
    yield key
    yield Marker.VAL
    yield value[:60]


def render_request(text: str, tools: Iterable[ToolCard] = ()) -> list[Piece]:
    """What precedes the route: tools the model does not know by heart, then the request."""
    pieces: list[Piece] = [Marker.BOS]
    for card in tools:
        pieces += render_tool(card)
    pieces += [Marker.USER, text]
    return pieces


@dataclass(frozen=True, slots=True)
class ResultCard:
    """A finished call as the answer prompt shows it."""

    tool: str
    args: Mapping[str, Any]
    fields: Mapping[str, Any]
    error: str | None = None
    in_own_words: bool = False
    """Whether an answer repeats its text, and words nothing: the checkpoint does not know what it reports."""

    @property
    def shown(self) -> Mapping[str, Any]:
        """The fields that an answer may name: single values, and those that are there."""
        return {
            name: value
            for name, value in self.fields.items()
            if value is not None and not isinstance(value, list | dict)
        }


def render_answer(
    text: str, results: Sequence[ResultCard] = (), facts: Sequence[tuple[str, str, str]] = ()
) -> list[Piece]:
    """What precedes an answer. Values are cut short: the answer names them by slot and never copies them."""
    pieces: list[Piece] = [Marker.BOS]
    for number, fact in enumerate(facts, start=1):
        pieces += render_fact(number, *fact)
    pieces += [Marker.USER, text]
    for result in results:
        pieces += [Marker.RESULT, result.tool]
        if result.error is not None:
            pieces += [Marker.ERROR, result.error[:60]]
            continue
        for name in result.args:
            pieces += [Marker.ARG, name]
        for name, value in result.shown.items():
            pieces += [Marker.FIELD, name, Marker.VAL, str(value)[:24].replace("\n", " ")]
    pieces.append(Marker.ANSWER)
    return pieces


class TextEncoder(Protocol):
    """The part of a tokenizer that encoding pieces needs."""

    def encode(self, text: str) -> list[int]: ...

    def token_id(self, content: str) -> int: ...


def encode(pieces: Iterable[Piece], tokenizer: TextEncoder) -> list[int]:
    """Token ids of a rendered prompt; only a ``Marker`` becomes a control token."""
    ids: list[int] = []
    for piece in pieces:
        if isinstance(piece, Marker):
            ids.append(tokenizer.token_id(piece.value))
        else:
            ids += tokenizer.encode(piece)
    return ids


@dataclass(frozen=True, slots=True)
class Reference:
    """``step`` counts from 1; ``field`` is a field of that step's result."""

    step: int
    field: str


class _Asked:
    """The value that stands for a question to the user."""

    def __repr__(self) -> str:
        return "ASK"


ASK = _Asked()
Value = str | Reference | _Asked


@dataclass(frozen=True, slots=True)
class Call:
    tool: str
    args: Mapping[str, Value]


def render_calls(calls: Iterable[Call]) -> Iterator[Piece]:
    for call in calls:
        yield Marker.CALL
        yield call.tool
        yield from render_arguments(call.args)


def render_arguments(args: Mapping[str, Value]) -> Iterator[Piece]:
    for name, value in args.items():
        yield Marker.ARG
        yield name
        if isinstance(value, Reference):
            yield Marker.REF
            yield f"{value.step}.{value.field}"
        elif isinstance(value, _Asked):
            yield Marker.ASK
        else:
            yield Marker.VAL
            yield value


def parse_calls(pieces: Sequence[Piece]) -> list[Call]:
    """Inverse of ``render_calls``; arguments before the first call belong to a call without a name."""
    calls: list[tuple[str, dict[str, Value]]] = []
    marker: Marker | None = None
    argument = ""
    for piece in pieces:
        if isinstance(piece, Marker):
            marker = piece
            if piece is Marker.CALL:
                calls.append(("", {}))
            elif piece is Marker.ASK and calls:
                calls[-1][1][argument] = ASK
            elif piece is Marker.ARG and not calls:
                calls.append(("", {}))
            continue
        if marker is Marker.CALL:
            calls[-1] = (piece, calls[-1][1])
        elif marker is Marker.ARG:
            argument = piece
        elif marker is Marker.VAL:
            calls[-1][1][argument] = piece.strip()
        elif marker is Marker.REF:
            step, _, name = piece.partition(".")
            calls[-1][1][argument] = Reference(int(step), name)
    return [Call(tool, args) for tool, args in calls]
