"""When something is to be: beginnings, ends and lengths as people say them, and periods ahead.

Leans to what is to come, where `periods` leans to what has been. Knows nothing of calendars.
"""

import datetime as dt
import re

from ..errors import ToolRetry
from ..numbers.words import digits_for_ordinals, digits_for_words
from ..text.wording import plain
from .calendars import DAY, MONTH, bounds, months_later
from .clocks import take_time
from .dates import read_day
from .moments import on_the_clock_of
from .periods import AFTER, BEFORE, parse_period
from .spans import read_span
from .times import parse_day_of, parse_moment
from .timewords import timely
from .wall import at_wall, is_after, seconds_later

When = dt.datetime | dt.date
"""A moment, or a day for what lasts all day."""
USUAL_LENGTH = dt.timedelta(hours=1)
_LENGTH = re.compile(
    r"^(?:for )?(?:(?P<days>\d+) ?d(?:ays?)?)? ?(?:(?P<hours>\d+(?:\.\d+)?) ?h(?:(?:ou)?rs?)?)? ?(?:and )?"
    r"(?:(?P<minutes>\d+) ?m(?:in(?:ute)?s?)?)?$"
)
_AHEAD = re.compile(r"(?:in |within )?(?:the )?(?:next|coming) (\d{1,3}) (day|week|month)s?")
_UNTIL = re.compile(r"(?:until|till|up to|by) (?P<base>.+)")
_PAST = re.compile(r"\b(?:last|past|previous|yesterday|ago|earlier)\b")


def read_times(start: str, end: str | None, now: dt.datetime) -> tuple[When, When]:
    """Beginning and end; without a time of day, days. ``end`` may be a moment, a time or a length.

    Raises ToolRetry for what cannot be read, and for an end before the beginning.
    """
    if not _says_time(start, now):
        first, last = parse_day_of(start, now), None
        if (length := read_length(end or "")) is not None:
            last = first + max(length, dt.timedelta(days=1)) - dt.timedelta(days=1)
        elif end and end.strip():
            last = parse_day_of(end, dt.datetime.combine(first, dt.time(0), now.tzinfo))
        last = last or first
        if last < first:
            raise ToolRetry(f"It would end on {last}, before it begins on {first}.", "Give a later end.")
        return first, last + dt.timedelta(days=1)
    begins = _in_the_day(start, parse_moment(start, now), now)
    if end is None or not end.strip():
        return begins, seconds_later(begins, USUAL_LENGTH.total_seconds())
    if (length := read_length(end)) is not None:
        return begins, _later(begins, length)
    bare = take_time(timely(end))
    ends = parse_moment(on_the_day(end, begins.date()), now)
    if not is_after(ends, begins) and bare.said and not bare.rest:
        wall = ends.replace(tzinfo=None, fold=0)
        soon, late = (at_wall(wall + dt.timedelta(hours=hours), now.tzinfo) for hours in (12, 24))
        ends = soon if is_after(soon, begins) else late
    if not is_after(ends, begins):
        raise ToolRetry(
            f"It would end at {ends:%Y-%m-%d %H:%M}, before it begins.", "Give a later end, or a length."
        )
    return begins, ends


def on_its_day(words: str, start: When, now: dt.datetime) -> str:
    """Where something on a day to come is moved to a time of day alone, it stays on its day."""
    if not isinstance(start, dt.datetime):
        return words
    day = (on_the_clock_of(now, start) if start.tzinfo else start).date()
    return on_the_day(words, day) if day > now.date() else words


def on_the_day(words: str, day: dt.date) -> str:
    """Words for a time of day alone with the day that is known; any others as they are."""
    told = take_time(timely(words))
    return (
        f"{day.isoformat()} at {words.strip().removeprefix('at ')}" if told.said and not told.rest else words
    )


def _later(begins: dt.datetime, length: dt.timedelta) -> dt.datetime:
    """Whole days keep the time on the clock, hours are exact."""
    wall = begins.replace(tzinfo=None, fold=0) + dt.timedelta(days=length.days)
    return seconds_later(at_wall(wall, begins.tzinfo) if length.days else begins, length.seconds)


def _in_the_day(start: str, begins: dt.datetime, now: dt.datetime) -> dt.datetime:
    """A bare hour of the morning is meant in the morning: nobody sees a dentist at 22:00."""
    told = take_time(timely(start)).clock
    if told is None or told.half or not 6 <= told.hour <= 11 or begins.hour < 18:
        return begins
    morning = begins - dt.timedelta(hours=12)
    if morning > now:
        return morning
    return morning + dt.timedelta(days=7 if re.search(rf"\b(?:{DAY})\b", plain(start)) else 1)


def read_length(text: str) -> dt.timedelta | None:
    """ "90 minutes", "1h30", "an hour and a half", "2 days"; None for something else."""
    words = digits_for_words(plain(text))
    words = re.sub(
        r"\ban? hour and a half\b|\b1 hour and a half\b|\b1 and a half hours?\b", "90 minutes", words
    )
    words = re.sub(r"\bhalf an hour\b", "30 minutes", words)
    words = re.sub(r"\ban? (?=hour|day|minute)", "1 ", words)
    match = _LENGTH.match(words)
    if match is None or not any(match.groups()):
        return None
    length = dt.timedelta(
        days=int(match["days"] or 0), hours=float(match["hours"] or 0), minutes=int(match["minutes"] or 0)
    )
    return length if dt.timedelta(0) < length <= dt.timedelta(days=366) else None


def read_period(text: str, now: dt.datetime) -> tuple[dt.date, dt.date, str]:
    """First and last day, and the words for them; leans to what lies ahead. Raises ToolRetry."""
    today, words = now.date(), plain(text)
    if words in ("", "upcoming", "next", "coming", "ahead", "soon", "all", "everything"):
        return today, today + dt.timedelta(days=30), "in the next 30 days"
    if match := next(filter(None, (way.fullmatch(words) for way in (BEFORE, AFTER, _UNTIL))), None):
        if ahead := _ahead(match, today):
            return (*ahead, words)
        if not words.startswith("by ") and not take_time(match["base"]).said:
            past = parse_period(text, today)
            return past.start, past.end, words
    if words.startswith("since ") and not take_time(words.removeprefix("since ")).said:
        since = parse_period(text, today)
        return since.start, since.end, words
    if (day := read_day(text, today)) is not None and not _PAST.search(words) and not _is_span(words):
        return day, day, words
    if match := _AHEAD.fullmatch(digits_for_words(words)):
        count = int(match[1])
        last = months_later(today, count) if match[2] == "month" else today + dt.timedelta(
            days=count * (7 if match[2] == "week" else 1))  # fmt: skip
        return today, last, words
    if match := re.fullmatch(r"(?:the )?(?:next|coming) (week|month|year)", words):
        later = {"week": today + dt.timedelta(days=7), "month": months_later(today.replace(day=1), 1),
                 "year": months_later(today, 12)}[match[1]]  # fmt: skip
        return *bounds(later, match[1]), words
    bare = re.sub(r"^(?:in|for|on|over|during) (?=\S)", "", digits_for_ordinals(timely(text)))
    if ahead := read_span(bare, today, "future"):
        return ahead.first, ahead.last, ahead.phrase if ahead.relation == "named" else words
    span = parse_period(text, today)
    if span.end < today and not _PAST.search(words) and not re.search(r"\d{4}", words):
        after = months_later(span.end + dt.timedelta(days=1), 12)  # a February may be longer next year
        first, last = months_later(span.start, 12), after - dt.timedelta(days=1)
        return first, last, f"from {first} to {last}"
    return span.start, span.end, words


def _ahead(match: re.Match[str], today: dt.date) -> tuple[dt.date, dt.date] | None:
    """ "before friday" is from today to Thursday, "until friday" to Friday, "after friday" the 30 days from
    Saturday on; None where that is over, and for a time of day.
    """
    base = timely(match["base"])
    day = None if take_time(base).said else read_day(base, today)
    span = read_span(base, today, "future")
    first, last = (span.first, span.last) if span else (day, day)
    if first is None or last is None:
        return None
    if match.re is BEFORE:
        return (today, first - dt.timedelta(days=1)) if first > today else None
    if match.re is _UNTIL:
        return (today, last) if last >= today else None
    return (last + dt.timedelta(days=1), last + dt.timedelta(days=30)) if last >= today else None


def last_day_of(text: str, now: dt.datetime) -> dt.date:
    """The last day of a period such as "this week" or "before friday", or the day that is meant; raises
    ToolRetry.
    """
    words = plain(text)
    before = BEFORE.fullmatch(words)
    if _is_span(words) or (before and not take_time(before["base"]).said):
        return read_period(text, now)[1]
    return parse_day_of(text, now)


def _is_span(words: str) -> bool:
    return bool(
        re.search(r"\b(?:week|month|year|weekend)\b", words)
        or re.fullmatch(rf"(?:in )?(?:{MONTH})", words)
        or _AHEAD.fullmatch(digits_for_words(words))
    )


def _says_time(text: str, now: dt.datetime) -> bool:
    if take_time(timely(text)).said or re.search(r"\d:\d\d|T\d\d", text):
        return True
    return re.search(r"\b(?:hours?|minutes?|mins?|now)\b", plain(text)) is not None
