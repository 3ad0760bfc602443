"""Messages as they travel (RFC 5322): read into plain text, and written.

What is read was written by strangers: control characters and marks that turn text around are taken out, HTML
becomes text, and whatever is broken is read as far as it goes. Knows nothing of servers.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, formataddr, getaddresses, parsedate_to_datetime
from typing import Any

from ...errors import ToolFailed, ToolRetry
from ...text.charsets import charset
from ...web.readable import plain_text

MAX_TEXT = 50_000
_MAX_HTML = 2_000_000
_MAX_PARTS = 500
LONGEST_HEADER = 10_000  # characters; some 300 recipients
_BROKEN_HEADER = (ValueError, TypeError, AttributeError, LookupError, RecursionError, MessageError)
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)))


class _Bounded(policy.EmailPolicy):
    """Reads headers as far as they have a length that people write: the time that their parser takes grows
    with its square. What is written out again stays as it came.
    """

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[:LONGEST_HEADER])


_READS = _Bounded(refold_source="none")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message; ``number`` counts from 1."""

    number: int
    name: str
    type: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says."""

    message_id: str
    subject: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: str
    date: dt.datetime | None
    text: str
    cut: bool
    attachments: tuple[Attachment, ...]
    references: tuple[str, ...]


def read_message(data: bytes) -> Message:
    """The message in its bytes; raises ToolFailed only for one that is built to break readers."""
    try:
        found = BytesParser(policy=_READS).parsebytes(data)
        parts = _parts(found)
        text = _text(parts)
        files = [part for part in parts if _is_file(part)]
        return Message(
            message_id=_header(found, "message-id"),
            subject=_header(found, "subject") or "(no subject)",
            sender=_header(found, "from"),
            to=addresses(found, "to"),
            cc=addresses(found, "cc"),
            reply_to=next(iter(addresses(found, "reply-to")), ""),
            date=_date(found),
            text=text[:MAX_TEXT],
            cut=len(text) > MAX_TEXT,
            attachments=tuple(
                Attachment(number, file_name(part, number), part.get_content_type(), len(content(part)))
                for number, part in enumerate(files, 1)
            ),
            references=_references(found),
        )
    except (RecursionError, MessageError) as error:
        raise ToolFailed("This message cannot be read: it is nested too deeply or broken.") from error


def attachment(data: bytes, number: int | None) -> tuple[str, bytes]:
    """Name and content of an attachment, without a number of the only one; raises ToolFailed when there is
    none of that number, and ToolRetry where it has to be said which.
    """
    found = BytesParser(policy=_READS).parsebytes(data)
    files = [part for part in _parts(found) if _is_file(part)]
    if not files:
        raise ToolFailed("The message has no attachments.")
    if number is None and len(files) > 1:
        names = ", ".join(f"{place} {file_name(part, place)}" for place, part in enumerate(files[:20], 1))
        raise ToolRetry(f"The message has {len(files)} attachments: {names}.", "Say the number of one.")
    number = number or 1
    if not 1 <= number <= len(files):
        raise ToolFailed(f"The message has {len(files)} attachments, and none of number {number}.")
    return file_name(files[number - 1], number), content(files[number - 1])


def write_message(
    *,
    sender: str,
    name: str,
    to: Sequence[str],
    cc: Sequence[str] = (),
    subject: str,
    body: str,
    message_id: str,
    now: dt.datetime,
    answered: Message | None = None,
    files: Iterable[tuple[str, bytes]] = (),
) -> EmailMessage:
    """A message in plain text. Recipients of blind copies are no part of it."""
    made = EmailMessage(policy=policy.SMTP)
    made["From"] = formataddr((name, sender))
    made["To"] = ", ".join(to)
    if cc:
        made["Cc"] = ", ".join(cc)
    made["Subject"] = one_line(subject)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = message_id
    if answered is not None and answered.message_id:
        made["In-Reply-To"] = answered.message_id
        made["References"] = " ".join([*answered.references[-20:], answered.message_id])
    made.set_content(body.replace("\r\n", "\n").rstrip() + "\n", charset="utf-8")
    for filename, data in files:
        main, sub = _media_type(filename)
        made.add_attachment(data, maintype=main, subtype=sub, filename=filename)
    return made


def message_id(call_key: str, domain: str) -> str:
    """The same for the same call, so that after a crash it can be looked for."""
    told = hashlib.sha256(call_key.encode()).hexdigest()[:32] if call_key else secrets.token_hex(16)
    return f"<{told}@{domain}>"


def one_line(text: str) -> str:
    """A text for a header: no line breaks, so that nobody adds a header of their own."""
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Text by strangers without control characters and marks that turn it around."""
    kept = (char if char == "\n" or char == "\t" or (char.isprintable() and char not in _TURNING) else " "
            for char in text.replace("\r\n", "\n") if char not in _TURNING)  # fmt: skip
    return "".join(kept)


def addresses(message: Any, name: str) -> tuple[str, ...]:
    """Each as "Ann <ann@example.org>", or the address alone."""
    try:
        pairs = getaddresses([str(value) for value in message.get_all(name, [])])
    except _BROKEN_HEADER:
        return ()
    said = (f"{one_line(who)} <{one_line(where)}>" if who else one_line(where) for who, where in pairs[:200])
    return tuple(one for one in said if one)


def file_name(part: Any, number: int) -> str:
    """The bare name of an attachment: never a path."""
    try:
        told = part.get_filename() or ""
    except _BROKEN_HEADER:
        told = ""
    bare = one_line(told).replace("\\", "/").rpartition("/")[2].lstrip(". ")
    return bare[:150] or f"attachment-{number}"


def content(part: Any) -> bytes:
    """The bytes of an attachment."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _parts(message: Any) -> list[Any]:
    """The parts that hold something; messages within a message are files, and are not entered."""
    found: list[Any] = []
    waiting = [message]
    while waiting and len(found) < _MAX_PARTS:
        part = waiting.pop(0)
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = inner[:_MAX_PARTS]
        else:
            found.append(part)
    return found


def _is_file(part: Any) -> bool:
    if part.get_content_maintype() == "multipart":
        return False
    if part.get_content_disposition() == "attachment":
        return True
    return part.get_content_type() not in ("text/plain", "text/html") and bool(
        part.get_content_maintype() != "text" or part.get_filename()
    )


def _text(parts: Sequence[Any]) -> str:
    shown = [part for part in parts if not _is_file(part)]
    plain = [_decoded(part) for part in shown if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return clean("\n".join(plain)).strip()
    html = [_decoded(part)[:_MAX_HTML] for part in shown if part.get_content_type() == "text/html"]
    return clean("\n".join(map(plain_text, html))).strip()


def _decoded(part: Any) -> str:
    data = content(part)
    for attempt in (charset(str(part.get_content_charset() or "utf-8")), "utf-8"):
        try:
            return data.decode(attempt or "utf-8")
        except UnicodeError:
            continue
    return data.decode("latin-1")


def _header(message: Any, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))[:1000]
    except _BROKEN_HEADER:
        return ""


def _references(message: Any) -> tuple[str, ...]:
    told = f"{_header(message, 'references')} {_header(message, 'in-reply-to')}".split()
    return tuple(dict.fromkeys(one for one in told if one.startswith("<") and one.endswith(">")))[-50:]


def _date(message: Any) -> dt.datetime | None:
    """When it was written; in UTC where the zone is not known, and None beyond what every zone can show."""
    try:
        found = parsedate_to_datetime(_header(message, "date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not dt.MINYEAR < found.year < dt.MAXYEAR:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _media_type(name: str) -> tuple[str, str]:
    import mimetypes

    main, _, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
    return main, sub
