"""Brings the copy that is kept here up to date with the servers, by asking for what changed and no more.

One request tells whether anything did (a token or tag for each collection); then come the addresses that
changed, and their content in batches. What was changed here and not handed in yet is left alone. What comes
is by strangers and counts as such.
"""

import datetime as dt
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from ..context import ToolContext
from ..errors import ToolError, ToolFailed
from ..records import Collection, Records
from .accounts import Account, accounts
from .discovery import Found, collections_in, home_of
from .server import Server, TokenGone
from .shelves import HOME, Shelf

FRESH = dt.timedelta(minutes=1)
"""A copy that was looked at within this time is taken as it is."""
READING_S = 20.0
"""How long a tool that only wants to read waits for servers."""
MOST = 20_000
_BATCH = 50
_FEWEST_PAGES = 200

_turn = threading.Lock()
_homes: dict[tuple[str, str, str], str] = {}
_looked: dict[tuple[str, str, str], dt.datetime] = {}


@dataclass(slots=True)
class Look:
    """What came of looking at servers: how many entries came, changed and went, and what did not work."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    problems: list[str] = field(default_factory=list)


class _OutOfTime(Exception):
    """The time for looking is up; what was brought so far is kept."""


def refresh(
    ctx: ToolContext,
    shelf: Shelf,
    *,
    of: Sequence[Account] | None = None,
    anyway: bool = False,
    within_s: float = READING_S,
) -> Look:
    """Look at the accounts whose copy is not fresh; what does not work is told, and the copy stays as it was.

    Args:
        of: these accounts; all by default.
        anyway: also those that are fresh.
    """
    look, until = Look(), time.monotonic() + within_s
    try:
        there = accounts(ctx)
    except ToolError as error:
        look.problems.append(str(error))
        return look
    if not there and not shelved(ctx.records.by_strangers(), shelf):
        return look
    with _turn:  # two tools of one plan look at the same servers
        _forget_others(ctx.records.by_strangers(), shelf, there)
        for account in there if of is None else of:
            key = (account.url, account.user, shelf.kind)
            seen = _looked.get(key)
            if not anyway and seen is not None and dt.timedelta(0) <= ctx.now() - seen < FRESH:
                continue
            _looked[key] = ctx.now()
            try:
                _look_at(Server(account, ctx), shelf, key, look, until)
            except _OutOfTime:
                look.problems.append(
                    f"{account.shown} is not read to the end yet; the rest comes with the next look"
                )
            except ToolError as error:
                _homes.pop(key, None)
                look.problems.append(f"{account.shown} could not be looked at: {error}")
    return look


def shelved(records: Records, shelf: Shelf, account: Account | None = None) -> list[Collection]:
    """The collections that are known, of one account or all."""
    equal = {} if account is None else {"account": account.name}
    found = records.rows("collection", None, None, kind=shelf.kind, **equal)
    return sorted(found, key=lambda row: row.name.casefold())


def place_of(url: str) -> str:
    """The address of a resource on its server, in one spelling."""
    return quote(unquote(urlsplit(url).path), safe="/~!$&'()*+,;=:@-._")


def _look_at(server: Server, shelf: Shelf, key: tuple[str, str, str], look: Look, until: float) -> None:
    home = _homes.get(key) or home_of(server, shelf)
    if not home:
        return  # a server of calendars alone, or of contacts alone
    _homes[key] = home
    records, account = server.ctx.records.by_strangers(), server.account
    known = {row.url: row for row in shelved(records, shelf, account)}
    there = collections_in(server, home, shelf)
    for url, row in known.items():
        if all(found.url != url for found in there):
            _drop(records, shelf, row)
    for found in there:
        row = known.get(found.url) or records.add(
            "collection", account=account.name, kind=shelf.kind, url=found.url, name=found.name,
            writable=found.writable, token=None, tag=None, looked=None,
        )  # fmt: skip
        token = found.token
        if not _is_same(row, found):
            token = _bring(server, shelf, row, found, look, until)
        records.change(
            "collection", row.id, name=found.name, writable=found.writable, token=token or None,
            tag=found.tag or None, looked=server.ctx.now(),
        )  # fmt: skip


def _is_same(row: Collection, found: Found) -> bool:
    if row.looked is None:
        return False
    return bool(found.token and found.token == row.token) or bool(found.tag and found.tag == row.tag)


def _bring(server: Server, shelf: Shelf, row: Collection, found: Found, look: Look, until: float) -> str:
    """Take over what changed in a collection; the token of the state that it has then."""
    records = server.ctx.records.by_strangers()
    known = {one.href: one for one in records.rows(shelf.record, None, None, collection=row.id) if one.href}
    tags, gone, token = _changes(server, row, found, known)
    wanted = []
    for href, etag in tags.items():
        mine = known.get(href)
        if mine is None or (mine.state == "kept" and mine.etag != etag):
            wanted.append(href)
    for href in gone:
        mine = known.get(href)
        if mine is not None and mine.state in ("kept", "removed"):
            records.remove(shelf.record, mine.id)
            look.gone += 1
    for start in range(0, len(wanted), _BATCH):
        if time.monotonic() > until:
            raise _OutOfTime
        if start:
            server.ctx.progress(f"{row.name}: {start} of {len(wanted)}")
        _take(server, shelf, row, wanted[start : start + _BATCH], known, look)
    return token


def _changes(
    server: Server, row: Collection, found: Found, known: Iterable[str]
) -> tuple[dict[str, str], set[str], str]:
    """Tags of what may be new, addresses of what is gone, and the token of that state."""
    if row.token and found.tells_changes:
        try:
            return _told_changes(server, row.url, row.token)
        except TokenGone:
            pass
    listed = server.find(row.url, ("d:getetag", "d:resourcetype"), depth=1).items
    tags = {
        place_of(server.at(row.url, item.href)): item.text("d:getetag")
        for item in listed
        if "d:collection" not in item.names_in("d:resourcetype")
    }
    tags.pop(place_of(row.url), None)
    if len(tags) > MOST:
        raise ToolFailed(f"{row.name} holds more than {MOST} entries, which is not kept here.")
    return tags, set(known) - set(tags), found.token


def _told_changes(server: Server, url: str, token: str) -> tuple[dict[str, str], set[str], str]:
    tags: dict[str, str] = {}
    gone: set[str] = set()
    for _ in range(_FEWEST_PAGES):
        answer = server.changes(url, token)
        more = False
        for item in answer.items:
            href = place_of(server.at(url, item.href))
            if href == place_of(url):
                more = more or item.status == 507  # the server tells the rest from the next token on
            elif item.status in (404, 410):
                gone.add(href)
                tags.pop(href, None)
            else:
                tags[href] = item.text("d:getetag")
                gone.discard(href)
        if not answer.token:
            raise TokenGone
        if not more or answer.token == token:
            return tags, gone, answer.token
        token = answer.token
    raise TokenGone


def _take(
    server: Server, shelf: Shelf, row: Collection, hrefs: Sequence[str], known: dict, look: Look
) -> None:
    """Keep the content of some addresses; what cannot be read is left out."""
    records, added = server.ctx.records.by_strangers(), []
    for item in server.contents(row.url, shelf.report, shelf.data, hrefs).items:
        href, content = place_of(server.at(row.url, item.href)), item.text(shelf.data)
        if item.status != 200 or not content:
            continue
        try:
            fields = {
                **shelf.fields(f"{content}\n"),
                "href": href,
                "etag": item.text("d:getetag"),
                "state": "kept",
            }
        except ToolFailed as error:
            server.ctx.progress(f"an entry of {row.name} is left out: {error}")
            continue
        if href in known:
            records.change(shelf.record, known[href].id, **fields)
            look.changed += 1
        else:
            added.append({**fields, "collection": row.id})
    if added:
        records.add_all(shelf.record, added)
        look.new += len(added)


def _drop(records: Records, shelf: Shelf, row: Collection) -> None:
    """Forget a collection that is not on the server any more; what was not handed in stays, without one."""
    for one in records.rows(shelf.record, None, None, collection=row.id):
        if one.state in ("new", "changed"):
            records.change(shelf.record, one.id, collection=HOME, state="new", href=None, etag=None)
        else:
            records.remove(shelf.record, one.id)
    records.remove("collection", row.id)


def _forget_others(records: Records, shelf: Shelf, there: Sequence[Account]) -> None:
    """Forget collections of accounts that the settings do not name any more."""
    named = {account.name for account in there}
    for row in shelved(records, shelf):
        if row.account not in named:
            _drop(records, shelf, row)
