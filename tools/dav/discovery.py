"""Finds the calendars or address books of an account (RFC 6764): who the user is to the server, where what is
theirs lies, and what is there.

An address with a path may be any of these places. Service records in DNS are not asked for.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..errors import ToolFailed
from ..text.wording import printable_line
from .messages import Item, properties, read_answer
from .server import Server
from .shelves import Shelf

_XML = {"Content-Type": "application/xml; charset=utf-8", "Depth": "0"}
_LISTED = (
    "d:resourcetype", "d:displayname", "d:sync-token", "cs:getctag", "d:current-user-privilege-set",
    "c:supported-calendar-component-set", "d:supported-report-set",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A collection as its server describes it; ``token`` and ``tag`` change whenever something in it does."""

    url: str
    name: str
    writable: bool
    token: str
    tag: str
    tells_changes: bool


def home_of(server: Server, shelf: Shelf) -> str:
    """Where the account keeps its collections of a kind, "" when it has none; raises ToolFailed."""
    url = server.account.url
    bare = urlsplit(url).path in ("", "/")
    places = [server.at(url, shelf.well_known), url] if bare else [url, server.at(url, shelf.well_known)]
    for place in places:
        principal = _principal(server, place, shelf)
        if principal is None:
            continue
        items = server.find(principal, (shelf.home,)).items
        home = next((href for item in items if (href := item.href_in(shelf.home))), "")
        return server.at(principal, home) if home else ""
    raise ToolFailed(
        f"{server.host} does not seem to be a server of calendars and contacts at {url}. Write its address "
        "as the provider gives it, with the path."
    )


def collections_in(server: Server, home: str, shelf: Shelf) -> list[Found]:
    """The collections of a kind in a home, those that are made for other things left out."""
    listed = server.find(home, _LISTED, depth=1)
    return [_found(server, home, item) for item in listed.items if _is_one(item, shelf)]


def _principal(server: Server, place: str, shelf: Shelf) -> str | None:
    """The address of the user on the server, asked for at a place; None where it is not told."""
    told = server.ask("PROPFIND", place, properties(("d:current-user-principal", shelf.home)), _XML)
    if told.status == 401:
        server.expect(told, 207)
    if told.status != 207:
        return None
    for item in read_answer(told.body, server.host).items:
        if item.href_in(shelf.home):
            return told.url  # the address is that of the user already
        if href := item.href_in("d:current-user-principal"):
            return server.at(told.url, href)
    return None


def _is_one(item: Item, shelf: Shelf) -> bool:
    if shelf.resource not in item.names_in("d:resourcetype"):
        return False
    made_for = item.attributes_in("c:supported-calendar-component-set", "name")
    return not made_for or "VEVENT" in made_for


def _found(server: Server, home: str, item: Item) -> Found:
    url = server.at(home, item.href)
    allowed = item.names_in("d:current-user-privilege-set")
    name = item.text("d:displayname") or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    return Found(
        url=url if url.endswith("/") else f"{url}/",
        name=printable_line(name, 100),
        writable=not allowed or bool(allowed & {"d:write", "d:write-content", "d:bind", "d:all"}),
        token=item.text("d:sync-token"),
        tag=item.text("cs:getctag"),
        tells_changes="d:sync-collection" in item.names_in("d:supported-report-set"),
    )
