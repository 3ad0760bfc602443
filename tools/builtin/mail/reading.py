"""Reading mail: lists, searches, single mails, threads, attachments. What comes back is by strangers.

The server is the user's own and named in the settings, so looking at it counts as reading; nothing is marked
as read or changed there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...files.new_files import was_written, write_new
from ...isolation.paths import writable_path
from ...spec import Effect
from ...text.wording import counted
from ...when.moments import moment_words
from ...when.periods import Period, parse_period
from .accounts import PASSWORD, TOKEN, Account, the_account
from .asking import FOUND, LISTED, ONE_READ, SAVED, THREAD
from .connections import imap
from .folders import (
    Head,
    came_between,
    criteria,
    fetch_message,
    find_folder,
    heads,
    locate,
    mail_id,
    open_folder,
    search,
)  # fmt: skip
from .messages import Message, attachment
from .pointing import point

SECRETS = (PASSWORD, TOKEN)
_MOST_IN_THREAD = 50
AccountName = Annotated[str | None, Field(max_length=200)]
MailId = Annotated[str, Field(min_length=1, max_length=500)]
Folder = Annotated[str, Field(max_length=200, examples=["inbox", "sent"])]
Words = Annotated[str, Field(max_length=300)]
Limit = Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True, slots=True)
class ListedMail:
    """One mail of a list; `date` is ISO 8601."""

    id: str
    sender: str
    address: str
    subject: str
    date: str | None
    unread: bool


@dataclass(frozen=True, slots=True)
class MailList:
    """Mails, the latest first; `total` counts those that were not listed, too."""

    text: str
    mails: list[ListedMail]
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """A file in a mail."""

    number: int
    name: str
    type: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as text; `body` holds at most 50,000 characters of it."""

    text: str
    id: str
    sender: str
    to: list[str]
    cc: list[str]
    subject: str
    date: str | None
    body: str
    attachments: list[MailAttachment]
    message_id: str


@dataclass(frozen=True, slots=True)
class AttachmentSaved:
    """An attachment that was written to a file."""

    text: str
    path: str
    bytes: int


@tool(
    untrusted_output=True,
    secrets=SECRETS,
    max_parallel=2,
    phrases=LISTED,
)
def list_mail(
    folder: Folder = "inbox",
    unread: bool = False,
    limit: Limit = 20,
    account: AccountName = None,
    *,
    ctx: ToolContext,
) -> MailList:
    """List the latest mails of a folder.

    Args:
        folder: The folder.
        unread: Only mails that were not read yet.
        limit: How many at most.
        account: Which mail account, if there are several.
    """
    return _found(
        ctx, account, folder, criteria(unread=unread), limit, "No new mail." if unread else "No mail."
    )


@tool(
    untrusted_output=True,
    secrets=SECRETS,
    max_parallel=2,
    phrases=FOUND,
)
def search_mail(
    words: Words = "",
    sender: Words = "",
    subject: Words = "",
    period: Annotated[str | None, Field(max_length=100, examples=["last week", "since may"])] = None,
    folder: Folder = "inbox",
    limit: Limit = 20,
    account: AccountName = None,
    to: Words = "",
    unread: bool = False,
    attached: bool = False,
    *,
    ctx: ToolContext,
) -> MailList:
    """Find mails by words, sender, subject and time.

    Args:
        words: Words anywhere in the mail.
        sender: Name or address of the sender.
        subject: Words of the subject.
        period: When it came.
        folder: The folder to look in.
        limit: How many at most.
        account: Which mail account, if there are several.
        to: Name or address of somebody whom it went to.
        unread: Only mails that were not read yet.
        attached: Only mails with files.
    """
    span = parse_period(period, ctx.now().date()) if period and period.strip() else None
    asked = criteria(words=words, sender=sender, subject=subject, to=to, unread=unread, attached=attached)
    return _found(ctx, account, folder, asked, limit, "No mail fits.", span)


@tool(
    untrusted_output=True,
    secrets=SECRETS,
    max_parallel=2,
    phrases=ONE_READ,
)
def read_mail(mail: MailId, account: AccountName = None, *, ctx: ToolContext) -> Mail:
    """Read one mail as text, with the list of its attachments.

    Args:
        mail: Its id, its number in the list of the latest, or words of its sender or subject.
        account: Which mail account, if there are several.
    """
    with imap(the_account(ctx, account), ctx) as client:
        folder, uid = point(client, mail)
        id = mail_id(folder, open_folder(client, folder), uid)
        message, _ = fetch_message(client, uid)
    return _mail(id, message, ctx)


@tool(untrusted_output=True, secrets=SECRETS, max_parallel=2, phrases=THREAD)
def read_thread(mail: MailId, account: AccountName = None, *, ctx: ToolContext) -> MailList:
    """List the mails of the conversation that a mail belongs to, the user's own answers included.

    Args:
        mail: Any mail of the conversation: its id, its number in the list, or words of sender or subject.
        account: Which mail account, if there are several.
    """
    told = the_account(ctx, account)
    with imap(told, ctx) as client:
        folder, uid = point(client, mail)
        message, _ = fetch_message(client, uid)
        root = next(iter(message.references), message.message_id)
        found: dict[str, Head] = {}
        for place in dict.fromkeys((folder, "INBOX", *_sent(client, told))):
            validity = open_folder(client, place)
            uids = (
                search(client, ["OR", "HEADER", "Message-ID", root, "HEADER", "References", root])
                if root
                else []
            )
            for head in heads(client, place, validity, uids[-_MOST_IN_THREAD:]):
                found.setdefault(head.message_id or head.id, head)
        if not found:
            found[""] = heads(client, folder, open_folder(client, folder), [uid])[0]
    ordered = sorted(found.values(), key=lambda head: head.date.timestamp() if head.date else 0)
    return _list(ordered, len(ordered), ctx, "No mail.")


Number = Annotated[int | None, Field(ge=1, le=500)]
NewFile = Annotated[str, Field(min_length=1, max_length=1000)]


def _was_saved(
    mail: MailId, path: NewFile, number: Number = None, account: AccountName = None, *, ctx: ToolContext
) -> bool | None:
    return was_written(writable_path(path, ctx), _attachment(mail, number, account, ctx)[1])


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    untrusted_output=True,
    secrets=SECRETS,
    check=_was_saved,
    phrases=SAVED,
)
def save_attachment(
    mail: MailId,
    path: NewFile,
    number: Number = None,
    account: AccountName = None,
    *,
    ctx: ToolContext,
) -> AttachmentSaved:
    """Save an attachment of a mail to a file.

    Args:
        mail: The id of the mail.
        path: The file to write, which must not exist.
        number: Which attachment, from 1; needed where there are several.
        account: Which mail account, if there are several.
    """
    file = writable_path(path, ctx)
    name, content = _attachment(mail, number, account, ctx)
    shown = write_new(file, content, ctx)
    return AttachmentSaved(f"Saved {name} as {shown}.", shown, len(content))


def _attachment(mail: str, number: int | None, account: str | None, ctx: ToolContext) -> tuple[str, bytes]:
    with imap(the_account(ctx, account), ctx) as client:
        _, uid = locate(client, mail)
        _, data = fetch_message(client, uid)
    return attachment(data, number)


def _found(
    ctx: ToolContext,
    account: str | None,
    folder: str,
    asked: list[Any],
    limit: int,
    none: str,
    span: Period | None = None,
) -> MailList:
    told = the_account(ctx, account)
    with imap(told, ctx) as client:
        place = find_folder(client, folder, told)
        validity = open_folder(client, place)
        if span is None:
            uids = search(client, asked)
        else:
            uids = came_between(client, asked, span.start, span.end, ctx.now().tzinfo)
        found = heads(client, place, validity, uids[-limit:])
    return _list(found, len(uids), ctx, none)


def _list(found: Sequence[Head], total: int, ctx: ToolContext, none: str) -> MailList:
    if not found:
        return MailList(none, [], 0, 0)
    lines = [
        f"{number}. {'● ' if head.unread else ''}{head.sender}: {head.subject}"
        f"{f', {moment_words(head.date, ctx.now())}' if head.date else ''}"
        for number, head in enumerate(found, 1)
    ]
    head_line = counted(total, "mail") if total == len(found) else f"The latest {len(found)} of {total} mails"
    mails = [
        ListedMail(
            head.id, head.sender, head.address, head.subject, head.date.isoformat() if head.date else None,
            head.unread,
        )
        for head in found
    ]  # fmt: skip
    return MailList("\n".join([f"{head_line}:", *lines]), mails, len(mails), total)


def _mail(id: str, message: Message, ctx: ToolContext) -> Mail:
    when = moment_words(message.date.astimezone(ctx.now().tzinfo), ctx.now()) if message.date else "no date"
    files = [MailAttachment(one.number, one.name, one.type, one.bytes) for one in message.attachments]
    said = [f"From: {message.sender}", f"To: {', '.join(message.to)}"]
    said += [f"Cc: {', '.join(message.cc)}"] if message.cc else []
    said += [f"Date: {when}", f"Subject: {message.subject}", "", message.text or "(no text)"]
    said += ["… (the rest is left out)"] if message.cut else []
    said += [f"Attachment {one.number}: {one.name} ({one.type}, {one.bytes:,} bytes)" for one in files]
    return Mail(
        text="\n".join(said), id=id, sender=message.sender, to=list(message.to), cc=list(message.cc),
        subject=message.subject, date=message.date.isoformat() if message.date else None, body=message.text,
        attachments=files, message_id=message.message_id,
    )  # fmt: skip


def _sent(client: Any, account: Account) -> list[str]:
    """The folder of sent mails, if there is one."""
    try:
        return [find_folder(client, "sent", account)]
    except ToolRetry:
        return []
