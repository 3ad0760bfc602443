"""Hands in what was added, changed and removed here, each in place of the version that it was made from.

Where the server has another version by now, nothing is overwritten on either side: it is told, and the user
says whose version is kept.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..context import ToolContext
from ..errors import ToolError
from ..records import Collection
from .accounts import Account
from .fetching import place_of, shelved
from .server import Changed, Server
from .shelves import HOME, Shelf

Keep = Literal["mine", "theirs"]
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,120}")


@dataclass(slots=True)
class Sent:
    """What was handed in, by name; conflicts are those that were changed on both sides, and left alone."""

    done: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def waiting(ctx: ToolContext, shelf: Shelf, of: Sequence[Account]) -> list[tuple[Collection, Any]]:
    """What has not been handed in yet, with where it goes."""
    names = {account.name for account in of}
    places = {row.id: row for row in shelved(ctx.records, shelf) if row.account in names}
    return [
        (places[one.collection], one)
        for one in ctx.records.rows(shelf.record)
        if one.collection in places and one.state != "kept"
    ]


def target(ctx: ToolContext, shelf: Shelf, of: Sequence[Account], name: str | None) -> str:
    """The id of the collection for a new record: the one named, that of the settings, or the first.

    `HOME` when there is no server, or none of its collections can be written to; "" for a name that is none.
    """
    wanted = (name or "").strip().casefold()
    if wanted == HOME:
        return HOME
    there = [row for row in shelved(ctx.records, shelf) if row.writable]
    if wanted:
        return next((row.id for row in there if row.name.casefold() == wanted), "")
    for account in of:
        usual = (account.calendar if shelf.kind == "calendar" else account.address_book).casefold()
        own = [row for row in there if row.account == account.name]
        preferred = [row for row in own if row.name.casefold() == usual] if usual else own
        if preferred:
            return preferred[0].id
    return HOME


def send(ctx: ToolContext, shelf: Shelf, account: Account, keep: Keep | None, sent: Sent) -> None:
    """Hand in what waits for one account; what fails stays as it is and is told."""
    server = Server(account, ctx)
    for place, one in waiting(ctx, shelf, [account]):
        title = getattr(one, shelf.title)
        try:
            _hand_in(server, shelf, place, one, keep)
        except Changed:
            sent.conflicts.append(title)
        except ToolError as error:
            sent.problems.append(f"{title}: {error}")
            if not sent.done and len(sent.problems) > 2:
                break  # the server takes nothing; the others would wait for the same
        else:
            sent.done.append(title)


def _hand_in(server: Server, shelf: Shelf, place: Collection, one: Any, keep: Keep | None) -> None:
    url = server.at(place.url, one.href or _name_of(one.uid) + shelf.ending)
    try:
        if one.state == "removed":
            server.delete(url, one.etag)
            server.ctx.records.remove(shelf.record, one.id)
        else:
            etag = None if one.state == "new" else one.etag
            _stored(server, shelf, one, url, server.put(url, one.content, shelf.content_type, etag))
    except Changed:
        theirs = server.get(url)
        if (
            theirs is not None
            and one.state != "removed"
            and shelf.said(theirs.text) == shelf.said(one.content)
        ):
            _stored(
                server, shelf, one, url, theirs.headers.get("etag")
            )  # the answer to an earlier try was lost
        elif keep is None:
            raise
        elif keep == "theirs":
            _take_theirs(server, shelf, one, url, theirs)
        else:
            _put_mine(server, shelf, one, url, theirs)


def _put_mine(server: Server, shelf: Shelf, one: Any, url: str, theirs: Any) -> None:
    etag = None if theirs is None else theirs.headers.get("etag")
    if one.state == "removed":
        server.delete(url, etag)
        server.ctx.records.remove(shelf.record, one.id)
    else:
        _stored(server, shelf, one, url, server.put(url, one.content, shelf.content_type, etag))


def _take_theirs(server: Server, shelf: Shelf, one: Any, url: str, theirs: Any) -> None:
    records = server.ctx.records.by_strangers()
    if theirs is None:
        records.remove(shelf.record, one.id)
        return
    fields = {**shelf.fields(theirs.text), "href": place_of(url), "etag": theirs.headers.get("etag")}
    records.change(shelf.record, one.id, **fields, state="kept")


def _stored(server: Server, shelf: Shelf, one: Any, url: str, etag: str | None) -> None:
    """The server has it now. Without a tag it is fetched again: servers may add to what they are given."""
    server.ctx.records.change(shelf.record, one.id, state="kept", href=place_of(url), etag=etag)


def _name_of(uid: str) -> str:
    """A name on the server that follows from the record: a second try finds what a first one stored."""
    return uid if _PLAIN.fullmatch(uid) else hashlib.sha256(uid.encode()).hexdigest()[:40]
