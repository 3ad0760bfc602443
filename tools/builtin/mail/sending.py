"""Writing mail: drafts, and mails that are sent once.

A mail is put among the drafts before it is handed over and moved to the sent ones afterwards, so that after
a crash its place tells what happened: sent, perhaps sent, or not. Recipients are addresses, written out: what
the user approves is where the mail goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Annotated, Any

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed, ToolRetry
from ...isolation.paths import readable_path, shown_path
from ...spec import Effect
from ..contacts.cards import checked_email, read_card
from ..contacts.stored import matching
from .accounts import Account, the_account
from .connections import imap, smtp
from .folders import by_message_id, fetch_message, find_folder, locate, open_folder
from .messages import Message, message_id, one_line, write_message
from .reading import SECRETS, AccountName
from .telling import DRAFTED, SENT

MAX_ATTACHED_BYTES = 20_000_000
MAX_RECIPIENTS = 50
_SUBJECT = 60
To = Annotated[str, Field(min_length=1, max_length=2000, examples=["ann@example.org"])]
MoreTo = Annotated[str | None, Field(max_length=2000)]
Subject = Annotated[str, Field(max_length=300)]
Body = Annotated[str, Field(min_length=1, max_length=200_000)]
Files = Annotated[list[str] | None, Field(max_length=20)]
Answered = Annotated[str | None, Field(max_length=500)]


@dataclass(frozen=True, slots=True)
class MailSent:
    """A mail that its server took; `message_id` is how it is found again."""

    text: str
    to: list[str]
    subject: str
    message_id: str


@dataclass(frozen=True, slots=True)
class MailDrafted:
    """A mail among the drafts."""

    text: str
    to: list[str]
    subject: str
    message_id: str


@dataclass(frozen=True, slots=True)
class _Recipients:
    """Whom a mail goes to, by address."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys((*self.to, *self.cc, *self.bcc)))


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail that is ready, and everybody whom it goes to."""

    message: EmailMessage
    recipients: tuple[str, ...]
    id: str

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])


def _was_sent(account: AccountName = None, *, ctx: ToolContext) -> bool | None:
    """Among the sent mails: yes. Still among the drafts: perhaps. In neither: no."""
    if not ctx.call_key:
        return None
    told = the_account(ctx, account)
    id = message_id(ctx.call_key, told.domain)
    with imap(told, ctx) as client:
        if _is_in(client, "sent", id, told):
            return True
        return None if _is_in(client, "drafts", id, told) else False


def _from_whom(
    to: To,
    cc: MoreTo = None,
    bcc: MoreTo = None,
    attachments: Files = None,
    account: AccountName = None,
    *,
    ctx: ToolContext,
) -> str:
    """Before the user is asked for a yes: what would keep the mail from being sent."""
    told = the_account(ctx, account)
    _recipients(ctx, to, cc, bcc)
    _files(attachments, ctx)
    return f"from {told.address}"


@tool(
    effect=Effect.SEND,
    sinks=("to", "cc", "bcc", "attachments"),
    secrets=SECRETS,
    check=_was_sent,
    preview=_from_whom,
    timeout_s=120.0,
    untrusted_output=False,
    phrases=SENT,
)
def send_mail(
    to: To,
    body: Body,
    subject: Subject = "",
    cc: MoreTo = None,
    bcc: MoreTo = None,
    attachments: Files = None,
    answers: Answered = None,
    account: AccountName = None,
    *,
    ctx: ToolContext,
) -> MailSent:
    """Send a mail.

    Args:
        to: The addresses it goes to, with commas between them.
        body: The text of the mail.
        subject: The subject; by default the first words of the text.
        cc: Addresses that get a copy.
        bcc: Addresses that get a copy nobody sees.
        attachments: Paths of files to send along.
        answers: The id of the mail that this one answers.
        account: Which mail account, if there are several.
    """
    told = the_account(ctx, account)
    recipients = _recipients(ctx, to, cc, bcc)
    files = _files(attachments, ctx)
    with imap(told, ctx) as client:
        letter = _letter(ctx, told, client, recipients, subject, body, answers, files)
        if letter.id and ctx.call_key and _is_in(client, "sent", letter.id, told):
            return _sent(letter, "It was sent before.")
        drafts = find_folder(client, "drafts", told, make=True)
        client.append(drafts, letter.message.as_bytes(), (b"\\Draft", b"\\Seen"))
    ctx.progress(f"Handing the mail to {told.smtp.host}")
    with smtp(told, ctx) as handing:
        refused = handing.sendmail(told.address, list(letter.recipients), letter.message.as_bytes())
    left_out = f" {told.smtp.host} takes no mail for {', '.join(refused)}." if refused else ""
    return _sent(letter, _file_away(ctx, told, letter) + left_out)


def _was_drafted(account: AccountName = None, *, ctx: ToolContext) -> bool | None:
    if not ctx.call_key:
        return None
    told = the_account(ctx, account)
    with imap(told, ctx) as client:
        return _is_in(client, "drafts", message_id(ctx.call_key, told.domain), told)


@tool(
    effect=Effect.WRITE,
    sinks=("to", "cc", "bcc", "attachments"),
    secrets=SECRETS,
    check=_was_drafted,
    preview=_from_whom,
    timeout_s=120.0,
    phrases=DRAFTED,
)
def draft_mail(
    to: To,
    body: Body,
    subject: Subject = "",
    cc: MoreTo = None,
    bcc: MoreTo = None,
    attachments: Files = None,
    answers: Answered = None,
    account: AccountName = None,
    *,
    ctx: ToolContext,
) -> MailDrafted:
    """Write a mail and put it among the drafts, without sending it.

    Args:
        to: The addresses it is meant for, with commas between them.
        body: The text of the mail.
        subject: The subject; by default the first words of the text.
        cc: Addresses that get a copy.
        bcc: Addresses that get a copy nobody sees.
        attachments: Paths of files to send along.
        answers: The id of the mail that this one answers.
        account: Which mail account, if there are several.
    """
    told = the_account(ctx, account)
    recipients = _recipients(ctx, to, cc, bcc)
    files = _files(attachments, ctx)
    with imap(told, ctx) as client:
        letter = _letter(ctx, told, client, recipients, subject, body, answers, files)
        if recipients.bcc:
            letter.message["Bcc"] = ", ".join(recipients.bcc)
        client.append(
            find_folder(client, "drafts", told, make=True), letter.message.as_bytes(), (b"\\Draft",)
        )
    text = f"The mail to {', '.join(letter.recipients)} is among your drafts: {letter.subject}"
    return MailDrafted(text, list(letter.recipients), letter.subject, letter.id)


def read_addresses(text: str | None, ctx: ToolContext) -> tuple[str, ...]:
    """The addresses in a text; raises ToolRetry for what is none, naming the contact of that name."""
    found: list[str] = []
    for part in (text or "").replace(";", ",").replace("\n", ",").split(","):
        one = part.strip()
        if not one:
            continue
        bare = one[one.rfind("<") + 1 : -1] if one.endswith(">") and "<" in one else one
        try:
            found.append(checked_email(bare))
        except ToolRetry as error:
            people = matching(ctx, one) if "@" not in one else []
            known = [email for row in people[:5] for email in read_card(row.content).emails[:1]]
            if known:
                raise ToolRetry(
                    f"{one!r} is not a mail address.", f"In your contacts: {', '.join(known)}."
                ) from error
            raise
    return tuple(dict.fromkeys(found))


def _recipients(ctx: ToolContext, to: str, cc: str | None, bcc: str | None) -> _Recipients:
    told = _Recipients(read_addresses(to, ctx), read_addresses(cc, ctx), read_addresses(bcc, ctx))
    if not told.to:
        raise ToolRetry("The mail has no recipient.", "Say whom it goes to.")
    if len(told.to) + len(told.cc) + len(told.bcc) > MAX_RECIPIENTS:
        raise ToolRetry(f"The mail has more than {MAX_RECIPIENTS} recipients.", "Send it to fewer at a time.")
    return told


def _letter(
    ctx: ToolContext,
    account: Account,
    client: Any,
    recipients: _Recipients,
    subject: str,
    body: str,
    answers: str | None,
    files: Sequence[tuple[str, bytes]],
) -> _Letter:
    answered: Message | None = None
    if answers and answers.strip():
        _, uid = locate(client, answers)
        answered, _ = fetch_message(client, uid)
    id = message_id(ctx.call_key, account.domain)
    message = write_message(
        sender=account.address, name=account.sender, to=recipients.to, cc=recipients.cc,
        subject=one_line(subject) or _usual_subject(answered, body), body=body,
        message_id=id, now=ctx.now(), answered=answered, files=files,
    )  # fmt: skip
    return _Letter(message, recipients.all, id)


def _usual_subject(answered: Message | None, body: str) -> str:
    """That of the mail that is answered, or else the first words of the text."""
    if answered is not None:
        return answered.subject if answered.subject.lower().startswith("re:") else f"Re: {answered.subject}"
    words = one_line(body)
    return (words if len(words) <= _SUBJECT else words[:_SUBJECT].rpartition(" ")[0]) or "(no subject)"


def _files(paths: Sequence[str] | None, ctx: ToolContext) -> list[tuple[str, bytes]]:
    found, total = [], 0
    for path in paths or ():
        file = readable_path(path, ctx)
        if not file.is_file():
            raise ToolRetry(
                f"There is no file {shown_path(file, ctx)}.", "Give the path of a file to send along."
            )
        total += file.stat().st_size
        if total > MAX_ATTACHED_BYTES:
            raise ToolFailed(
                f"The attachments have more than {MAX_ATTACHED_BYTES // 10**6} MB; servers refuse that."
            )
        found.append((file.name, file.read_bytes()))
    return found


def _file_away(ctx: ToolContext, account: Account, letter: _Letter) -> str:
    """Moves the mail from the drafts to the sent ones; the mail is on its way whatever comes of that."""
    try:
        with imap(account, ctx) as client:
            sent = find_folder(client, "sent", account, make=True)
            open_folder(client, sent)
            if not by_message_id(client, letter.id):  # some servers keep a copy by themselves
                client.append(sent, letter.message.as_bytes(), (b"\\Seen",))
            open_folder(client, find_folder(client, "drafts", account), readonly=False)
            if drafts := by_message_id(client, letter.id):
                client.delete_messages(drafts)
                client.expunge(drafts)
    except ToolFailed as error:
        return f"The copy among the sent mails is missing: {error}"
    return ""


def _is_in(client: Any, role: str, id: str, account: Account) -> bool:
    try:
        open_folder(client, find_folder(client, role, account))
    except ToolRetry:
        return False
    return bool(by_message_id(client, id))


def _sent(letter: _Letter, more: str) -> MailSent:
    text = f"Sent to {', '.join(letter.recipients)}: {letter.subject}. {more}".strip()
    return MailSent(text, list(letter.recipients), letter.subject, letter.id)
