"""Says days and moments as people do: "today at 17:00", "Friday 27 November at 09:00", "tomorrow".

The way back from `dates` and `times`, which read them. A year is named when it is not the present one. Data
fields stay ISO 8601; only text for people is made here.
"""

from datetime import date, datetime

_NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def calendar_day(day: date) -> str:
    """A day that is told apart from every other: "27 November 2026"."""
    return f"{day.day} {day:%B} {day.year}"


def full_day(day: date) -> str:
    """The same with its weekday: "Friday 27 November 2026"."""
    return f"{day:%A} {calendar_day(day)}"


def day_words(day: date, today: date) -> str:
    """A day as it is said on ``today``: "tomorrow", "Friday 27 November", "Sunday 3 January 2027"."""
    return _NEAR.get((day - today).days) or _weekday(day, today)


def on_day(day: date, today: date) -> str:
    """The same with the preposition that it takes: "tomorrow", "on Friday 27 November"."""
    return _NEAR.get((day - today).days) or f"on {_weekday(day, today)}"


def lasting_day(day: date, today: date) -> str:
    """As `day_words`, with the date beside a name that means another day tomorrow: "today, 20 November"."""
    near = _NEAR.get((day - today).days)
    return f"{near}, {_without_weekday(day, today)}" if near else _weekday(day, today)


def moment_words(moment: datetime, now: datetime) -> str:
    """A moment on the clock of ``now``: "today at 17:00", "Friday 27 November at 09:00"."""
    local = on_the_clock_of(now, moment)
    return f"{day_words(local.date(), now.date())} at {local:%H:%M}"


def on_the_clock_of(now: datetime, moment: datetime) -> datetime:
    """``moment`` in the zone of ``now``; one without a zone is meant there already.

    9999-12-31T23:59:59Z, which stands for "never", is the year 10000 east of Greenwich: it stays as it is.
    """
    try:
        return moment.astimezone(now.tzinfo) if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
    except OverflowError:
        return moment


def _weekday(day: date, today: date) -> str:
    return f"{day:%A} {_without_weekday(day, today)}"


def _without_weekday(day: date, today: date) -> str:
    return calendar_day(day) if day.year != today.year else f"{day.day} {day:%B}"
