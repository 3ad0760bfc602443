"""How records of a kind are kept on a server: what a calendar and an address book have in common, as data.

A shelf is what both ends call by different names. Knows nothing of servers and tools.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

CollectionKind = Literal["calendar", "contacts"]
HOME = "home"
"""The collection of what was added here and belongs to no server."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of record and its counterpart on a server.

    Attributes:
        kind: of the collections that hold it.
        record: kind of the records.
        home: property of a principal that says where its collections are.
        resource: the element that marks a collection as one of these.
        report: asks for the content of several at once.
        data: property that holds the content.
        well_known: where discovery begins on a server that was named without a path.
        content_type: of what is stored.
        ending: of its name on the server.
        fields: what is stored of a content beside it, as fields of a record; raises ToolFailed.
        title: the field that names a record.
        said: a content in a line, for whoever is to agree that it is sent.
        nouns: singular and plural of what it holds.
        noun: what all of it is called, and ``place`` a collection of it.
    """

    kind: CollectionKind
    record: Literal["event", "contact"]
    home: str
    resource: str
    report: str
    data: str
    well_known: str
    content_type: str
    ending: str
    fields: Callable[[str], Mapping[str, Any]]
    title: str
    said: Callable[[str], str]
    nouns: tuple[str, str]
    noun: str
    place: str


def calendars(fields: Callable[[str], Mapping[str, Any]], said: Callable[[str], str]) -> Shelf:
    return Shelf(
        kind="calendar", record="event", home="c:calendar-home-set", resource="c:calendar",
        report="c:calendar-multiget", data="c:calendar-data", well_known="/.well-known/caldav",
        content_type="text/calendar; charset=utf-8", ending=".ics", fields=fields, title="summary", said=said,
        nouns=("entry", "entries"), noun="calendar", place="calendar",
    )  # fmt: skip


def address_books(fields: Callable[[str], Mapping[str, Any]], said: Callable[[str], str]) -> Shelf:
    return Shelf(
        kind="contacts", record="contact", home="card:addressbook-home-set", resource="card:addressbook",
        report="card:addressbook-multiget", data="card:address-data", well_known="/.well-known/carddav",
        content_type="text/vcard; charset=utf-8", ending=".vcf", fields=fields, title="name", said=said,
        nouns=("contact", "contacts"), noun="address book", place="address book",
    )  # fmt: skip
