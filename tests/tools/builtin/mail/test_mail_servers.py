"""Mail against real servers: listed, read, searched, drafted, sent once, and looked for after a crash."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from homewit.tools import MissingSetting, PathDenied, Registry, Secret, ToolContext, ToolFailed, ToolRetry
from homewit.tools.testing import fake_context, problems_of
from homewit.tools.workers.pool import Workers
from homewit.tools.workers.worker import WorkerLimits

from ...conftest import TOOLS, Call
from .conftest import Servers

MAIL_TOOLS = (
    "list_mail",
    "search_mail",
    "read_mail",
    "read_thread",
    "save_attachment",
    "draft_mail",
    "send_mail",
)


def message(
    subject: str, body: str = "Hello", sender: str = "Ann Lee <ann@example.org>", **headers: str
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "me@example.org", subject
    made["Date"], made["Message-ID"] = (
        "Thu, 19 Nov 2026 08:15:00 +0000",
        f"<{abs(hash(subject))}@example.org>",
    )
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


@pytest.mark.parametrize("name", MAIL_TOOLS)
def test_the_tools_keep_the_contract(name: str):
    """Descriptions, sinks, checks; what they bring back is by strangers, except for one's own mail."""
    assert problems_of(TOOLS[name]) == []
    assert TOOLS[name].spec.untrusted_output == (name not in ("draft_mail", "send_mail"))
    assert TOOLS["send_mail"].spec.sinks == ("to", "cc", "bcc", "attachments")


async def test_mail_is_listed_searched_and_read(servers: Servers, call: Call):
    """The latest first; nothing is marked as read by looking at it."""
    servers.put(message("Invoice 12", "Please pay 30 EUR").as_bytes(), "1")
    servers.put(message("Grüße aus Köln", "Bis bald, Zoë", "Zoë <zoe@example.org>").as_bytes(), "2")
    listed = await call("list_mail")
    assert listed.data["count"] == 2
    assert {mail["subject"] for mail in listed.data["mails"]} == {"Invoice 12", "Grüße aus Köln"}
    found = await call("search_mail", words="köln", sender="zoe")
    assert [mail["sender"] for mail in found.data["mails"]] == ["Zoë <zoe@example.org>"]
    assert (await call("search_mail", words="zebra")).text == "No mail fits."
    read = await call("read_mail", mail=(await call("search_mail", subject="invoice")).data["mails"][0]["id"])
    assert (read.data["body"], read.data["sender"]) == ("Please pay 30 EUR", "Ann Lee <ann@example.org>")
    assert (await call("list_mail", unread=True)).data["count"] == 2
    assert (await call("list_mail", limit=1)).text.startswith("The latest 1 of 2 mails:")


@pytest.fixture
def in_berlin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as there:
        there.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
async def test_days_are_those_of_the_user(servers: Servers, call: Call):
    """Half past midnight in Berlin is the day before for the server; a mail of the summer keeps its hour."""
    for subject, came in (
        ("late", "2026-11-18T23:30+01:00"),
        ("early", "2026-11-19T00:30+01:00"),
        ("evening", "2026-11-19T23:59+01:00"),
        ("today", "2026-11-20T00:10+01:00"),
        ("summer", "2026-07-01T12:00+02:00"),
    ):
        servers.put(message(subject).as_bytes(), subject, datetime.fromisoformat(came))
    found = (await call("search_mail", period="yesterday")).data["mails"]
    assert {mail["subject"] for mail in found} == {"early", "evening"}
    (summer,) = (await call("search_mail", period="july")).data["mails"]
    assert summer["date"] == "2026-07-01T12:00:00+02:00"
    assert (await call("search_mail", period="november", subject="e")).data["count"] == 3
    for everything in ("until today", "all"):
        assert (await call("search_mail", period=everything)).data["count"] == 5
    for never in ("0001-01-01", "9999-12-31"):
        assert (await call("search_mail", period=never)).data["count"] == 0


async def test_a_mail_is_read_by_what_people_say_of_it(servers: Servers, call: Call):
    """Its number in the list, or words of sender and subject: the latest that has all of them. Control: what
    writes takes the id alone.
    """
    for number, (subject, sender) in enumerate(
        [
            ("Lunch on Friday?", "Bob <bob@example.org>"),
            ("Invoice 12", "Ada <ada@example.org>"),
            ("Invoice 13", "Ada <ada@example.org>"),
        ]
    ):
        servers.put(message(subject, sender=sender).as_bytes(), str(number))
        assert (await call("list_mail")).data["count"] == number + 1
    for meant, subject in [
        ("1", "Invoice 13"), ("mail 3", "Lunch on Friday?"), ("Bob", "Lunch on Friday?"),
        ("the mail from Ada about the invoice", "Invoice 13"), ("invoice 12", "Invoice 12"),
        ("the latest mail", "Invoice 13"), ("second", "Invoice 12"), ("the 3rd mail", "Lunch on Friday?"),
    ]:  # fmt: skip
        read = (await call("read_mail", mail=meant)).data
        assert (meant, read["subject"]) == (meant, subject)
        assert (await call("read_mail", mail=read["id"])).data["subject"] == subject
    assert (await call("read_thread", mail="bob")).data["count"] == 1
    for meant in ("4", "0", "Zoe", "invoice 99"):
        with pytest.raises(ToolRetry, match="No mail in the inbox fits"):
            await call("read_mail", mail=meant)
    with pytest.raises(ToolRetry, match="is not the id of a mail"):
        await call("save_attachment", mail="Bob", number=1, path="x.pdf")


async def test_mail_is_spoken_in_a_process_of_its_own(servers: Servers, ctx: ToolContext, folder: Path):
    """As it is in the host: read, sent with what was lent, and looked for afterwards."""
    servers.put(message("Invoice 12", "Please pay 30 EUR").as_bytes(), "1")
    workers, registry = Workers(folder, WorkerLimits(start_s=30)), Registry()
    registry.load_builtins(workers)
    listed = await registry.get("list_mail").call({}, ctx)
    assert listed.data["mails"][0]["subject"] == "Invoice 12"
    arguments = {"to": "ann@example.org", "subject": "Once", "body": "x"}
    assert await registry.get("send_mail").was_done(arguments, ctx) is False
    await registry.get("send_mail").call(arguments, ctx)
    assert await registry.get("send_mail").was_done(arguments, ctx) is True
    nowhere = replace(ctx, settings=servers.settings(authorities=str(folder / "none.pem")))
    with pytest.raises(ToolFailed, match="holds no certificates that can be read"):
        await registry.get("list_mail").call({}, nowhere)
    await workers.close()


async def test_an_attachment_is_saved_where_the_user_says(servers: Servers, call: Call, folder: Path):
    """Never where the mail says; and never over a file that is there."""
    mail = message("Plan")
    mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="../../etc/plan.pdf")
    servers.put(mail.as_bytes(), "1")
    id = (await call("list_mail")).data["mails"][0]["id"]
    attached = (await call("read_mail", mail=id)).data["attachments"]
    assert attached == [{"number": 1, "name": "plan.pdf", "type": "application/pdf", "bytes": 6}]
    await call("save_attachment", mail=id, number=1, path="plan.pdf")
    assert (folder / "plan.pdf").read_bytes() == b"%PDF-1"
    with pytest.raises(ToolFailed, match="exists already"):
        await call("save_attachment", mail=id, number=1, path="plan.pdf")
    with pytest.raises(ToolFailed, match="none of number 2"):
        await call("save_attachment", mail=id, number=2, path="other.pdf")
    with pytest.raises(PathDenied):
        await call("save_attachment", mail=id, number=1, path="../out.pdf")
    await call("save_attachment", mail=id, path="only.pdf")
    assert (folder / "only.pdf").read_bytes() == b"%PDF-1"


async def test_which_attachment_is_asked_where_there_are_several(servers: Servers, call: Call):
    """And not where there is none."""
    servers.put(message("Nothing").as_bytes(), "1")
    with pytest.raises(ToolFailed, match="has no attachments"):
        await call("save_attachment", mail=(await call("list_mail")).data["mails"][0]["id"], path="x.pdf")
    mail = message("Two")
    for name in ("a.pdf", "b.pdf"):
        mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename=name)
    servers.put(mail.as_bytes(), "2")
    found = (await call("search_mail", attached=True)).data["mails"]
    assert [one["subject"] for one in found] == ["Two"]
    with pytest.raises(ToolRetry, match=r"has 2 attachments: 1 a.pdf, 2 b.pdf"):
        await call("save_attachment", mail=found[0]["id"], path="x.pdf")


async def test_mails_are_found_by_whom_they_went_to_and_whether_they_were_read(servers: Servers, call: Call):
    """Folders by what people call them."""
    servers.put(message("Invoice").as_bytes(), "1")
    await call("send_mail", to="bob@example.org", cc="eve@example.org", subject="Lunch", body="x")
    await call("send_mail", to="zoe@example.org", subject="Rent", body="x")
    for who, subjects in (("bob", ["Lunch"]), ("eve", ["Lunch"]), ("nobody", [])):
        found = await call("search_mail", folder="sent mails", to=who)
        assert [mail["subject"] for mail in found.data["mails"]] == subjects
    assert (await call("search_mail", sender="ann", unread=True)).data["count"] == 1
    assert (await call("search_mail", folder="sent", unread=True)).data["count"] == 0
    assert (await call("list_mail", folder="draft")).data["count"] == 0


async def test_a_mail_is_sent_and_filed(servers: Servers, call: Call, ctx: ToolContext, folder: Path):
    """To everybody, with the blind copy in no header; a copy is among the sent mails."""
    (folder / "notes.txt").write_text("notes")
    sent = await call(
        "send_mail", to="ann@example.org, Bob <bob@example.org>", subject="Lunch", body="At noon? – Zoë",
        bcc="boss@example.org", attachments=["notes.txt"],
    )  # fmt: skip
    assert sent.text == "Sent to ann@example.org, bob@example.org, boss@example.org: Lunch."
    ((sender, recipients, _),) = servers.received.envelopes
    assert (sender, recipients) == (servers.user, ["ann@example.org", "bob@example.org", "boss@example.org"])
    (got,) = servers.received.messages
    assert (got["To"], got["Bcc"], got["Message-ID"]) == (
        "ann@example.org, bob@example.org",
        None,
        sent.data["message_id"],
    )
    assert got.get_payload(0).get_payload(decode=True).decode().strip() == "At noon? – Zoë"
    assert got.get_payload(1).get_filename() == "notes.txt"
    assert (await call("list_mail", folder="sent")).data["mails"][0]["subject"] == "Lunch"
    assert (await call("list_mail", folder="drafts")).data["count"] == 0


async def test_after_a_crash_it_is_known_what_happened(servers: Servers, call: Call, ctx: ToolContext):
    """Not begun: no. Filed: yes, and the same call sends nothing twice. Refused on the way: perhaps."""
    arguments = {"to": "ann@example.org", "subject": "Once", "body": "x"}
    assert await TOOLS["send_mail"].was_done(arguments, ctx) is False
    await call("send_mail", **arguments)
    assert await TOOLS["send_mail"].was_done(arguments, ctx) is True
    again = await call("send_mail", **arguments)
    assert "It was sent before" in again.text
    assert len(servers.received.envelopes) == 1
    servers.received.refuses.add("gone@example.org")
    other = replace(ctx, call_key="call-2")
    refused = {"to": "gone@example.org", "subject": "Lost", "body": "x"}
    with pytest.raises(ToolFailed, match=r"takes no mail for gone@example\.org\. Nothing was sent"):
        await TOOLS["send_mail"].call(refused, other)
    assert await TOOLS["send_mail"].was_done(refused, other) is None
    assert (await call("list_mail", folder="drafts")).data["mails"][0]["subject"] == "Lost"


async def test_an_answer_belongs_to_its_thread(servers: Servers, call: Call):
    """The headers tie it to the mail that it answers, and the thread shows both."""
    servers.put(message("Trip", "When?").as_bytes(), "1")
    id = (await call("list_mail")).data["mails"][0]["id"]
    await call("send_mail", to="ann@example.org", subject="", body="On Friday", answers=id)
    (got,) = servers.received.messages
    assert (got["Subject"], got["In-Reply-To"]) == ("Re: Trip", got["References"])
    thread = await call("read_thread", mail=id)
    assert [mail["subject"] for mail in thread.data["mails"]] == ["Trip", "Re: Trip"]


async def test_a_draft_stays_here(servers: Servers, call: Call):
    """It is among the drafts, and nobody got it."""
    drafted = await call("draft_mail", to="ann@example.org", subject="Idea", body="What if")
    assert drafted.text == "The mail to ann@example.org is among your drafts: Idea"
    assert servers.received.envelopes == []
    assert (await call("list_mail", folder="drafts")).data["mails"][0]["subject"] == "Idea"


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"to": "ann"}, ToolRetry, r"'ann' is not a mail address\. In your contacts: ann@example\.org"),
        ({"to": "zebra"}, ToolRetry, "is not a mail address"),
        ({"to": "a@example.org\nBcc: evil@example.org"}, ToolRetry, "is not a mail address"),
        ({"to": " , "}, ToolRetry, "no recipient"),
        ({"to": ",".join(f"a{n}@example.org" for n in range(60))}, ToolRetry, "more than 50"),
        ({"to": "a@example.org", "attachments": ["none.txt"]}, ToolRetry, "There is no file"),
        ({"to": "a@example.org", "attachments": ["/etc/passwd"]}, PathDenied, "granted"),
        ({"to": "a@example.org", "answers": "17"}, ToolRetry, "not the id of a mail"),
        ({"to": "a@example.org", "answers": "INBOX:1:1"}, ToolRetry, "built anew"),
        ({"to": "a@example.org", "account": "work"}, ToolRetry, r"no mail account 'work'\. Accounts: mail"),
    ],
)
async def test_what_cannot_be_sent(
    arguments: dict[str, Any], error: type[Exception], says: str, servers: Servers, call: Call
):
    """Nothing leaves, and the message says what to write instead."""
    await call("add_contact", name="Ann Lee", email="ann@example.org")
    with pytest.raises(error, match=says):
        await call("send_mail", **{"subject": "x", "body": "y", **arguments})
    assert servers.received.envelopes == []


async def test_headers_cannot_be_smuggled_in(servers: Servers, call: Call):
    """A line break in a subject is a space."""
    await call("send_mail", to="a@example.org", subject="Hi\r\nBcc: evil@example.org", body="x")
    (got,) = servers.received.messages
    assert (got["Subject"], got["Bcc"]) == ("Hi Bcc: evil@example.org", None)
    assert servers.received.envelopes[0][1] == ["a@example.org"]


async def test_accounts_that_do_not_work_say_why(servers: Servers, folder: Path):
    """No account, a wrong password, a certificate that nobody vouches for, and a password in the open."""

    def context(secret: str = "correct-horse", **changes: str) -> ToolContext:
        return fake_context(
            folder, settings=servers.settings(**changes), secret=lambda name: Secret(name, secret)
        )

    with pytest.raises(MissingSetting, match=r"Put address, imap and smtp into a section \[tools\.mail\]"):
        await TOOLS["list_mail"].call({}, fake_context(folder))
    with pytest.raises(
        ToolFailed, match=r"did not accept me\d+@example\.org with the password 'mail_password'"
    ) as caught:
        await TOOLS["list_mail"].call({}, context(secret="wrong-secret"))
    assert "wrong-secret" not in str(caught.value)
    with pytest.raises(ToolFailed, match="no valid certificate"):
        await TOOLS["list_mail"].call({}, context(authorities=""))
    with pytest.raises(MissingSetting, match="would get the password unencrypted"):
        await TOOLS["list_mail"].call({}, context(imap="mail.example.org", security="none"))
    with pytest.raises(MissingSetting, match="address"):
        await TOOLS["list_mail"].call({}, context(address="nobody"))
    with pytest.raises(ToolFailed, match="could not be reached"):
        await TOOLS["list_mail"].call({}, context(imap_port="1"))
    with pytest.raises(ToolFailed, match="did not accept"):
        await TOOLS["send_mail"].call(
            {"to": "a@example.org", "subject": "x", "body": "y"}, replace(context(), secret=_by_name)
        )


def _by_name(name: str) -> Secret:
    _by_name.asked = getattr(_by_name, "asked", 0) + 1  # type: ignore[attr-defined]
    return Secret(name, "correct-horse" if _by_name.asked == 1 else "wrong")  # type: ignore[attr-defined]
