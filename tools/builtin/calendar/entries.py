"""Calendar entries as iCalendar text (RFC 5545): written, read, moved and cancelled.

One entry is everything with the same UID: the event and its single occurrences that differ. Text by strangers
is bounded before it is parsed. Moments keep their zone; what has none is meant on the user's clock. Knows
nothing of where entries are kept.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from ...errors import ToolFailed
from ...when.appointments import When

MAX_ENTRY_CHARACTERS = 300_000
MAX_FILE_BYTES = 20_000_000
MAX_ENTRIES = 20_000
_PRODUCT = "-//Homewit//Homewit//EN"
_SHORT, _LONG = 500, 8_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one event; ``end`` is the first moment, or day, after it."""

    uid: str
    summary: str
    start: When
    end: When
    location: str = ""
    description: str = ""
    organizer: str = ""
    rule: str = ""

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, dt.datetime)


def write_entry(entry: Entry, now: dt.datetime) -> str:
    """A calendar that holds the entry alone."""
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("summary", entry.summary)
    event.add("dtstart", zoned(entry.start))
    event.add("dtend", zoned(entry.end))
    if entry.location:
        event.add("location", entry.location)
    if entry.description:
        event.add("description", entry.description)
    if entry.rule:
        event.add("rrule", _rule(entry.rule))
    return _calendar([event])


def read_entry(content: str) -> Entry:
    """The event of an entry, without its changed occurrences; raises ToolFailed for text that is none."""
    return entry_of(main_event(parse(content)))


def parse(content: str) -> Any:
    """The components of a text; raises ToolFailed for one that is too large or no calendar."""
    from icalendar import Calendar

    if len(content) > MAX_FILE_BYTES:
        raise ToolFailed(f"A calendar of more than {MAX_FILE_BYTES // 10**6} MB is not read.")
    try:
        return Calendar.from_ical(content)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ToolFailed(
            f"This is no calendar that can be read: {str(error)[:200]}. Give an iCalendar file (.ics)."
        ) from error


def main_event(calendar: Any) -> Any:
    """The event that is no changed occurrence, or else the first; raises ToolFailed when there is none."""
    events = list(calendar.walk("VEVENT"))
    if not events:
        raise ToolFailed("The calendar holds no event.")
    return next((event for event in events if "RECURRENCE-ID" not in event), events[0])


def entry_of(event: Any) -> Entry:
    """What an event says; raises ToolFailed for one without a beginning."""
    start = _when(event, "DTSTART")
    if start is None:
        raise ToolFailed("An event has no beginning that can be read.")
    end = _when(event, "DTEND")
    if end is None:
        length = _duration(event)
        end = start + (
            length or (dt.timedelta(0) if isinstance(start, dt.datetime) else dt.timedelta(days=1))
        )
    if isinstance(start, dt.datetime) != isinstance(end, dt.datetime) or not _before(start, end):
        end = start if isinstance(start, dt.datetime) else start + dt.timedelta(days=1)
    rule = event.get("RRULE")
    return Entry(
        uid=_text(event, "UID", _SHORT),
        summary=_text(event, "SUMMARY", _SHORT) or "(without a title)",
        start=start,
        end=end,
        location=_text(event, "LOCATION", _SHORT),
        description=_text(event, "DESCRIPTION", _LONG),
        organizer=_text(event, "ORGANIZER", _SHORT).removeprefix("mailto:").removeprefix("MAILTO:"),
        rule=rule.to_ical().decode() if hasattr(rule, "to_ical") else "",
    )


def split(content: str) -> Iterator[tuple[str, str]]:
    """Each entry of a file, by its UID, as a calendar of its own; entries that are too large are left out."""
    calendar = parse(content)
    groups: dict[str, list[Any]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        if number >= MAX_ENTRIES:
            raise ToolFailed(f"The calendar has more than {MAX_ENTRIES} events. Split it into several files.")
        groups.setdefault(_text(event, "UID", _SHORT) or f"without-uid-{number}@homewit", []).append(event)
    zones = list(calendar.walk("VTIMEZONE"))
    for uid, events in groups.items():
        named = {str(getattr(event.get(name), "params", {}).get("TZID", ""))
                 for event in events for name in ("DTSTART", "DTEND")}  # fmt: skip
        used = [zone for zone in zones if str(zone.get("TZID")) in named]
        try:
            text = _calendar([*used, *events])
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        if len(text) <= MAX_ENTRY_CHARACTERS:
            yield uid, text


def joined(contents: list[str]) -> str:
    """One calendar of many entries, for a file."""
    parts: list[Any] = []
    zones: set[str] = set()
    for content in contents:
        for part in parse(content).subcomponents:
            if part.name == "VTIMEZONE":
                if (name := str(part.get("TZID"))) in zones:
                    continue
                zones.add(name)
            parts.append(part)
    return _calendar(parts)


def moved(content: str, start: When, end: When, now: dt.datetime) -> str:
    """The entry at another time, with what else it says. Changed occurrences lose their meaning and go."""
    event = main_event(parse(content))
    for name in ("DTSTART", "DTEND", "DURATION", "DTSTAMP", "LAST-MODIFIED", "EXDATE", "RDATE"):
        event.pop(name, None)
    event.add("dtstart", zoned(start))
    event.add("dtend", zoned(end))
    return _stamped([event], event, now)


def renamed(content: str, now: dt.datetime, **texts: str | None) -> str:
    """The entry with other texts (summary, location, description)."""
    calendar = parse(content)
    event = main_event(calendar)
    for name, text in texts.items():
        if text is not None:
            event.pop(name.upper(), None)
            event.add(name, text)
    event.pop("DTSTAMP", None)
    return _stamped(list(calendar.subcomponents), event, now)


def without_occurrence(content: str, start: When, now: dt.datetime) -> str:
    """A repeating entry without the occurrence that begins at ``start``."""
    calendar = parse(content)
    event = main_event(calendar)
    event.add("exdate", zoned(start))
    event.pop("DTSTAMP", None)
    kept = [
        part
        for part in calendar.subcomponents
        if not (part.name == "VEVENT" and _when(part, "RECURRENCE-ID") == start)
    ]
    return _stamped(kept, event, now)


def _stamped(parts: list[Any], event: Any, now: dt.datetime) -> str:
    event.add("dtstamp", now.astimezone(dt.UTC))
    sequence = event.pop("SEQUENCE", 0)
    event.add("sequence", min(int(sequence) if str(sequence).isdecimal() else 0, 10**6) + 1)
    return _calendar(parts)


def _calendar(parts: list[Any]) -> str:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for part in parts:
        calendar.add_component(part)
    calendar.add_missing_timezones()
    return calendar.to_ical().decode()


def _rule(rule: str) -> Any:
    from icalendar import vRecur

    return vRecur.from_ical(rule)


def _when(event: Any, name: str) -> When | None:
    found = event.get(name)
    found = found[0] if isinstance(found, list) and found else found
    when = value_of(found, "dt")
    return when if isinstance(when, dt.date) else None


def value_of(found: Any, name: str) -> Any:
    """What a property holds; None for one that the parser found broken, which it says when asked."""
    try:
        return getattr(found, name, None)
    except ValueError:
        return None


def _duration(event: Any) -> dt.timedelta | None:
    length = value_of(event.get("DURATION"), "dt")
    return length if isinstance(length, dt.timedelta) and length > dt.timedelta(0) else None


def _before(start: When, end: When) -> bool:
    zones = [when.tzinfo is None for when in (start, end) if isinstance(when, dt.datetime)]
    return len(set(zones)) < 2 and start <= end


def _text(event: Any, name: str, most: int) -> str:
    found = event.get(name)
    found = found[0] if isinstance(found, list) and found else found
    text = "" if found is None else _as_text(found)
    kept = "".join(char if char.isprintable() or char in "\n\t" else " " for char in text[: 4 * most])
    return kept.strip()[:most]


def _as_text(found: Any) -> str:
    try:
        return str(found)
    except ValueError:
        return ""


def zoned(when: When) -> When:
    """A moment in a zone that has a name, so that others know its daylight saving time; else in UTC.

    In UTC as well the second of two with the same time, when clocks are set back: the format has the first.
    """
    if not isinstance(when, dt.datetime) or when.tzinfo is None:
        return when
    name = getattr(when.tzinfo, "key", None)
    return when if name and not when.fold else when.astimezone(ZoneInfo("UTC"))
