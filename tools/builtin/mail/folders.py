"""Folders of a mailbox, and mails within them by an id that stays: folder, its validity, and number."""

import datetime as dt
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import ToolFailed, ToolRetry
from .accounts import Account
from .messages import LONGEST_HEADER, Message, clean, one_line, read_message

MAX_MESSAGE_BYTES = 30_000_000
_INBOX = "INBOX"
_FIRST_DAY, _LAST_DAY = dt.date(1970, 1, 1).toordinal(), dt.date.max.toordinal()
_SPECIAL = {
    "sent": b"\\Sent",
    "drafts": b"\\Drafts",
    "trash": b"\\Trash",
    "junk": b"\\Junk",
    "archive": b"\\Archive",
}
_USUAL = {
    "sent": ("Sent", "Sent Items", "Sent Messages", "INBOX.Sent"),
    "drafts": ("Drafts", "INBOX.Drafts"),
    "trash": ("Trash", "Deleted Items"),
    "junk": ("Junk", "Spam"),
    "archive": ("Archive",),
}
_CALLED = {"draft": "drafts", "spam": "junk", "bin": "trash", "deleted": "trash", "archived": "archive"}
"""What people call a folder that has a role."""


@dataclass(frozen=True, slots=True)
class Head:
    """A mail in a list."""

    id: str
    sender: str
    address: str
    subject: str
    date: dt.datetime | None
    unread: bool
    bytes: int
    message_id: str


def find_folder(client: Any, wanted: str, account: Account, *, make: bool = False) -> str:
    """The folder of a name or role ("inbox", "sent"); raises ToolRetry. ``make`` one that is not there."""
    word = wanted.strip()
    if word.casefold() in ("", "inbox", "in"):
        return _INBOX
    configured = {"sent": account.sent, "drafts": account.drafts}.get(word.casefold(), "")
    folders = [(flags, name) for flags, _, name in client.list_folders()]
    names = [name for _, name in folders]
    if configured:
        word = configured
    else:
        role = re.sub(r" (?:folder|items|mails?|messages)$", "", word.casefold())
        role = _CALLED.get(role, role)
        for flags, name in folders:
            if _SPECIAL.get(role) in flags:
                return name
        for usual in _USUAL.get(role, ()):
            if usual in names:
                return usual
        word = _USUAL[role][0] if role in _USUAL else word
    for name in names:
        if name.casefold() == word.casefold():
            return name
    if make:
        client.create_folder(word)
        return word
    raise ToolRetry(f"There is no mail folder {wanted!r}.", f"Folders: {', '.join(names[:40])}.")


def open_folder(client: Any, folder: str, *, readonly: bool = True) -> int:
    """Select a folder and return what its numbers are valid for."""
    return int(client.select_folder(folder, readonly=readonly)[b"UIDVALIDITY"])


def mail_id(folder: str, validity: int, uid: int) -> str:
    return f"{folder}:{validity}:{uid}"


def locate(client: Any, id: str, *, readonly: bool = True) -> tuple[str, int]:
    """Select the folder of a mail; returns it and the number. Raises ToolRetry for an invalid id."""
    folder, validity, uid = ("", *id.strip().rsplit(":", 2))[-3:] if id.count(":") >= 2 else ("", "", "")
    if not (folder and validity.isdecimal() and uid.isdecimal()):
        raise ToolRetry(
            f"{id[:100]!r} is not the id of a mail.", "Take the id from list_mail or search_mail."
        )
    if open_folder(client, folder, readonly=readonly) != int(validity):
        raise ToolRetry(
            f"The folder {folder} was built anew, so {id} is not valid now.", "List the mails again."
        )
    return folder, int(uid)


def heads(client: Any, folder: str, validity: int, uids: Sequence[int]) -> list[Head]:
    """Mails of a folder, the latest first."""
    if not uids:
        return []
    fetched = client.fetch(list(uids), ["ENVELOPE", "FLAGS", "RFC822.SIZE", "INTERNALDATE"])
    return [
        _head(folder, validity, uid, fetched[uid])
        for uid in sorted(fetched, reverse=True)
        if uid in set(uids)
    ]


def fetch_message(client: Any, uid: int) -> tuple[Message, bytes]:
    """A mail whole, without marking it as read; raises ToolFailed when it is gone or too large."""
    size = client.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE")
    if size is None:
        raise ToolFailed("This mail is not there any more. List the mails again.")
    if size > MAX_MESSAGE_BYTES:
        raise ToolFailed(
            f"This mail has {size / 1e6:.0f} MB; more than {MAX_MESSAGE_BYTES / 1e6:g} are not read."
        )
    data = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    return read_message(data), data


def by_message_id(client: Any, message_id: str) -> list[int]:
    """Numbers of mails with a Message-ID in the selected folder."""
    return list(client.search(["HEADER", "Message-ID", message_id]))


def criteria(
    *,
    words: str = "",
    sender: str = "",
    subject: str = "",
    to: str = "",
    unread: bool = False,
    attached: bool = False,
) -> list[Any]:
    """A search as IMAP has it; without any limit, everything.

    Servers are not asked what parts a mail has. One with files says so in its first lines: of mixed parts, or
    a file as a whole.
    """
    asked: list[Any] = []
    if unread:
        asked.append("UNSEEN")
    if attached:
        asked += ["OR", "HEADER", "Content-Type", "multipart/mixed", "HEADER", "Content-Type", "application/"]
    if one_line(to):
        asked += ["OR", "TO", one_line(to), "CC", one_line(to)]
    for name, text in (("FROM", sender), ("SUBJECT", subject)):
        if one_line(text):
            asked += [name, one_line(text)]
    for word in one_line(words).split()[:12]:
        asked += ["TEXT", word]
    return asked or ["ALL"]


def search(client: Any, asked: list[Any]) -> list[int]:
    """Numbers of the mails that fit in the selected folder, the oldest first."""
    plain = all(not isinstance(part, str) or part.isascii() for part in asked)
    return sorted(client.search(asked, None if plain else "UTF-8"))


def came_between(
    client: Any, asked: list[Any], first: dt.date, last: dt.date, zone: dt.tzinfo | None
) -> list[int]:
    """Numbers of the mails that fit and came from one day to another, on the clock of ``zone``.

    Servers compare days on a clock of their own. So a day more is asked for at both ends, and what came near
    them is looked at, each mail by itself.
    """
    near = search(client, [*asked, "SINCE", _days_later(first, -1), "BEFORE", _days_later(last, 2)])
    sure = set(search(client, [*asked, "SINCE", _days_later(first, 1), "BEFORE", _days_later(last, 0)]))
    doubtful = [uid for uid in near if uid not in sure]
    fetched = client.fetch(doubtful, ["INTERNALDATE"]) if doubtful else {}

    def fits(uid: int) -> bool:
        came = fetched.get(uid, {}).get(b"INTERNALDATE")
        return came is not None and first <= came.astimezone(zone).date() <= last

    return [uid for uid in near if uid in sure or fits(uid)]


def _days_later(day: dt.date, days: int) -> dt.date:
    """Among those on which a mail may have come; servers take no years of less than four digits."""
    return dt.date.fromordinal(min(max(day.toordinal() + days, _FIRST_DAY), _LAST_DAY))


def _head(folder: str, validity: int, uid: int, fetched: Any) -> Head:
    envelope = fetched.get(b"ENVELOPE")
    who = (envelope.from_ or (None,))[0] if envelope is not None else None
    where = f"{_word(who.mailbox)}@{_word(who.host)}" if who is not None and who.host else ""
    name = _word(who.name) if who is not None and who.name else ""
    when = fetched.get(b"INTERNALDATE")
    return Head(
        id=mail_id(folder, validity, uid),
        sender=f"{name} <{where}>" if name else where or "(unknown)",
        address=where,
        subject=_word(getattr(envelope, "subject", b"")) or "(no subject)",
        date=when.astimezone() if isinstance(when, dt.datetime) else None,
        unread=b"\\Seen" not in fetched.get(b"FLAGS", ()),
        bytes=int(fetched.get(b"RFC822.SIZE", 0)),
        message_id=_word(getattr(envelope, "message_id", b"")),
    )


def _word(raw: bytes | None) -> str:
    """A header of an envelope, with its encoded words decoded."""
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    text = (raw or b"")[:LONGEST_HEADER].decode("utf-8", "replace")
    with suppress(HeaderParseError, LookupError, UnicodeError, ValueError):
        text = str(make_header(decode_header(text)))
    return one_line(clean(text))[:300]
