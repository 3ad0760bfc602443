"""Reads moments as people write them: "in 2 hours", "tomorrow at 9am", "tonight", "10 minutes before noon".

A text is split into a time of day, which `clocks` reads, and a day, which goes to `dates`. Conventions: a day
without a time means 9:00; "at 5" is the afternoon, "at 8" the morning, and on the same day always the one
still to come; what is to be done before or after a time is due at that time. An occasion such as "after work"
needs a time of its own.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from ..errors import ToolRetry
from .amounts import Amount, read_amount
from .calendars import DAY
from .clocks import Clock, Part, TimeOfDay, take_time, time_on
from .dates import Lean, found_day, said_day
from .foreign import read_foreign
from .timewords import MAX_LENGTH, is_about_time, timely
from .wall import at_wall, is_after, seconds_later
from .zones import find_zone

_NOW = {"now", "right now", "immediately", "straight away", "just now", "a moment ago"}
_LONGEST_BARE_MINUTES = 120
_SOON_S = 3 * 3_600
_AN_HOUR = Amount(seconds=3_600)
_SHORT_ZONE = "utc|gmt|cet|cest|bst|est|edt|cst|cdt|mst|mdt|pst|pdt|ist|jst|aest|aedt|msk"
_ZONE = re.compile(
    r"(?P<before>.*(?:\d|noon|midnight).*?) "
    rf"(?:(?P<place>[a-z][a-z /]*) time|(?P<short>{_SHORT_ZONE}))\b(?P<after>.*)"
)
_OCCASION = re.compile(
    r"\b(?:when|once|as soon as|after|before|during|while|on(?: my)? way)((?: [a-z][a-z'-]*)+)"
)
_HERE = {"my", "our", "local"}


def parse_moment(text: str, now: datetime) -> datetime:
    """Return the moment that `text` means when said at `now` (aware); in the zone of `now`.

    Leans to the future where the text leaves it open. Raises ToolRetry.
    """
    found = None
    if len(text) <= MAX_LENGTH:
        found = _exact(text, now) or _read(timely(text), now) or _foreign(text, now)
    if found is None:
        raise ToolRetry(
            f"{text!r} is not a time that can be read.",
            'Write it like "2026-05-03 14:30", "tomorrow at 9am", "friday 18:00" or "in 2 hours".',
        )
    return found


def read_moment(text: str, now: datetime) -> datetime | None:
    """Like `parse_moment`, in English alone, with None for what cannot be read."""
    return (_exact(text, now) or _read(timely(text), now)) if len(text) <= MAX_LENGTH else None


def parse_day_of(text: str, now: datetime, lean: Lean = "future") -> date:
    """Return the day that `text` means when said at `now`, also where it names a time; raises ToolRetry."""
    return found_day(text, _day_of(text, now, lean) if len(text) <= MAX_LENGTH else None)


def _day_of(text: str, now: datetime, lean: Lean) -> date | None:
    today, words = now.date(), timely(text)
    if day := said_day(text, today, lean):
        return day
    try:
        if moment := _instant(words, now):
            return moment.date()
        told = take_time(words)
        if told.rest and (day := said_day(told.rest, today, lean)):
            return day
        if told.said and not told.rest:
            if told.clock is not None and told.clock.half == "midnight":
                return today
            return _last_day_with(told, now) if lean == "past" else _next_occurrence(told, now).date()
    except (OverflowError, ValueError):
        return None
    if (shorter := _without_occasion(words)) != words:
        return _day_of(shorter, now, lean)
    foreign = read_foreign(text, now, lean)
    return foreign.date() if foreign else None


def _read(words: str, now: datetime) -> datetime | None:
    try:
        for reader in _READERS:
            if (found := reader(words, now)) is not None:
                return found
    except (OverflowError, ValueError):  # a time that no clock shows, such as 25:00
        return None
    return None


def _exact(text: str, now: datetime) -> datetime | None:
    """ISO 8601, with or without a zone."""
    if not re.match(r"\s*\d{4}-\d\d-\d\d[T ]\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(now.tzinfo) if moment.tzinfo else _at(now, moment.date(), moment.time())
    except (ValueError, OverflowError):
        return None


def _instant(words: str, now: datetime) -> datetime | None:
    """ "now", and amounts of time from now: "in 2 hours", "20 minutes from now", "an hour ago", "in five"."""
    if words in _NOW:
        return now
    if words in ("on hour", "at top of hour", "on next hour"):
        return _AN_HOUR.from_moment(now.replace(minute=0, second=0, microsecond=0))
    if (match := re.fullmatch(r"in (\d{1,3})", words)) and 0 < int(match[1]) <= _LONGEST_BARE_MINUTES:
        return Amount(seconds=60 * int(match[1])).from_moment(now)
    pattern = (
        r"(?:in|after|within)(?: next)? (?P<in>.+?)(?:'s?(?= time))?(?: time)?(?: from now)?"
        r"|(?P<later>.+) (?:from now|later|hence)|(?P<ago>.+) ago"
    )
    match = re.fullmatch(pattern, words)
    bare = re.match(r"(?:in|within) next ", words) is not None  # "in the next hour"
    amount = read_amount(match["in"] or match["later"] or match["ago"], bare) if match else None
    if match is None or amount is None:
        return None
    return (-amount if match["ago"] else amount).from_moment(now.replace(microsecond=0))


def _elsewhere(words: str, now: datetime) -> datetime | None:
    """ "at 9 Tokyo time tomorrow", "3pm UTC": read there, and told here."""
    match = _ZONE.fullmatch(words)
    if match is None:
        return None
    named = match["short"] or match["place"]
    before, parts = match["before"], named.split()
    for first in range(len(parts)):
        place, told = " ".join(parts[first:]), " ".join((before, *parts[:first])) + match["after"]
        if place in _HERE:
            return _read(told, now)
        try:
            zone = find_zone(place)[1]
        except ToolRetry:
            continue
        found = _read(told, now.astimezone(zone))
        return found and found.astimezone(now.tzinfo)
    return None


def _around_another(words: str, now: datetime) -> datetime | None:
    """ "two hours before noon", "10 minutes after 6:15 tomorrow"."""
    match = re.fullmatch(r"(?P<amount>.+?) (?P<way>before|after|prior to|from) (?P<base>.+)", words)
    amount = read_amount(match["amount"]) if match else None
    if match is None or amount is None or not amount.seconds or not take_time(match["base"]).said:
        return None
    base = _read(match["base"] if " " in match["base"] else f"at {match['base']}", now)
    return base and (amount if match["way"] in ("after", "from") else -amount).from_moment(base)


def _same_time(words: str, now: datetime) -> datetime | None:
    """ "this time tomorrow", "same time next week", "tomorrow at the same time"."""
    match = re.fullmatch(
        r"(?:at )?(?:same|this) time (?P<day>.+)|(?P<first>.+?),? (?:at )?(?:same|this) time", words
    )
    if match is None:
        return None
    said = match["day"] or match["first"]
    day = said_day(f"same day {said}", now.date(), "future") or said_day(said, now.date(), "future")
    return _at(now, day, now.time()) if day else None


def _day_and_time(words: str, now: datetime) -> datetime | None:
    told = take_time(words)
    if not told.rest:
        return _next_occurrence(told, now) if told.said else None
    today, day = now.date(), said_day(told.rest, now.date(), "future")
    if day is None:
        return None
    if not told.said:
        return _without_time(day, now)
    if told.clock and day - today == timedelta(days=7) and re.fullmatch(rf"(?:on )?(?:{DAY})", told.rest):
        moment = _on(today, told, now)
        if is_after(moment, now):  # "friday at 18:00", said on a Friday morning
            return moment
    moment = _on(day, told, now)
    if day == today and told.clock is None and told.part and told.part.half == "night":
        return moment if is_after(moment, now) else _in_an_hour(now)  # "tonight", said late in the evening
    return moment


def _on_occasion(words: str, now: datetime) -> datetime | None:
    """ "when the shops open at 9", "after school at 3:15": the time decides; without one, nobody can tell."""
    shorter = _without_occasion(words)
    return _read(shorter, now) if shorter != words and take_time(shorter).clock else None


def _without_occasion(words: str) -> str:
    match = _OCCASION.search(words)
    if match is None:
        return words
    end = match.start(1)
    for word in match[1].split():
        if is_about_time(word):
            break
        end += 1 + len(word)
    return f"{words[: match.start()]}{words[end:]}".strip() if end > match.start(1) else words


_READERS: tuple[Callable[[str, datetime], datetime | None], ...] = (
    _instant, _same_time, _elsewhere, _around_another, _day_and_time, _on_occasion,
)  # fmt: skip


def _foreign(text: str, now: datetime) -> datetime | None:
    found = read_foreign(text, now, "future")
    if found is None:
        return None
    named_no_time = found.time() in (time(0), now.time().replace(tzinfo=None))
    return _without_time(found.date(), now) if named_no_time else _at(now, found.date(), found.time())


def _next_occurrence(told: TimeOfDay, now: datetime) -> datetime:
    """A time without a day: the next time that it comes."""
    today = _on(now.date(), told, now)
    return today if is_after(today, now) else _on(now.date() + timedelta(days=1), told, now)


def _last_day_with(told: TimeOfDay, now: datetime) -> date:
    """The day of a time that has been: "at 11pm" after midnight was yesterday, noon at 11:50 is today."""
    coming = is_after(_on(now.date(), told, now), seconds_later(now, _SOON_S))
    return now.date() - timedelta(days=1) if coming else now.date()


def _on(day: date, told: TimeOfDay, now: datetime) -> datetime:
    clock, days = _clock_on(day, told.clock, told.part, now)
    return _at(now, day + timedelta(days=days), clock)


def _clock_on(day: date, clock: Clock | None, part: Part | None, now: datetime) -> tuple[time, int]:
    return time_on(clock, part, lambda time_of_day: is_after(_at(now, day, time_of_day), now))


def _without_time(day: date, now: datetime) -> datetime:
    """A day alone: 9:00, or an hour from now when that has passed today."""
    moment = _at(now, day, time(9))
    if day == now.date() and not is_after(moment, now):
        return _in_an_hour(now)
    return moment


def _in_an_hour(now: datetime) -> datetime:
    return _AN_HOUR.from_moment(now.replace(second=0, microsecond=0))


def _at(now: datetime, day: date, clock: time) -> datetime:
    return at_wall(datetime.combine(day, clock.replace(microsecond=0, tzinfo=None)), now.tzinfo, now)
