"""When entries by others happen: zones, exceptions, changed days, and calendars that are built to harm."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homewit.tools import ToolFailed
from homewit.tools.builtin.calendar.entries import MAX_ENTRY_CHARACTERS, read_entry, split
from homewit.tools.builtin.calendar.occurrences import MOST, occurrences, span_of

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *lines, "END:VCALENDAR", ""])


def event(*lines: str, uid: str = "1@x") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]


def starts(content: str, first: str, last: str) -> list[str]:
    since = dt.datetime.fromisoformat(first).replace(tzinfo=BERLIN)
    until = dt.datetime.fromisoformat(last).replace(tzinfo=BERLIN)
    return [f"{one.begins(BERLIN):%m-%d %H:%M}" for one in occurrences(content, since, until, BERLIN)]


def test_a_series_over_the_change_of_clocks():
    """On the clock of the event; elsewhere that is another hour."""
    content = calendar(
        *event("SUMMARY:x", "DTSTART;TZID=Europe/Berlin:20260327T090000", "RRULE:FREQ=DAILY;COUNT=4")
    )
    assert starts(content, "2026-03-01", "2026-04-30") == [
        "03-27 09:00",
        "03-28 09:00",
        "03-29 09:00",
        "03-30 09:00",
    ]
    utc = calendar(*event("SUMMARY:x", "DTSTART:20260328T080000Z", "RRULE:FREQ=DAILY;COUNT=2"))
    assert starts(utc, "2026-03-01", "2026-04-30") == ["03-28 09:00", "03-29 10:00"]
    assert span_of(content) == (dt.date(2026, 3, 26), dt.date(2026, 3, 31))


@pytest.mark.parametrize("first", ["20261023", "20261024", "20260327", "20260328"])
def test_a_night_shift_ends_at_its_hour(first: str):
    """Also in the nights in which clocks change, and if the series begins in one of them."""
    day = dt.date.fromisoformat(first)
    content = calendar(
        *event("SUMMARY:x", f"DTSTART;TZID=Europe/Berlin:{first}T230000",
               f"DTEND;TZID=Europe/Berlin:{day + dt.timedelta(days=1):%Y%m%d}T050000",
               "RRULE:FREQ=DAILY;COUNT=3")
    )  # fmt: skip
    since = dt.datetime.combine(day, dt.time(), BERLIN)
    found = occurrences(content, since, since + dt.timedelta(days=5), BERLIN)
    assert [f"{one.ends(BERLIN):%H:%M}" for one in found] == ["05:00"] * 3
    at_five = dt.datetime.combine(day + dt.timedelta(days=2), dt.time(5), BERLIN)
    assert occurrences(content, at_five, at_five + dt.timedelta(hours=2), BERLIN) == []


def test_a_time_that_a_night_lacks_is_shown_as_it_comes():
    """2:30 in the night in which clocks are set forward; an exception for it still leaves it out."""
    lines = ("SUMMARY:x", "DTSTART;TZID=Europe/Berlin:20260328T023000", "RRULE:FREQ=DAILY;COUNT=3")
    content = calendar(*event(*lines))
    assert starts(content, "2026-03-01", "2026-04-30") == ["03-28 02:30", "03-29 03:30", "03-30 02:30"]
    without = calendar(*event(*lines, "EXDATE;TZID=Europe/Berlin:20260329T023000"))
    assert starts(without, "2026-03-01", "2026-04-30") == ["03-28 02:30", "03-30 02:30"]


def test_days_that_are_left_out_added_and_changed():
    """EXDATE, RDATE and RECURRENCE-ID, each on its day."""
    content = calendar(
        *event(
            "SUMMARY:x", "DTSTART;TZID=Europe/Berlin:20260302T090000", "DURATION:PT30M",
            "RRULE:FREQ=WEEKLY;UNTIL=20260323T220000Z", "EXDATE;TZID=Europe/Berlin:20260309T090000",
            "RDATE;TZID=Europe/Berlin:20260305T120000",
        ),
        *event("SUMMARY:moved", "DTSTART;TZID=Europe/Berlin:20260317T150000",
               "RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000"),
    )  # fmt: skip
    assert starts(content, "2026-03-01", "2026-04-30") == [
        "03-02 09:00",
        "03-05 12:00",
        "03-17 15:00",
        "03-23 09:00",
    ]
    assert starts(content, "2026-03-16", "2026-03-17") == []


def test_what_overlaps_the_time_is_found():
    """An entry that began before and still goes on; one that ends as the time begins does not."""
    content = calendar(*event("SUMMARY:x", "DTSTART:20260301T220000Z", "DTEND:20260302T020000Z"))
    assert starts(content, "2026-03-02", "2026-03-03") == ["03-01 23:00"]
    assert starts(content, "2026-03-03", "2026-03-04") == []
    days = calendar(*event("SUMMARY:x", "DTSTART;VALUE=DATE:20260301", "DTEND;VALUE=DATE:20260303"))
    assert starts(days, "2026-03-02", "2026-03-03") == ["03-01 00:00"]
    assert starts(days, "2026-03-03", "2026-03-04") == []


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYYEARDAY=400",
     "FREQ=DAILY;INTERVAL=0",
     "FREQ=MINUTELY;INTERVAL=1", "FREQ=DAILY;BYSETPOS=300", "FREQ=NEVER", "FREQ=DAILY;COUNT=x"],
)  # fmt: skip
def test_rules_that_would_run_for_ever_are_not_followed(rule: str):
    """The entry happens once, at once."""
    content = calendar(*event("SUMMARY:x", "DTSTART:20260301T080000Z", f"RRULE:{rule}"))
    try:
        assert starts(content, "2026-03-01", "2027-04-30") == ["03-01 09:00"]
    except ToolFailed:
        assert "x" in rule or "NEVER" in rule or "INTERVAL=0" in rule


def test_a_series_is_cut_at_a_bound():
    """Three thousand days give the first thousand."""
    content = calendar(*event("SUMMARY:x", "DTSTART:20200101T080000Z", "RRULE:FREQ=DAILY"))
    assert len(starts(content, "2020-01-01", "2030-01-01")) == MOST
    assert span_of(content)[1] is None
    assert starts(content, "2026-03-01", "2026-03-02") == ["03-01 09:00"]


def test_texts_of_strangers_are_cleaned_and_cut():
    """Escape sequences go, long texts end; an entry that is too large is left out of a file."""
    evil = calendar(
        *event("SUMMARY:hi\x1b]0;x\x07 there", "DTSTART:20260301T080000Z", f"DESCRIPTION:{'y' * 20_000}")
    )
    entry = read_entry(evil)
    assert (entry.summary, len(entry.description)) == ("hi ]0;x  there", 8_000)
    large = calendar(
        *event("SUMMARY:small", "DTSTART:20260301T080000Z", uid="a"),
        *event(
            "SUMMARY:large", "DTSTART:20260301T080000Z", f"DESCRIPTION:{'y' * MAX_ENTRY_CHARACTERS}", uid="b"
        ),
    )
    assert [uid for uid, _ in split(large)] == ["a"]


@pytest.mark.parametrize(
    "text",
    ["", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "BEGIN:VCARD\r\nEND:VCARD\r\n",
     calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT"), "BEGIN:VEVENT\r\n" * 3000,
     calendar(*event("DTSTART:99999999T999999"))],
)  # fmt: skip
def test_what_is_no_entry_is_refused(text: str):
    """With one kind of error, whatever is wrong."""
    with pytest.raises(ToolFailed):
        read_entry(text)


@given(st.text(max_size=300))
def test_any_text_is_an_entry_or_an_error(text: str):
    """No other exception leaves the reader."""
    try:
        span_of(calendar(*event("DTSTART:20260301T080000Z", *text.split("\n"))))
    except ToolFailed:
        return


@given(
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])},
        optional={
            "BYDAY": st.integers(-400, 400).map(lambda number: f"{number}MO"),
            "BYMONTH": st.integers(-1, 14).map(str),
            "BYMONTHDAY": st.integers(-40, 40).map(str),
            "BYSETPOS": st.integers(-5, 5).map(str),
            "INTERVAL": st.sampled_from(["0", "1", "7", "999"]),
            "COUNT": st.sampled_from(["0", "1", "3"]),
            "WKST": st.sampled_from(["SU", "XX"]),
        },
    )
)
@example({"FREQ": "MONTHLY", "BYDAY": "53MO"})
@settings(max_examples=60)
def test_no_rule_by_a_stranger_stops_the_calendar(rule: dict[str, str]):
    """Its first day is there, whatever the rule says: one invitation must not hide all other entries."""
    said = ";".join(f"{name}={value}" for name, value in rule.items())
    content = calendar(*event("DTSTART:20261128T100000Z", f"RRULE:{said}"))
    since = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    assert span_of(content)[0] <= since.date()
    found = occurrences(content, since, since + dt.timedelta(days=2), dt.UTC)
    assert found[0].begins(dt.UTC) == since.replace(hour=10)
