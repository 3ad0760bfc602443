"""A calendar on a server, as it is used here and on a phone: looked at, added to, changed on either side."""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from homewit.tools import ToolFailed, ToolResult, ToolRetry

from ..conftest import TOOLS
from .conftest import Laptop, Phone, make_laptop, started


def event(uid: str, title: str, start: str = "20261121T100000Z", more: str = "") -> str:
    return (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//phone//phone//EN\nBEGIN:VEVENT\nUID:{uid}\n"
        f"DTSTAMP:20261101T000000Z\nSUMMARY:{title}\nDTSTART:{start}\nDURATION:PT1H\n{more}"
        "END:VEVENT\nEND:VCALENDAR\n"
    )


async def use(laptop: Laptop, tool: str, **args: Any) -> ToolResult:
    return await TOOLS[tool].call(args, laptop.ctx)


async def titles(laptop: Laptop, period: str = "the next 30 days") -> list[str]:
    return [one["title"] for one in (await use(laptop, "list_events", period=period)).data["events"]]


async def test_what_a_phone_does_is_seen(phone: Phone, laptop: Laptop):
    """Found from the bare address of the server; what comes, changes and goes is followed."""
    path = phone.make("Work")
    phone.put(f"{path}a.ics", event("a", "dentist"))
    phone.put(f"{path}b.ics", event("b", "standup", "20261123T090000Z", "RRULE:FREQ=DAILY;COUNT=3\n"))
    listed = await use(laptop, "list_events", period="the next 30 days")
    assert [one["title"] for one in listed.data["events"]] == ["dentist", *["standup"] * 3]
    assert {one["calendar"] for one in listed.data["events"]} == {"Work"}
    phone.put(f"{path}a.ics", event("a", "dentist at last", "20261122T100000Z"))
    phone.remove(f"{path}b.ics")
    assert await titles(laptop) == ["dentist", *["standup"] * 3]  # within a minute the copy is taken as it is
    laptop.later()
    assert await titles(laptop) == ["dentist at last"]


async def test_a_look_fetches_what_changed_and_no_more(phone: Phone, laptop: Laptop):
    """Nothing changed: one request. One entry of thirty changed: its address, then its content alone."""
    path = phone.make("Work")
    for number in range(30):
        phone.put(f"{path}{number}.ics", event(f"u{number}", f"meeting {number}"))
    assert len(await titles(laptop)) == 30
    laptop.net.methods()
    laptop.later()
    await titles(laptop)
    assert laptop.net.methods() == ["PROPFIND"]
    phone.put(f"{path}7.ics", event("u7", "moved"))
    laptop.later()
    assert "moved" in await titles(laptop)
    fetched = laptop.net.asked[-1][1]
    assert fetched.count(b"href") == 2, "one opening and one closing tag: one entry"
    assert laptop.net.methods() == ["PROPFIND", "REPORT", "REPORT"]


async def test_a_token_that_the_server_forgot_costs_a_listing_and_nothing_else(phone: Phone, laptop: Laptop):
    """All tags are compared then, and what is the same stays."""
    path = phone.make("Work")
    phone.put(f"{path}a.ics", event("a", "dentist"))
    phone.put(f"{path}b.ics", event("b", "lunch"))
    await titles(laptop)
    (row,) = laptop.ctx.records.rows("collection")
    laptop.ctx.records.change("collection", row.id, token="http://radicale.org/ns/sync/" + "0" * 64)
    phone.remove(f"{path}b.ics")
    laptop.later()
    laptop.net.methods()
    assert await titles(laptop) == ["dentist"]
    assert laptop.net.methods() == ["PROPFIND", "REPORT", "PROPFIND"]


async def test_what_is_added_here_reaches_the_phone_when_it_is_sent(phone: Phone, laptop: Laptop):
    """The card shows what goes out; once sent, nothing waits; taking it back removes it there."""
    path = phone.make("Work")
    added = await use(laptop, "add_event", title="dentist", start="friday at 10")
    assert added.text.endswith("It is here; sync_calendar sends it to Work.")
    assert phone.get(path).count("BEGIN:VEVENT") == 0
    assert await TOOLS["sync_calendar"].foresee({}, laptop.ctx) == (
        "Sent to 127.0.0.1:\nadd in Work: dentist; 2026-11-27 10:00 to 2026-11-27 11:00"
    )
    assert await TOOLS["sync_calendar"].was_done({}, laptop.ctx) is False
    assert (await use(laptop, "sync_calendar")).text == "Sent 1 entry."
    assert "SUMMARY:dentist" in phone.get(path)
    assert await TOOLS["sync_calendar"].was_done({}, laptop.ctx) is True
    assert (await TOOLS["sync_calendar"].foresee({}, laptop.ctx)).startswith("Nothing waits to be sent")
    await TOOLS["add_event"].take_back(added.data, laptop.ctx)
    assert (await use(laptop, "sync_calendar")).data["sent"] == 1
    assert "SUMMARY:dentist" not in phone.get(path)
    assert await titles(laptop) == []


@pytest.mark.parametrize(
    ("keep", "here", "there"), [("mine", "mine", "mine"), ("theirs", "theirs", "theirs")]
)
async def test_what_was_changed_on_both_sides_is_told_and_left_alone(
    phone: Phone, laptop: Laptop, keep: str, here: str, there: str
):
    """Neither overwrites the other until the user says whose stays."""
    path = phone.make("Work")
    phone.put(f"{path}a.ics", event("a", "dentist"))
    await titles(laptop)
    await use(laptop, "edit_event", event="dentist", title="mine")
    phone.put(f"{path}a.ics", event("a", "theirs"))
    for _ in range(2):
        laptop.later()
        told = await use(laptop, "sync_calendar")
        assert told.data["conflicts"] == ["mine"]
        assert "neither was overwritten" in told.text
        assert (await titles(laptop), "SUMMARY:theirs" in phone.get(f"{path}a.ics")) == (["mine"], True)
    await use(laptop, "sync_calendar", keep=keep)
    assert (await titles(laptop), f"SUMMARY:{there}" in phone.get(f"{path}a.ics")) == ([here], True)
    assert (await use(laptop, "sync_calendar")).text == "Your calendar is up to date."


async def test_one_that_was_removed_here_and_changed_there_stays(phone: Phone, laptop: Laptop):
    """Removing takes the version that was seen; a newer one is a conflict."""
    path = phone.make("Work")
    phone.put(f"{path}a.ics", event("a", "dentist"))
    await titles(laptop)
    await use(laptop, "cancel_event", event="dentist")
    phone.put(f"{path}a.ics", event("a", "dentist urgent"))
    assert (await use(laptop, "sync_calendar")).data["conflicts"] == ["dentist"]
    assert "urgent" in phone.get(f"{path}a.ics")
    await use(laptop, "sync_calendar", keep="theirs")
    assert await titles(laptop) == ["dentist urgent"]


async def test_a_second_try_after_a_lost_answer_stores_nothing_twice(phone: Phone, laptop: Laptop):
    """The name on the server follows from the entry, and what is there already is taken as sent."""
    path = phone.make("Work")
    added = await use(laptop, "add_event", title="dentist", start="friday at 10")
    row = laptop.ctx.records.find("event", added.data["id"])
    phone.put(f"{path}{row.uid}.ics", row.content.replace("\r\n", "\n"))
    assert (await use(laptop, "sync_calendar")).data["conflicts"] == []
    assert phone.get(path).count("BEGIN:VEVENT") == 1


async def test_without_the_server_the_copy_is_read_and_changed(phone: Phone, laptop: Laptop):
    """What cannot be reached is told; changes wait."""
    path = phone.make("Work")
    phone.put(f"{path}a.ics", event("a", "dentist"))
    await titles(laptop)
    laptop.net.up = False
    laptop.later()
    listed = await use(laptop, "list_events", period="tomorrow")
    assert listed.data["count"] == 1
    assert "(127.0.0.1 could not be looked at: " in listed.text
    await use(laptop, "move_event", event="dentist", start="tuesday at 9")
    with pytest.raises(ToolFailed):
        await use(laptop, "sync_calendar")
    laptop.net.up = True
    assert (await use(laptop, "sync_calendar")).data["sent"] == 1
    assert "DTSTART" in phone.get(f"{path}a.ics")
    assert "20261121T100000Z" not in phone.get(f"{path}a.ics")


async def test_several_calendars_and_the_one_for_new_entries(phone: Phone, tmp_path: Path):
    """The setting names it, a call may name another; a name that is none is told with those that are."""
    for name in ("Family", "Work"):
        phone.make(name)
    laptop = make_laptop(phone, tmp_path, calendar="Work")
    assert (await use(laptop, "add_event", title="report", start="friday at 10")).text.endswith("to Work.")
    assert (
        await use(laptop, "add_event", title="party", start="friday at 18:00", calendar="family")
    ).text.endswith("to Family.")
    with pytest.raises(ToolRetry, match="Family, Work, home") as told:
        await use(laptop, "add_event", title="x", start="friday", calendar="nope")
    assert "no calendar 'nope'" in str(told.value)


async def test_what_may_only_be_read_is_not_changed(phone: Phone, laptop: Laptop):
    """It is told at once, and new entries do not go there. Control: the same one when it may be written."""
    phone.put(f"{phone.make('Work')}a.ics", event("a", "dentist"))
    await titles(laptop)
    (row,) = laptop.ctx.records.rows("collection")
    laptop.ctx.records.change("collection", row.id, writable=False)
    with pytest.raises(ToolFailed, match="dentist is in Work, which you may only read"):
        await use(laptop, "edit_event", event="dentist", title="doctor")
    assert not (await use(laptop, "add_event", title="lunch", start="monday")).text.endswith("to Work.")
    laptop.ctx.records.change("collection", row.id, writable=True)
    assert (await use(laptop, "edit_event", event="dentist", title="doctor")).text.endswith("to Work.")


async def test_a_wrong_password_is_told_with_what_to_do(phone: Phone, tmp_path: Path):
    """Control: the same server takes the right one in every other test."""
    laptop = make_laptop(phone, tmp_path, "wrong")
    listed = await use(laptop, "list_events")
    assert f"did not accept {phone.user} with the password 'dav_password'" in listed.text
    assert "wrong" not in listed.text


async def test_a_server_that_is_named_no_more_is_forgotten_but_for_what_it_has_not_got(
    phone: Phone, laptop: Laptop
):
    """Its entries are still there; what was added here and never sent is nowhere else."""
    phone.put(f"{phone.make('Work')}a.ics", event("a", "dentist"))
    await use(laptop, "add_event", title="lunch", start="monday at noon")
    assert await titles(laptop) == ["dentist", "lunch"]
    laptop.ctx = replace(laptop.ctx, settings={})
    listed = await use(laptop, "list_events", period="the next 30 days")
    assert [(one["title"], one["calendar"]) for one in listed.data["events"]] == [("lunch", "home")]
    assert laptop.ctx.records.rows("collection") == []


async def test_over_https_the_certificate_counts(tmp_path: Path):
    """One of an own authority is taken when the settings name that. Control: without, it is not."""
    authority, served = trustme.CA(), tmp_path / "served"
    served.mkdir()
    authority.cert_pem.write_to_path(tmp_path / "own.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(served / "cert.pem")
    own = str(served / "cert.pem")
    with started(served, **{"server-ssl": "True", "server-certificate": own, "server-key": own}) as port:
        trusted = ssl.create_default_context(cafile=tmp_path / "own.pem")
        phone = Phone(f"https://localhost:{port}", "user0", trusted)
        phone.put(f"{phone.make('Work')}a.ics", event("a", "dentist"))
        unknown = await use(make_laptop(phone, tmp_path), "list_events")
        assert "could not be looked at" in unknown.text
        assert "certificate" in unknown.text.lower()
        laptop = make_laptop(phone, tmp_path, authorities=str(tmp_path / "own.pem"))
        laptop.later()
        assert await titles(laptop) == ["dentist"]


async def test_without_a_server_nothing_is_asked(tmp_path: Path, phone: Phone):
    """A calendar that lives here alone costs no request."""
    laptop = make_laptop(phone, tmp_path)
    laptop.ctx = replace(laptop.ctx, settings={}, net=laptop.net)
    await use(laptop, "add_event", title="dentist", start="friday at 10")
    assert (await titles(laptop), laptop.net.asked) == (["dentist"], [])
