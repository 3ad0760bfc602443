"""Days of the year that people call by name instead of by date.

Fixed ones, and those few moving ones that are ruled by a weekday or by Easter.
"""

from collections.abc import Callable
from datetime import date, timedelta


def _weekday_of(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    from dateutil.easter import easter

    return easter(year)


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


_FIXED = {
    "new year": (1, 1), "new years": (1, 1), "new year's": (1, 1), "new year's day": (1, 1),
    "new years day": (1, 1), "epiphany": (1, 6), "groundhog day": (2, 2),
    "valentine's day": (2, 14), "valentines day": (2, 14), "valentine's": (2, 14), "valentines": (2, 14),
    "st patrick's day": (3, 17), "st. patrick's day": (3, 17), "st patricks day": (3, 17), "pi day": (3, 14),
    "april fools": (4, 1), "april fools day": (4, 1), "april fools' day": (4, 1), "earth day": (4, 22),
    "may day": (5, 1), "juneteenth": (6, 19), "canada day": (7, 1), "independence day": (7, 4),
    "bastille day": (7, 14), "halloween": (10, 31), "all saints day": (11, 1), "all saints' day": (11, 1),
    "guy fawkes night": (11, 5), "bonfire night": (11, 5), "veterans day": (11, 11),
    "remembrance day": (11, 11), "christmas eve": (12, 24), "xmas eve": (12, 24), "christmas": (12, 25),
    "xmas": (12, 25), "christmas day": (12, 25), "boxing day": (12, 26), "new year's eve": (12, 31),
    "new years eve": (12, 31), "nye": (12, 31),
}  # fmt: skip

_MOVING: dict[str, Callable[[int], date]] = {
    "martin luther king day": lambda year: _weekday_of(year, 1, 0, 3),
    "mlk day": lambda year: _weekday_of(year, 1, 0, 3),
    "good friday": lambda year: _easter(year) - timedelta(days=2),
    "easter": _easter,
    "easter sunday": _easter,
    "easter monday": lambda year: _easter(year) + timedelta(days=1),
    "mother's day": lambda year: _weekday_of(year, 5, 6, 2),
    "mothers day": lambda year: _weekday_of(year, 5, 6, 2),
    "memorial day": _last_monday_of_may,
    "father's day": lambda year: _weekday_of(year, 6, 6, 3),
    "fathers day": lambda year: _weekday_of(year, 6, 6, 3),
    "labor day": lambda year: _weekday_of(year, 9, 0, 1),
    "thanksgiving": lambda year: _weekday_of(year, 11, 3, 4),
    "thanksgiving day": lambda year: _weekday_of(year, 11, 3, 4),
    "black friday": lambda year: _weekday_of(year, 11, 3, 4) + timedelta(days=1),
}

HOLIDAYS = frozenset({*_FIXED, *_MOVING})


def holiday(name: str, year: int) -> date:
    """The day of a holiday in a year; raises KeyError for a name that is not in HOLIDAYS."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    return _MOVING[name](year)
