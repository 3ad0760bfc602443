"""Contacts: added, found, changed, deleted, as files, and cards that are built to harm."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolContext, ToolFailed, ToolRetry
from homewit.tools.builtin.contacts.birthdays import checked_birthday, coming, read_birthday
from homewit.tools.builtin.contacts.cards import (
    MAX_CARD_CHARACTERS,
    Card,
    changed,
    read_card,
    split,
    write_card,
)

from ...conftest import TOOLS, Call

WITH_MORE = """BEGIN:VCARD
VERSION:3.0
UID:u1
FN:Zoë Müller
N:Müller;Zoë;;;
EMAIL;TYPE=HOME:zoe@example.org
TEL;TYPE=CELL:+49 171 5551234
ADR:;;Hauptstr. 1;Berlin;;10115;Germany
X-CUSTOM:kept
END:VCARD
""".replace("\n", "\r\n")


async def undo(name: str, result: Any, ctx: ToolContext) -> str:
    return await TOOLS[name].take_back(result.data, ctx)


async def test_a_person_is_added_and_found(call: Call, ctx: ToolContext):
    """By any of their words; one hit gives its address to later steps."""
    added = await call("add_contact", name="Ann Lee", email="ann@example.org", phone="+49 30 123456",
                       birthday="1985-04-12", organization="Acme")  # fmt: skip
    assert added.text == (
        "Added to your contacts: Ann Lee: ann@example.org; +49 30 123456; Acme; born 1985-04-12."
    )
    await call("add_contact", name="Bob Ray", note="friend of ann")
    one = await call("find_contacts", words="ann")
    assert (one.data["count"], one.data["email"]) == (1, "ann@example.org")
    assert (await call("find_contacts", words="friend")).data["contacts"][0]["name"] == "Bob Ray"
    assert (await call("find_contacts")).data["count"] == 2
    assert (await call("find_contacts", words="zebra")).text == "No contact fits 'zebra'."
    twin = await call("add_contact", name="ann lee")
    assert twin.text.endswith("There is another contact of that name.")
    assert await undo("add_contact", twin, ctx) == "Removed from your contacts: ann lee"


async def test_a_contact_is_changed_deleted_and_brought_back(call: Call, ctx: ToolContext):
    """A new address comes first and the others stay, unless they are taken away."""
    await call("add_contact", name="Ann Lee", email="ann@example.org")
    changed_ = await call("edit_contact", contact="ann", email="ann@work.example")
    assert changed_.text == "Changed: Ann Lee: ann@work.example, ann@example.org."
    await undo("edit_contact", changed_, ctx)
    await call("edit_contact", contact="ann", email="-ann@example.org", note="met in Oslo")
    assert (await call("find_contacts", words="oslo")).text == "Ann Lee: met in Oslo"
    deleted = await call("delete_contact", contact="Ann Lee")
    assert (await call("find_contacts")).data["count"] == 0
    await undo("delete_contact", deleted, ctx)
    assert (await call("find_contacts")).data["count"] == 1


async def test_birthdays_come_in_their_order(call: Call, ctx: ToolContext):
    """With the age that is reached where the year is known; "next" looks a year ahead."""
    today = ctx.now().date()
    soon, later = today + dt.timedelta(days=1), today + dt.timedelta(days=200)
    assert (await call("find_contacts", birthday="next")).text == "No contact has a birthday."
    await call("add_contact", name="Late Lou", birthday=f"{later:%B} {later.day}")
    await call("add_contact", name="Ann Lee", birthday=f"1985-{soon:%m-%d}", email="ann@example.org")
    await call("add_contact", name="Bob Ray")
    found = await call("find_contacts", birthday="next")
    assert [one["name"] for one in found.data["contacts"]] == ["Ann Lee", "Late Lou"]
    assert found.text.splitlines()[1] == f"- Ann Lee: tomorrow ({soon.year - 1985})"
    one = await call("find_contacts", birthday="tomorrow")
    assert (one.data["count"], one.data["email"]) == (1, "ann@example.org")
    assert (await call("find_contacts", birthday="today")).text == "Today: no birthdays."
    assert (await call("find_contacts", words="lou", birthday="next")).data["count"] == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("1985-04-12", "1985-04-12"), ("19850412", "1985-04-12"), ("12 April 1985", "1985-04-12"),
        ("12.4.85", "1985-04-12"), ("April 12", "--04-12"), ("--0412", "--04-12"), ("1604-02-29", "--02-29"),
        ("Feb 29 1988", "1988-02-29"),
    ],
)  # fmt: skip
def test_a_birthday_is_kept_as_cards_have_it(said: str, kept: str):
    """However it was written. Control: what is none, and a day to come."""
    today = dt.date(2026, 11, 20)
    assert checked_birthday(said, today) == kept
    for wrong in ("soon enough", "1985-13-40", "2040-01-01"):
        with pytest.raises(ToolRetry, match="is no birthday"):
            checked_birthday(wrong, today)


def test_february_29_is_the_day_before_march_in_other_years():
    """So that it is celebrated each year, and nobody is told too late."""
    now = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    assert coming([read_birthday("1988-02-29")], "next", now) == [(0, dt.date(2027, 2, 28))]
    assert coming([read_birthday("--02-29")], "2028-02-29", now) == [(0, dt.date(2028, 2, 29))]
    assert coming([None, read_birthday("--06-30")], "in june", now) == [(1, dt.date(2027, 6, 30))]


async def test_a_person_is_found_by_a_number_however_it_is_written(call: Call):
    """Within the country and from abroad. Control: another number, and a part of one."""
    await call("add_contact", name="Ann Lee", phone="+49 30 1234567")
    await call("add_contact", name="Bob Ray", phone="0171/998877")
    for number, name in (
        ("030 123 45 67", "Ann Lee"), ("+49301234567", "Ann Lee"), ("+49 (0)171 998877", "Bob Ray"),
        ("+49 30", "Ann Lee"),
    ):  # fmt: skip
        found = (await call("find_contacts", words=number)).data["contacts"]
        assert [one["name"] for one in found] == [name], number
    assert (await call("find_contacts", words="030 7654321")).data["count"] == 0


async def test_somebody_moves(call: Call, ctx: ToolContext, folder: Path):
    """Undo brings the parts of the address back as they were."""
    (folder / "in.vcf").write_text(WITH_MORE, newline="")
    await call("import_contacts", path="in.vcf")
    moved = await call("edit_contact", contact="zoë", address="5 Main Street, Springfield")
    assert "5 Main Street, Springfield" in moved.text
    assert "Hauptstr" not in (await call("find_contacts", words="zoë")).text
    await undo("edit_contact", moved, ctx)
    assert "Hauptstr. 1, 10115, Berlin" in (await call("find_contacts", words="zoë")).text


async def test_what_cannot_be_a_contact(call: Call):
    """Addresses and numbers are checked; it has to be clear who is meant."""
    with pytest.raises(ToolRetry, match="is not a mail address"):
        await call("add_contact", name="x", email="nobody at home")
    with pytest.raises(ToolRetry, match="is not a phone number"):
        await call("add_contact", name="x", phone="call me")
    with pytest.raises(ToolRetry, match="no name"):
        await call("add_contact", name="  ")
    for name in ("Max Blau", "Max Rot"):
        await call("add_contact", name=name)
    with pytest.raises(ToolRetry, match="fits more than one contact: Max Blau, id"):
        await call("edit_contact", contact="max", note="x")
    with pytest.raises(ToolRetry, match="The contact has no y@example"):
        await call("edit_contact", contact="Max Rot", email="-y@example.org")
    with pytest.raises(ToolRetry, match="Nothing was said to change"):
        await call("edit_contact", contact="Max Rot")


async def test_contacts_go_out_and_come_back(call: Call, ctx: ToolContext, folder: Path):
    """Who is there is not added again; an import is taken back as a whole."""
    (folder / "in.vcf").write_text(
        WITH_MORE + WITH_MORE.replace("u1", "u2").replace("Zoë", "Ida"), newline=""
    )
    imported = await call("import_contacts", path="in.vcf")
    assert imported.text == "Imported 2 contacts from in.vcf."
    await call("export_contacts", path="out")
    with pytest.raises(ToolFailed, match="2 known already"):
        await call("import_contacts", path="out.vcf")
    assert await undo("import_contacts", imported, ctx) == "Removed 2 contacts that came from in.vcf."
    assert (await call("find_contacts")).data["count"] == 0
    assert TOOLS["import_contacts"].spec.untrusted_output
    with pytest.raises(ToolRetry, match="There is no file"):
        await call("import_contacts", path="none.vcf")


def test_what_is_not_understood_stays():
    """A card of another program keeps its own fields through a change."""
    card = read_card(WITH_MORE)
    assert (card.name, card.emails, card.address) == (
        "Zoë Müller",
        ("zoe@example.org",),
        "Hauptstr. 1, 10115, Berlin, Germany",
    )
    again = changed(WITH_MORE, Card(card.uid, "Zoë Meier", ("z@example.org",)))
    assert "X-CUSTOM:kept" in again
    assert "Hauptstr" in again
    assert (read_card(again).name, read_card(again).emails) == ("Zoë Meier", ("z@example.org",))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=80),
       st.text(max_size=200))  # fmt: skip
def test_what_is_written_is_read_again(name: str, note: str):
    """Names come back as they were, and a note as one clean line, whatever is in them."""
    card = read_card(write_card(Card("u", name, note=note)))
    assert card.name == name
    assert all(char.isprintable() for char in card.note)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "BEGIN:VCARD\r\n" * 2000,
     "BEGIN:VCARD\r\nFN:" + "x" * MAX_CARD_CHARACTERS + "\r\nEND:VCARD\r\n"],
)  # fmt: skip
def test_what_is_no_card_is_refused(text: str):
    """With one kind of error, in bounded time."""
    with pytest.raises(ToolFailed):
        read_card(text)


def test_a_card_that_is_too_large_does_not_keep_the_others_out():
    """A photograph of a megabyte is left out, with its card."""
    large = WITH_MORE.replace("X-CUSTOM:kept", "X-CUSTOM:" + "x" * MAX_CARD_CHARACTERS)
    assert [read_card(text).uid for text in split(large + WITH_MORE)] == ["u1"]
    with pytest.raises(ToolFailed, match="no vCard"):
        list(split("nothing here"))


def test_texts_of_strangers_are_cleaned():
    """Escape sequences do not reach a screen."""
    card = read_card(WITH_MORE.replace("Zoë Müller", "Zoë\x1b[2J\x9b Müller"))
    assert "\x1b" not in card.name
    assert "\x9b" not in card.name


def test_what_cannot_be_read_is_not_logged(caplog: pytest.LogCaptureFixture):
    """A card with a thousand broken lines writes none of them into the log. Control: the library does."""
    broken = WITH_MORE.replace("X-CUSTOM:kept", "\r\n".join(["hunter2 is no property"] * 1000))
    assert read_card(broken).name == "Zoë Müller"
    assert "hunter2" not in caplog.text
    with caplog.at_level("ERROR", "vobject.base"):
        next(vobject.readComponents(broken, ignoreUnreadable=True))
    assert caplog.text.count("hunter2") == 1000
