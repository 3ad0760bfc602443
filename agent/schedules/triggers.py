"""When a schedule comes up: at one moment, or by a cron expression on the clock of a time zone.

Where clocks are set forward, what falls into the gap comes right after it; where they are set back, a time of
day comes once (as in Debian's cron). Pure; knows nothing of what is done then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from ..errors import UsageError

_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = 5
_TWICE = timedelta(hours=2)
"""Longer than any hour that clocks show twice: a way back has to begin after it to see its first times."""
_FIELD = re.compile(
    r"(?:[\d*]|L|SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[\w*/,#-]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Once:
    """One moment."""

    at: datetime

    def after(self, moment: datetime) -> datetime | None:
        """The first time strictly after ``moment``; None when there is none."""
        return self.at if self.at > moment else None

    def latest(self, most: int, first: datetime, last: datetime) -> list[datetime]:
        """The last ``most`` times from ``first`` to ``last``, both included, in their order."""
        return [self.at] if first <= self.at <= last else []


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression of five fields, and the zone on whose clock it is read."""

    expression: str
    zone: str

    def after(self, moment: datetime) -> datetime | None:
        """Always later, also in an hour that clocks show twice, where a time of day was in the first."""
        start = moment.astimezone(UTC)
        return next((found for found in self._from(start) if found > start), None)

    def latest(self, most: int, first: datetime, last: datetime) -> list[datetime]:
        until = takewhile(lambda moment: moment >= first, self._from(last + _TWICE, back=True))
        return sorted(islice((moment for moment in until if moment <= last), most))

    def _from(self, moment: datetime, back: bool = False) -> Iterator[datetime]:
        simulated = CronSim(self.expression, moment.astimezone(zone_of(self.zone)), reverse=back)
        return (found.astimezone(UTC) for found in simulated)


Trigger = Once | Cron


def read_cron(text: str, zone: str) -> Cron | None:
    """The cron expression that ``text`` is; None for one that is none by its look.

    Raises ``UsageError`` for one that can never come up, or that no cron would take.
    """
    words = _NAMED.get(text.strip().lower(), text).split()
    if len(words) != _FIELDS or not all(map(_FIELD.fullmatch, words)):
        return None
    expression = " ".join(words)
    try:
        found = Cron(expression, zone)
        if found.after(datetime.now(UTC)) is None:
            raise UsageError(f"The cron expression {expression!r} never comes up.")
    except CronSimError as error:
        fields = "minute hour day-of-month month day-of-week"
        raise UsageError(
            f"The cron expression {expression!r} cannot be used: {str(error).lower()}. "
            f"Its fields are: {fields}."
        ) from error
    return found


def zone_of(name: str) -> ZoneInfo:
    """Raises ``UsageError`` for a zone that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"There is no time zone {name!r}. Name one like Europe/Paris or UTC.") from error


def zone_name(now: datetime) -> str:
    """The name of the zone of ``now``; raises ``UsageError`` where only the offset is known, since nobody can
    tell when that changes.
    """
    named = getattr(now.tzinfo, "key", None) or ("" if now.utcoffset() else "UTC")
    try:
        return ZoneInfo(named).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            "The time zone of this machine has no name that can be kept. Give one with --zone, such as "
            "Europe/Paris, or set the variable TZ to it."
        ) from error
