"""Birthdays as cards have them, and whose come in a time. Pure."""

import datetime as dt
import re
from dataclasses import dataclass

from ...errors import ToolRetry
from ...text.wording import plain
from ...when.appointments import read_period
from ...when.dates import read_day

_WRITTEN = re.compile(r"(?:(\d{4})-?|--)(\d\d)-?(\d\d)(?:T.*)?")
_NO_YEAR = 1604
"""What some address books write where they know no year; it had a February 29."""
_NEXT = ("", "next", "upcoming", "coming", "soon", "all")


@dataclass(frozen=True, slots=True)
class Birthday:
    """A day of the year, and the year of birth where it is known."""

    year: int | None
    month: int
    day: int

    @property
    def written(self) -> str:
        """As cards have it: "1985-04-12", or "--04-12" without the year."""
        return (
            f"{self.year:04}-{self.month:02}-{self.day:02}"
            if self.year
            else f"--{self.month:02}-{self.day:02}"
        )

    def on_or_after(self, first: dt.date) -> dt.date:
        """The next time that it is; February 29 is on the day before March where there is none."""
        return next(day for year in (first.year, first.year + 1) if (day := self._in(year)) >= first)

    def _in(self, year: int) -> dt.date:
        try:
            return dt.date(year, self.month, self.day)
        except ValueError:
            return dt.date(year, 2, 28)


def read_birthday(text: str) -> Birthday | None:
    """What a card says; None for what is no day."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = int(match[1] or _NO_YEAR), int(match[2]), int(match[3])
    try:
        dt.date(year if year > 0 else _NO_YEAR, month, day)
    except ValueError:
        return None
    return Birthday(None if year in (0, _NO_YEAR) else year, month, day)


def checked_birthday(text: str, today: dt.date) -> str:
    """A birthday that somebody wrote, as cards have it; raises ToolRetry for what is none."""
    day = read_day(text, today)
    later = read_day(text, today + dt.timedelta(days=3 * 365))
    found = read_birthday(text)
    if found is None and day is not None and later is not None:
        year = None if later.year != day.year else day.year
        if year and day > today and not re.search(r"\d{4}", text):
            year -= 100  # "12.4.85" is read as a day to come
        found = Birthday(year, day.month, day.day)
    if found is None or (found.year and found.on_or_after(dt.date(found.year, 1, 1)) > today):
        raise ToolRetry(
            f"{text[:100]!r} is no birthday that can be read.", 'Write it like "1985-04-12" or "April 12".'
        )
    return found.written


def coming(birthdays: list[Birthday | None], period: str, now: dt.datetime) -> list[tuple[int, dt.date]]:
    """Whose birthday is in a period, by their place, and on which day; the first one first."""
    if plain(period) in _NEXT:
        first, last = now.date(), now.date() + dt.timedelta(days=364)
    else:
        first, last, _ = read_period(period, now)
    days = [(place, one.on_or_after(first)) for place, one in enumerate(birthdays) if one is not None]
    return sorted(((place, day) for place, day in days if day <= last), key=lambda found: found[1])
