"""Amounts of time as people say them: "2 hours", "an hour and a half", "three quarters of an hour", "1h 30m".

They are added to a day or to a moment. A month is no number of days and a day no number of hours (clocks
change), so these are kept apart. "A couple" is two, "a few" are three; half a month is fifteen days.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from .calendars import months_later

_MOST_WORKING_DAYS = 10_000


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of time; negative parts go back."""

    months: int = 0
    days: int = 0
    working_days: int = 0
    seconds: int = 0

    def __bool__(self) -> bool:
        return self != Amount()

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(
            self.months + other.months,
            self.days + other.days,
            self.working_days + other.working_days,
            self.seconds + other.seconds,
        )

    def __neg__(self) -> "Amount":
        return Amount(-self.months, -self.days, -self.working_days, -self.seconds)

    def from_day(self, day: date) -> date:
        """The day that lies this amount after `day`; raises ValueError for one that counts hours."""
        if self.seconds:
            raise ValueError("an amount of hours leads to no day")
        day = months_later(day, self.months) + timedelta(days=self.days)
        if abs(self.working_days) > _MOST_WORKING_DAYS:
            raise OverflowError("so many working days are not counted")
        step = timedelta(days=1 if self.working_days > 0 else -1)
        for _ in range(abs(self.working_days)):
            day += step
            while day.weekday() >= 5:
                day += step
        return day

    def from_moment(self, moment: datetime) -> datetime:
        """The moment this amount after `moment`: days keep the time on the clock, hours are exact."""
        day = Amount(self.months, self.days, self.working_days).from_day(moment.date())
        shifted = moment if day == moment.date() else datetime.combine(day, moment.time(), moment.tzinfo)
        return (shifted.astimezone(UTC) + timedelta(seconds=self.seconds)).astimezone(moment.tzinfo)


_UNITS = {
    "second": Amount(seconds=1), "minute": Amount(seconds=60), "hour": Amount(seconds=3_600),
    "day": Amount(days=1), "week": Amount(days=7), "fortnight": Amount(days=14), "month": Amount(months=1),
    "quarter": Amount(months=3), "year": Amount(months=12), "decade": Amount(months=120),
    "weekday": Amount(working_days=1), "working day": Amount(working_days=1),
}  # fmt: skip
_SHORT = {
    "s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "hr": "hour", "d": "day",
    "w": "week", "wk": "week", "mth": "month", "y": "year", "yr": "year", "business day": "working day",
    "work day": "working day", "workday": "working day",
}  # fmt: skip
UNIT = "|".join(sorted((*_UNITS, *_SHORT), key=len, reverse=True))
_SHARES = {"half": Fraction(1, 2), "third": Fraction(1, 3), "quarter": Fraction(1, 4)}
_SHARE = "half|quarter|third"
_NUMBER = r"(?:\d+ )?[1-9]/[2-9]|\d+(?:[.,]\d+)?|an?(?= )"
_PART = re.compile(
    rf"(?:(?:(?P<top>\d+|an?) )?(?P<share>{_SHARE})s?(?: of)?(?: an?)? "
    rf"|(?P<count>{_NUMBER})(?: and (?:an? )?(?P<more>{_SHARE}))? ?"
    rf"|(?P<few>(?:an? )?(?:couple(?: of)?|few)) "
    rf")?(?P<unit>{UNIT})(?P<plural>s)?(?![a-z])(?: and (?:an? )?(?P<rest>{_SHARE})\b(?! of| an?\b))?"
)
_JOINT = re.compile(r",? and |,? ?")


def read_amount(words: str, bare: bool = False) -> Amount | None:
    """Read an amount in plain words with digits; None for anything else.

    `bare` takes a unit alone for one of it, as in "the last week" or "the day before".
    """
    words = re.sub(r"(\d)h([0-5]\d)\b", r"\1h \2m", words)
    total, position = Amount(), 0
    while match := _PART.match(words, position):
        counted = match["share"] or match["count"] or match["few"]
        if not counted and not (bare and match["unit"] in _UNITS and not match["plural"]):
            return None
        unit, factor = _UNITS[_SHORT.get(match["unit"], match["unit"])], _factor(match)
        if unit.working_days and factor.denominator != 1:
            return None  # nobody knows how long half a working day is
        total += _scaled(unit, factor)
        if match.end() == len(words):
            return total
        joint = _JOINT.match(words, match.end())
        position = joint.end() if joint else match.end()
    return None


def _factor(match: re.Match[str]) -> Fraction:
    if match["share"]:
        factor = _SHARES[match["share"]] * _number(match["top"])
    else:
        factor = Fraction(2 + ("few" in match["few"])) if match["few"] else _number(match["count"])
    return factor + sum(_SHARES[part] for part in (match["more"], match["rest"]) if part)


def _number(text: str | None) -> Fraction:
    """ "2", "2.5", "1 1/2"; one for an article or nothing."""
    if text in (None, "a", "an"):
        return Fraction(1)
    return sum((Fraction(part.replace(",", ".")) for part in text.split()), Fraction(0))


def _scaled(unit: Amount, factor: Fraction) -> Amount:
    if unit.working_days:
        return Amount(working_days=int(factor))
    months = unit.months * factor
    days = unit.days * factor + months % 1 * 30
    seconds = unit.seconds * factor + days % 1 * 86_400
    return Amount(int(months), int(days), 0, round(seconds))
