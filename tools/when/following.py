"""From one time of a repetition to the next: a rule of RFC 5545 followed on the clock on the wall.

A rule is followed from the last time, not from the first, so what the first one said without words (the day
of a month, the time of day) is pinned in the rule: 2:30 stays 2:30 after a night without it, and the 31st
stays the end of the month after a February. Knows nothing of what repeats.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import NamedTuple

from .repeating import DAYS, rule_parts
from .wall import at_wall, is_after

_LATEST = date(9990, 1, 1)
_MOST_MISSED = 1000
_SHORTEST_MONTH = 28


class Next(NamedTuple):
    """When something comes again, None for never; how many times passed before; the rule from then on."""

    at: datetime | None
    missed: int
    rule: str


def pinned(rule: str, start: date) -> str:
    """``rule`` with the day, and of a moment the time of day, that its first time gives it.

    A day that short months lack is their last one; days that the rule names itself are left as they are.
    """
    parts = rule_parts(rule)
    if not parts.keys() & {"BYDAY", "BYMONTHDAY", "BYMONTH"}:
        parts |= _day_of(parts.get("FREQ"), start)
    if isinstance(start, datetime):
        parts |= {"BYHOUR": str(start.hour), "BYMINUTE": str(start.minute)}
    return _written(parts)


def _day_of(frequency: str | None, day: date) -> dict[str, str]:
    if frequency == "WEEKLY":
        return {"BYDAY": DAYS[day.weekday()]}
    if frequency == "YEARLY":
        number = -1 if (day.month, day.day) == (2, 29) else day.day
        return {"BYMONTH": str(day.month), "BYMONTHDAY": str(number)}
    if frequency != "MONTHLY":
        return {}
    if day.day <= _SHORTEST_MONTH:
        return {"BYMONTHDAY": str(day.day)}
    if day.day == 31:
        return {"BYMONTHDAY": "-1"}
    return {"BYMONTHDAY": ",".join(map(str, range(_SHORTEST_MONTH, day.day + 1))), "BYSETPOS": "-1"}


def pinned_time(rule: str) -> time | None:
    """The time of day that is pinned in a rule."""
    parts = rule_parts(rule)
    return time(int(parts["BYHOUR"]), int(parts.get("BYMINUTE", 0))) if "BYHOUR" in parts else None


def first_day(rule: str, start: date) -> date:
    """The first day on or after ``start`` that a rule names."""
    begin = datetime.combine(start, time())
    return next((wall.date() for wall in _walls(rule_parts(rule), begin)), start)


def next_day(rule: str, start: date, after: date) -> date | None:
    """The first day of a rule that began on ``start``, later than ``after``; None when there is none."""
    walls = _following(rule_parts(rule), datetime.combine(start, time()))
    return next((wall.date() for wall in walls if wall.date() > after), None)


def next_due(rule: str, due: date, today: date) -> tuple[date | None, str]:
    """For what was done today and was due: when it is due again, later than today, and the rule from then on.

    A number of times counts how often it is done, not the days that passed meanwhile.
    """
    parts = rule_parts(rule)
    count = int(parts.pop("COUNT", 0))
    if count == 1:
        return None, rule
    following = next_day(_written(parts), due, max(due, today))
    return following, _written(parts | ({"COUNT": str(count - 1)} if count else {}))


def next_moment(rule: str, start: datetime, after: datetime) -> datetime | None:
    """The first time of a rule that began at ``start``, later than ``after``; in the zone of ``start``."""
    return next((moment for moment in _moments(rule, start) if is_after(moment, after)), None)


def next_reminder(rule: str, at: datetime, now: datetime) -> Next:
    """For a reminder that is due: ``at`` in the zone on whose clock it goes on."""
    kept = rule_parts(pinned(rule, at) if pinned_time(rule) is None else rule)
    missed, following = 0, None
    for moment in _moments(_written(kept), at):
        if is_after(moment, now):
            following = moment
            break
        missed += 1
    if "COUNT" in kept:
        kept["COUNT"] = str(max(1, int(kept["COUNT"]) - 1 - missed))
    return Next(following, min(missed, _MOST_MISSED), _written(kept))


def _moments(rule: str, start: datetime) -> Iterator[datetime]:
    zone = start.tzinfo
    for wall in _following(rule_parts(rule), start.replace(tzinfo=None, fold=0)):
        yield at_wall(wall, zone)


def _following(parts: dict[str, str], start: datetime) -> Iterator[datetime]:
    """What comes after ``start``, which is the first of the times that a rule counts."""
    later = (wall for wall in _walls(parts, start) if wall > start)
    return islice(later, int(parts["COUNT"]) - 1) if "COUNT" in parts else later


def _walls(parts: dict[str, str], start: datetime) -> Iterator[datetime]:
    """All times that a rule names from ``start`` on, without an end."""
    from dateutil.rrule import rrulestr

    if start.date() >= _LATEST:
        return iter(())
    endless = {name: value for name, value in parts.items() if name != "COUNT"}
    return iter(rrulestr(_written(endless), dtstart=start))  # type: ignore[arg-type]


def _written(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())
