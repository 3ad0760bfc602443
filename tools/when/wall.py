"""From a time on the clock on the wall to the moment that it is there, and which of two moments is later.

Python compares and subtracts two moments of one zone by their clocks, which is wrong in the night in which
clocks are set back, and it takes an hour that clocks leave out for one that comes. Knows no words.
"""

from datetime import UTC, datetime, tzinfo


def at_wall(wall: datetime, zone: tzinfo | None, after: datetime | None = None) -> datetime:
    """The moment at which clocks of ``zone`` show ``wall``.

    Where clocks are set forward, what they leave out comes as much later (2:30 is 3:30); where they are set
    back, it is the first of two, or the second where the first is not later than ``after``.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    found = second if after and is_after(second, first) and not is_after(first, after) else first
    return found.astimezone(UTC).astimezone(zone)


def is_after(moment: datetime, other: datetime) -> bool:
    """Whether ``moment`` is the later one, whatever clocks showed."""
    return moment.timestamp() > other.timestamp()


def seconds_later(moment: datetime, seconds: float) -> datetime:
    """The moment so much real time after ``moment``, on the clock of its zone."""
    return datetime.fromtimestamp(moment.timestamp() + seconds, moment.tzinfo)
