"""Reads a YAML text into plain data, and remembers where everything stands.

Only what JSON can say: no tags, anchors and aliases, no objects, no keys but text; sizes are bounded before
anything is built. Words such as ``on``, ``yes`` and ``007`` stay text (the core schema of YAML 1.2). Knows
nothing of workflows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ClassVar

import yaml
from yaml.events import AliasEvent, NodeEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .problems import Path, Place, Problem

MOST_CHARACTERS = 256 * 1024
DEEPEST = 24
_TAG = "tag:yaml.org,2002:"
CORE_SCHEMA = {
    f"{_TAG}null": r"^(?:~|null|Null|NULL|)$",
    f"{_TAG}bool": r"^(?:true|True|TRUE|false|False|FALSE)$",
    f"{_TAG}int": r"^[-+]?(?:0|[1-9][0-9]*)$",
    f"{_TAG}float": r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
}
"""How a word without quotes is told to be no text, by the tag of what it is."""


@dataclass(slots=True)
class Document:
    """The data of a file; ``places`` has where each value begins, ``keys`` where its name stands."""

    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, key: bool = False) -> Place:
        """Where that is in the file: the value, or its name; what is missing is at what lacks it."""
        found = self.keys if key else self.places
        while path and path not in found:
            path, found = path[:-1], self.places
        return found.get(path, Place(1, 1))


class _Loader(yaml.BaseLoader):
    """Composes nodes of the core schema; BaseLoader itself knows no types at all."""

    yaml_implicit_resolvers: ClassVar[dict[Any, Any]] = {}
    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            raise _refused("anchors and aliases (& and *) are not allowed here", event)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _refused(f"the tag {tag!r} is not allowed here", event)
        if self._depth > DEEPEST:
            raise _refused(f"this is nested more than {DEEPEST} deep", event)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


for _tag, _pattern in CORE_SCHEMA.items():
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), None)


def read_yaml(text: str) -> tuple[Document, list[Problem]]:
    """The document and what is wrong with its text; the data is None where it cannot be read at all."""
    if len(text) > MOST_CHARACTERS:
        return Document(), [Problem(Place(1, 1), f"the file is longer than {MOST_CHARACTERS // 1024} KB")]
    document, problems = Document(), []
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        return Document(), [_problem(error)]
    if node is not None:
        document.data = _plain(node, (), document, problems)
    return document, problems


def _plain(node: Node, path: Path, document: Document, problems: list[Problem]) -> Any:
    document.places[path] = _place(node)
    if isinstance(node, MappingNode):
        return dict(_members(node, path, document, problems))
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, number), document, problems) for number, item in enumerate(node.value)]
    return _scalar(node)


def _members(
    node: MappingNode, path: Path, document: Document, problems: list[Problem]
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, ScalarNode) or key.tag != _TAG + "str":
            shown = key.value if isinstance(key, ScalarNode) else "this"
            problems.append(Problem(_place(key), f"a key has to be text; put {shown} in quotes"))
            continue
        inner = (*path, key.value)
        if key.value in seen:
            problems.append(Problem(_place(key), f"{key.value!r} stands here twice"))
            continue
        seen.add(key.value)
        document.keys[inner] = _place(key)
        yield key.value, _plain(value, inner, document, problems)


def _scalar(node: Node) -> Any:
    text = str(node.value)
    match node.tag.removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" if len(text) <= 18:
            return int(text)
        case "int" | "float" if isfinite(number := float(text)):
            return number
    return text


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _refused(message: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)


def _problem(error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        hint = "; inside of [ ] and { }, put ${…} in quotes" if "flow" in (error.context or "") else ""
        return Problem(Place(mark.line + 1, mark.column + 1), f"this cannot be read: {message}{hint}")
    if isinstance(error, yaml.reader.ReaderError):
        return Problem(Place(1, 1), f"this is not text: {error.reason}")
    return Problem(Place(1, 1), f"this cannot be read: {error}")
