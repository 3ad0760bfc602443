"""Unit conversion and the clock: people's names for things, offline."""

from typing import Any

import pytest

from homewit.tools import InvalidArguments, ToolFailed, ToolRetry
from homewit.tools.numbers.units import _table, convert
from homewit.tools.when.zones import find_zone

from ..conftest import Call


@pytest.mark.parametrize(
    ("arguments", "text", "value", "unit"),
    [
        ((5, "miles", "km"), "5 miles = 8.05 km", 8.04672, "km"),
        ((1, "mile", "kilometers"), "1 mile = 1.61 km", 1.609344, "km"),
        ((100, "°F", "celsius"), "100 °F = 37.78 °C", 37.7777777778, "°C"),
        ((0, "c", "fahrenheit"), "0 °C = 32 °F", 32, "°F"),
        ((-40, "degrees celsius", "F"), "-40 °C = -40 °F", -40, "°F"),
        ((10, "lbs", "kg"), "10 lb = 4.54 kg", 4.5359237, "kg"),
        ((2, "cups", "ml"), "2 cups = 473.18 mL", 473.176473, "mL"),
        ((8, "oz", "ml"), "8 fl oz = 236.59 mL", 236.5882365, "mL"),
        ((8, "oz", "g"), "8 oz = 226.8 g", 226.796185, "g"),
        ((60, "mph", "km/h"), "60 mph = 96.56 km/h", 96.56064, "km/h"),
        ((1, "GB", "MB"), "1 GB = 1000 MB", 1000, "MB"),
        ((200, "calories", "kJ"), "200 kcal = 836.8 kJ", 836.8, "kJ"),
        ((30, "mpg", "l/100km"), "30 mpg = 7.84 L/100 km", 7.8404861, "L/100 km"),
        ((1500, "sq ft", "m2"), "1500 sq ft = 139.35 m²", 139.35456, "m²"),
        ((90, "degrees", "radians"), "90° = 1.57 rad", 1.57079632679, "rad"),
        (("1,000", "m", "km"), "1000 m = 1 km", 1, "km"),
        ((5, "parsec", "light years"), "5 parsec = 16.31 light-years", 16.3078188857, "light-years"),
        ((0.5, "mm", "km"), "0.5 mm = 5e-07 km", 5e-07, "km"),
    ],
)
async def test_conversions(arguments: tuple[Any, str, str], text: str, value: float, unit: str, call: Call):
    """The text has two decimals, the value twelve digits, the unit its usual sign."""
    given = dict(zip(("value", "from_unit", "to_unit"), arguments, strict=True))
    result = await call("convert_units", **given)
    assert result.data == {"text": text, "value": pytest.approx(value), "unit": unit}
    assert result.text == text


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((5, "km", "kg"), ToolFailed, "km cannot be converted to kg: they measure different things"),
        ((5, "blorps", "km"), ToolRetry, "'blorps' is not a unit that is known"),
        ((5, "killometers", "m"), ToolRetry, "Did you mean kilometers"),
        ((5, "usd", "eur"), ToolRetry, "No exchange rate from USD to EUR is known here"),
        ((5, "9**9**9", "km"), ToolRetry, "is not a unit"),
        ((5, "__import__", "km"), ToolRetry, "is not a unit"),
        ((1e308, "km", "mm"), ToolFailed, "too large"),
        ((0, "mpg", "l/100km"), ToolFailed, "more than 0"),
        (("five", "km", "m"), InvalidArguments, "value: input should be a valid number"),
        ((float("nan"), "km", "m"), ToolFailed, "not a number"),
        ((5, "", "km"), InvalidArguments, "from_unit"),
    ],
)
async def test_conversions_that_cannot_be(arguments: Any, error: type[Exception], message: str, call: Call):
    """Unknown units, units of different kinds and currencies each say so."""
    given = dict(zip(("value", "from_unit", "to_unit"), arguments, strict=True))
    with pytest.raises(error) as caught:
        await call("convert_units", **given)
    assert message in str(caught.value)


def test_every_listed_name_is_a_unit():
    """Each name of the table converts to itself."""
    for name in _table():
        value, source, target = convert(3, name, name)
        assert (name, round(value, 9), source) == (name, 3, target)


async def test_the_time_here_and_elsewhere(call: Call):
    """Local time without an argument, and the same moment in a city."""
    here = await call("current_time")
    assert here.data == {
        "text": "It is 14:30 on Friday 20 November 2026.",
        "time": "14:30",
        "date": "2026-11-20",
        "timezone": "Europe/Berlin",
    }
    there = await call("current_time", timezone="Tokyo")
    assert there.data == {
        "text": "It is 22:30 on Friday 20 November 2026 in Tokyo (Asia/Tokyo).",
        "time": "22:30",
        "date": "2026-11-20",
        "timezone": "Asia/Tokyo",
    }
    assert (
        await call("current_time", timezone="UTC")
    ).text == "It is 13:30 on Friday 20 November 2026 in UTC."
    assert (await call("current_time", timezone="here")).data == here.data


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("new york", "America/New_York"),
        ("NYC", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("est", "America/New_York"),
        ("san francisco", "America/Los_Angeles"),
        ("Germany", "Europe/Berlin"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Zürich", "Europe/Zurich"),
        ("paris, france", "Europe/Paris"),
        ("London time", "Europe/London"),
        ("india", "Asia/Kolkata"),
        ("the usa", "America/New_York"),
        ("switzerland", "Europe/Zurich"),
        ("asia/tokyo", "Asia/Tokyo"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("UTC+2", "UTC+2"),
        ("gmt-5:30", "UTC-5:30"),
    ],
)
def test_zones_are_found_by_what_people_call_them(name: str, key: str):
    """Cities, countries, abbreviations, offsets and keys."""
    assert find_zone(name)[0] == key


def test_unknown_zones_get_a_hint():
    """A mistyped city leads to the nearest one."""
    with pytest.raises(ToolRetry, match="Did you mean London"):
        find_zone("Londn")
    with pytest.raises(ToolRetry, match="Name a large city"):
        find_zone("Qwzx")
    with pytest.raises(ToolRetry, match="not an offset"):
        find_zone("UTC+99")


@pytest.mark.parametrize(
    ("start", "end", "days", "text"),
    [
        ("today", "christmas", 35, "There are 35 days from 20 November 2026 to 25 December 2026."),
        ("may 3", "today", 201, "There are 201 days from 3 May 2026 to 20 November 2026."),
        ("today", "yesterday", -1, "19 November 2026 is 1 day before 20 November 2026."),
        ("dec 20", "jan 5", 16, "There are 16 days from 20 December 2026 to 5 January 2027."),
        ("2026-05-03", "2026-05-04", 1, "There is 1 day from 3 May 2026 to 4 May 2026."),
        ("today", "today", 0, "There are 0 days from 20 November 2026 to 20 November 2026."),
        ("2026-12-25", "2026-01-01", -358, "1 January 2026 is 358 days before 25 December 2026."),
    ],
)
async def test_days_between(start: str, end: str, days: int, text: str, call: Call):
    """Yearless dates are read so that the end follows the start."""
    assert (await call("date_difference", start=start, end=end)).data == {"text": text, "days": days}


async def test_days_added(call: Call):
    """Days are added or taken away; the calendar has an end."""
    added = await call("date_add", date="today", days=21)
    assert added.data == {
        "text": "21 days after 20 November 2026 is Friday 11 December 2026.",
        "date": "2026-12-11",
    }
    earlier = await call("date_add", date="2026-03-01", days=-1)
    assert earlier.text == "1 day before 1 March 2026 is Saturday 28 February 2026."
    with pytest.raises(ToolFailed, match="beyond the calendar"):
        await call("date_add", date="today", days=10**9)
    with pytest.raises(ToolRetry):
        await call("date_add", date="soon", days=1)
