"""What is said to a WebDAV server and what it answers: XML, written and read (RFC 4918, 4791, 6352, 6578).

Answers come from outside: no entities, no document types, nothing loaded, bounded depth and size. Pure; knows
nothing of connections.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ToolFailed

DAV = "DAV:"
CALDAV = "urn:ietf:params:xml:ns:caldav"
CARDDAV = "urn:ietf:params:xml:ns:carddav"
SERVER = "http://calendarserver.org/ns/"
_NAMESPACES = {"d": DAV, "c": CALDAV, "card": CARDDAV, "cs": SERVER}


@dataclass(frozen=True, slots=True)
class Item:
    """What an answer says of one address; ``found`` holds the elements of the properties that are there."""

    href: str
    status: int
    found: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The text of a property, "" when it has none."""
        element = self.found.get(name)
        return "" if element is None else "".join(element.itertext()).strip()

    def href_in(self, name: str) -> str:
        """The address inside of a property, "" when there is none."""
        element = self.found.get(name)
        inner = None if element is None else element.find(_tag("d:href"))
        return (inner.text or "").strip() if inner is not None else ""

    def names_in(self, name: str) -> set[str]:
        """The elements inside of a property, at any depth, as "prefix:name"."""
        element = self.found.get(name)
        return set() if element is None else {_short(one.tag) for one in element.iter() if one is not element}

    def attributes_in(self, name: str, attribute: str) -> list[str]:
        """What the elements inside of a property say under one attribute."""
        element = self.found.get(name)
        said = [] if element is None else [one.get(attribute) for one in element]
        return [text for text in said if text]


@dataclass(frozen=True, slots=True)
class Answer:
    """A multi-status: what was found, and the token from which on later changes can be asked for."""

    items: list[Item]
    token: str = ""


def properties(names: Iterable[str]) -> bytes:
    """Asks for properties such as "d:getetag"."""
    root = _element("d:propfind")
    _ask(root, names)
    return _written(root)


def changes_since(token: str) -> bytes:
    """Asks what changed since a token; all there is for an empty one."""
    root = _element("d:sync-collection")
    _add(root, "d:sync-token").text = token
    _add(root, "d:sync-level").text = "1"
    _ask(root, ("d:getetag",))
    return _written(root)


def these(report: str, data: str, hrefs: Iterable[str]) -> bytes:
    """Asks for the content of some addresses at once."""
    root = _element(report)
    _ask(root, ("d:getetag", data))
    for href in hrefs:
        _add(root, "d:href").text = href
    return _written(root)


def read_answer(body: bytes, host: str) -> Answer:
    """A multi-status as the server sent it; raises ToolFailed for anything else."""
    root = _parsed(body, host)
    if root.tag != _tag("d:multistatus"):
        raise ToolFailed(f"{host} answered with something else than a list of what it holds.")
    token = root.find(_tag("d:sync-token"))
    return Answer(list(_items(root)), (token.text or "").strip() if token is not None else "")


def _items(root: Any) -> Iterator[Item]:
    for response in root.findall(_tag("d:response")):
        href = response.find(_tag("d:href"))
        if href is None or not (href.text or "").strip():
            continue
        found: dict[str, Any] = {}
        for group in response.findall(_tag("d:propstat")):
            if _status(group, 200) == 200:
                for prop in group.findall(_tag("d:prop")):
                    found |= {_short(one.tag): one for one in prop if isinstance(one.tag, str)}
        yield Item(href.text.strip(), _status(response, 200), found)


def _status(element: Any, missing: int) -> int:
    told = element.find(_tag("d:status"))
    words = (told.text or "").split() if told is not None else []
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else missing


def _parsed(body: bytes, host: str) -> Any:
    from lxml import etree  # type: ignore[attr-defined]  # a compiled module without types

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ToolFailed(f"{host} answered with XML that cannot be read: {str(error)[:200]}") from error
    if root.getroottree().docinfo.doctype:
        raise ToolFailed(f"{host} answered with XML that declares a document type, which is not read.")
    return root


def _ask(root: Any, names: Iterable[str]) -> None:
    asked = _add(root, "d:prop")
    for name in names:
        _add(asked, name)


def _element(name: str) -> Any:
    from lxml import etree  # type: ignore[attr-defined]  # a compiled module without types

    return etree.Element(_tag(name), nsmap=_NAMESPACES)


def _add(parent: Any, name: str) -> Any:
    from lxml import etree  # type: ignore[attr-defined]  # a compiled module without types

    return etree.SubElement(parent, _tag(name))


def _written(root: Any) -> bytes:
    from lxml import etree  # type: ignore[attr-defined]  # a compiled module without types

    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _tag(name: str) -> str:
    prefix, _, bare = name.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{bare}"


def _short(tag: Any) -> str:
    """ "{DAV:}href" as "d:href"; a namespace that is not known here stays whole."""
    namespace, _, bare = str(tag).removeprefix("{").rpartition("}")
    prefix = next((short for short, uri in _NAMESPACES.items() if uri == namespace), namespace)
    return f"{prefix}:{bare}"
