"""When an entry happens: its occurrences between two moments, changed and cancelled ones taken into account.

Rules by strangers are bounded: only those that repeat by the day or more are followed, never those that can
have no day at all, and only so far. Knows nothing of where entries are kept.
"""

import calendar as months
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ...errors import ToolFailed
from ...when.appointments import When
from ...when.wall import at_wall, is_after
from .entries import Entry, entry_of, main_event, parse, value_of
from .rules import days_of, read_rule

MOST = 1_000
_FOLLOWED = 40_000
_SHIFT = dt.timedelta(hours=2)
"""By no more clocks are set forward or back."""
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"}
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an entry happens; both moments have a zone, or both are days."""

    entry: Entry
    start: When
    end: When

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, dt.datetime)

    def begins(self, zone: dt.tzinfo | None) -> dt.datetime:
        """Its beginning as a moment on a clock."""
        return moment(self.start, zone)

    def ends(self, zone: dt.tzinfo | None) -> dt.datetime:
        return moment(self.end, zone)


def moment(when: When, zone: dt.tzinfo | None) -> dt.datetime:
    """A moment on the clock of ``zone``; a day begins at midnight, and what has no zone is meant there."""
    if not isinstance(when, dt.datetime):
        return dt.datetime.combine(when, dt.time(), zone)
    if when.tzinfo is None:
        return when if zone is None else at_wall(when, zone)
    return when.astimezone(dt.UTC).astimezone(zone)  # an hour that clocks leave out is shown as it comes


def occurrences(
    content: str, since: dt.datetime, until: dt.datetime, zone: dt.tzinfo | None
) -> list[Occurrence]:
    """Occurrences of an entry that overlap the time from ``since`` to ``until``, at most `MOST`."""
    calendar = parse(content)
    event = main_event(calendar)
    entry = entry_of(event)
    length = _length(entry, zone)
    changed = dict(_changed(calendar, zone))
    left_out = {moment(one, zone) for one in _days(event, "EXDATE")}
    found: list[Occurrence] = []
    for start in islice(_starts(entry, event, until, zone), _FOLLOWED):
        begins = moment(start, zone)
        if begins >= until and begins > since:
            continue
        if begins in left_out or begins in changed or not _overlaps(begins, length + _SHIFT, since, until):
            continue
        one = Occurrence(entry, start, _end(entry, start, length))
        if not _overlaps(begins, _between(begins, one.ends(zone)), since, until):
            continue
        found.append(one)
        if len(found) >= MOST:
            break
    for other in changed.values():
        begins, ends = moment(other.start, zone), moment(other.end, zone)
        if _overlaps(begins, _between(begins, ends), since, until):
            found.append(Occurrence(replace(other, uid=entry.uid), other.start, other.end))
    return sorted(found, key=lambda one: one.begins(zone))


def span_of(content: str) -> tuple[dt.date, dt.date | None]:
    """The first and last day on which an entry may happen; None for one that goes on for ever."""
    calendar = parse(content)
    event = main_event(calendar)
    entry = entry_of(event)
    first, last = _day(entry.start), _day(entry.end)
    days = (last - first).days
    ends = [last]
    if entry.rule:
        parts = _parts(entry.rule)
        if "UNTIL" not in parts and "COUNT" not in parts and _is_followed(parts):
            return first, None
        if _is_followed(parts):
            starts = list(islice(_starts(entry, event, dt.datetime.max.replace(tzinfo=dt.UTC), None), 5_000))
            ends += [_day(start) + dt.timedelta(days=days) for start in starts[-1:]]
            if len(starts) == 5_000:
                return first, None
    for extra in _days(event, "RDATE"):
        ends.append(_day(extra) + dt.timedelta(days=days))
        first = min(first, _day(extra))
    for _, other in _changed(calendar, None):
        first, ends = min(first, _day(other.start)), [*ends, _day(other.end)]
    return first - dt.timedelta(days=1), max(ends) + dt.timedelta(days=1)


def merged(groups: Iterable[list[Occurrence]], zone: dt.tzinfo | None) -> list[Occurrence]:
    """Occurrences of many entries in their order."""
    return sorted(
        (one for group in groups for one in group), key=lambda one: (one.begins(zone), not one.all_day)
    )


def _starts(entry: Entry, event: Any, until: dt.datetime, zone: dt.tzinfo | None) -> Iterator[When]:
    """Beginnings by the rule and by single dates, the event's own included; each once."""
    seen: set[When] = {entry.start}
    yield entry.start
    for extra in _days(event, "RDATE"):
        if extra not in seen:
            seen.add(extra)
            yield extra
    parts = _parts(entry.rule)
    if not entry.rule or not _is_followed(parts):
        return
    for start in _by_rule(entry, parts):
        if moment(start, zone or dt.UTC) >= until:
            return
        if start not in seen:
            yield start


def _by_rule(entry: Entry, parts: dict[str, str]) -> Iterator[When]:
    start = entry.start
    zone = start.tzinfo if isinstance(start, dt.datetime) else None
    clock = start.time() if isinstance(start, dt.datetime) else dt.time()
    last = _until(parts.pop("UNTIL", ""), zone)
    try:
        rule = read_rule(parts, _day(start))
    except ValueError:
        return  # a rule that makes no sense names no day beside the first
    for day in days_of(rule, _day(start)):
        one = dt.datetime.combine(day, clock)
        if last is not None and one > last:
            return
        yield one.replace(tzinfo=zone) if isinstance(start, dt.datetime) else day


def _until(text: str, zone: dt.tzinfo | None) -> dt.datetime | None:
    """The last beginning on the clock of the event."""
    try:
        if text.endswith("Z"):
            told = dt.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
            return told.astimezone(zone).replace(tzinfo=None) if zone else told.replace(tzinfo=None)
        if "T" in text:
            return dt.datetime.strptime(text, "%Y%m%dT%H%M%S")
        return dt.datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59) if text else None
    except ValueError:
        return None


def _parts(rule: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in rule.upper().split(";"))
    return {name: value for name, _, value in pairs if value}


def _is_followed(parts: dict[str, str]) -> bool:
    """Whether a rule repeats by the day or more, and can have a day at all."""
    if set(parts) - _PARTS or parts.get("FREQ") not in _FREQUENCIES:
        return False
    try:
        days = [int(day) for day in parts.get("BYMONTHDAY", "1").split(",")]
        named = [int(month) for month in parts.get("BYMONTH", "1,2,3,4,5,6,7,8,9,10,11,12").split(",")]
        interval = int(parts.get("INTERVAL", "1"))
        places = [int(place) for place in parts.get("BYSETPOS", "1").split(",")]
    except ValueError:
        return False
    longest = max((months.monthrange(2028, month)[1] for month in named if 1 <= month <= 12), default=0)
    sound = 1 <= interval <= 1000 and all(abs(place) <= 5 for place in places)
    return sound and any(0 < abs(day) <= longest for day in days)


def _changed(calendar: Any, zone: dt.tzinfo | None) -> Iterator[tuple[dt.datetime, Entry]]:
    """Occurrences that differ, by the beginning that they would have had."""
    for event in calendar.walk("VEVENT"):
        original = value_of(event.get("RECURRENCE-ID"), "dt")
        if isinstance(original, dt.date):
            try:
                entry = entry_of(event)
            except ToolFailed:
                continue
            yield moment(original, zone), entry


def _days(event: Any, name: str) -> list[When]:
    found = event.get(name)
    lists = found if isinstance(found, list) else [found] if found is not None else []
    days = [one.dt for some in lists for one in value_of(some, "dts") or ()]
    return [day for day in days if isinstance(day, dt.date)][:MOST]


def _length(entry: Entry, zone: dt.tzinfo | None) -> dt.timedelta:
    if entry.all_day:
        return entry.end - entry.start  # type: ignore[operator]
    return _between(moment(entry.start, zone), moment(entry.end, zone))


def _between(begins: dt.datetime, ends: dt.datetime) -> dt.timedelta:
    """In real time, also over a night in which clocks change."""
    return ends.astimezone(dt.UTC) - begins.astimezone(dt.UTC)


def _end(entry: Entry, start: When, length: dt.timedelta) -> When:
    """The end of what begins at ``start``: by the clock where that of the first is, whichever the night."""
    if not isinstance(start, dt.datetime):
        return start + length
    if start == entry.start:
        return entry.end
    first, last = entry.start, entry.end
    if isinstance(first, dt.datetime) and isinstance(last, dt.datetime) and first.tzinfo == last.tzinfo:
        wall = last.replace(tzinfo=None) - first.replace(tzinfo=None)
        if start.tzinfo is None:
            return start + wall
        ends = at_wall(start.replace(tzinfo=None) + wall, start.tzinfo)
        if is_after(ends, start):
            return ends
    return _plus(start, length)


def _plus(start: When, length: dt.timedelta) -> When:
    """As much later in real time, on the clock of ``start``."""
    on_clock = start if isinstance(start, dt.datetime) else dt.datetime.combine(start, dt.time())
    if on_clock.tzinfo is None:
        return on_clock + length
    return (on_clock.astimezone(dt.UTC) + length).astimezone(on_clock.tzinfo)


def _overlaps(begins: dt.datetime, length: dt.timedelta, since: dt.datetime, until: dt.datetime) -> bool:
    since_begin, until_end = _between(since, begins), _between(begins, until)
    zero = dt.timedelta(0)
    return until_end > zero and (since_begin + length > zero or (not length and since_begin >= zero))


def _day(when: When) -> dt.date:
    return when.date() if isinstance(when, dt.datetime) else when
