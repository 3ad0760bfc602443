"""The names people use for units, and what `pint` calls them.

pint knows thousands of units but reads "c" as the speed of light, "F" as farad and "cal" as a small calorie.
The names of daily life are therefore listed here; any other name goes to pint as it was typed.
"""

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ToolFailed, ToolRetry

if TYPE_CHECKING:
    import pint


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as pint reads it, and as it is shown after 1 and after other numbers."""

    pint_name: str
    one: str
    many: str


# pint name: shown after 1 / shown after others: names in lower case; indented lines go on
_NAMES = """
meter: m/m: m, metre, metres, meter, meters
kilometer: km/km: km, kms, kilometre, kilometres, kilometer, kilometers, klicks
centimeter: cm/cm: cm, cms, centimetre, centimetres, centimeter, centimeters
millimeter: mm/mm: mm, millimetre, millimetres, millimeter, millimeters
mile: mile/miles: mi, mile, miles
yard: yard/yards: yd, yds, yard, yards
foot: foot/feet: ft, foot, feet, '
inch: inch/inches: in, inch, inches, "
nautical_mile: nautical mile/nautical miles: nmi, nautical mile, nautical miles
light_year: light-year/light-years: ly, light year, light years, light-year, light-years
kilogram: kg/kg: kg, kgs, kilo, kilos, kilogram, kilograms, kilogramme, kilogrammes
gram: g/g: g, gr, gram, grams, gramme, grammes
milligram: mg/mg: mg, milligram, milligrams
metric_ton: t/t: t, tonne, tonnes, metric ton, metric tons
short_ton: short ton/short tons: ton, tons, us ton, us tons, short ton, short tons
pound: lb/lb: lb, lbs, pound, pounds
ounce: oz/oz: oz, ounce, ounces
stone: st/st: st, stone, stones
liter: L/L: l, litre, litres, liter, liters
milliliter: mL/mL: ml, millilitre, millilitres, milliliter, milliliters
centiliter: cL/cL: cl, centilitre, centilitres, centiliter, centiliters
deciliter: dL/dL: dl, decilitre, decilitres, deciliter, deciliters
cup: cup/cups: cup, cups
tablespoon: tbsp/tbsp: tbsp, tbs, tablespoon, tablespoons
teaspoon: tsp/tsp: tsp, teaspoon, teaspoons
fluid_ounce: fl oz/fl oz: fl oz, fl. oz, floz, fluid ounce, fluid ounces
pint: pint/pints: pt, pint, pints
quart: quart/quarts: qt, quart, quarts
gallon: gallon/gallons: gal, gallon, gallons, us gallon, us gallons
imperial_gallon: imperial gallon/imperial gallons: imperial gallon, imperial gallons, uk gallon, uk gallons
imperial_pint: imperial pint/imperial pints: imperial pint, imperial pints, uk pint, uk pints
degree_Celsius: °C/°C: c, °c, ºc, celsius, centigrade, deg c, degc, degree celsius, degrees celsius,
  degrees c
degree_Fahrenheit: °F/°F: f, °f, ºf, fahrenheit, farenheit, deg f, degf, degree fahrenheit, degrees
  fahrenheit, degrees f
kelvin: K/K: k, kelvin, kelvins
kilometer / hour: km/h/km/h: km/h, kmh, kph, kmph, kilometers per hour, kilometres per hour, km per hour
mile / hour: mph/mph: mph, mi/h, miles per hour
meter / second: m/s/m/s: m/s, mps, meters per second, metres per second
knot: knot/knots: kn, kt, kts, knot, knots
second: second/seconds: s, sec, secs, second, seconds
minute: minute/minutes: min, mins, minute, minutes
hour: hour/hours: h, hr, hrs, hour, hours
day: day/days: d, day, days
week: week/weeks: wk, wks, week, weeks
month: month/months: month, months
year: year/years: yr, yrs, y, year, years
millisecond: ms/ms: ms, millisecond, milliseconds
bit: bit/bits: bit, bits
byte: byte/bytes: byte, bytes
kilobyte: kB/kB: kb, kilobyte, kilobytes
megabyte: MB/MB: mb, megabyte, megabytes
gigabyte: GB/GB: gb, gig, gigs, gigabyte, gigabytes
terabyte: TB/TB: tb, terabyte, terabytes
kibibyte: KiB/KiB: kib, kibibyte, kibibytes
mebibyte: MiB/MiB: mib, mebibyte, mebibytes
gibibyte: GiB/GiB: gib, gibibyte, gibibytes
megabit / second: Mbit/s/Mbit/s: mbps, mbit/s, megabits per second
gigabit / second: Gbit/s/Gbit/s: gbps, gbit/s, gigabits per second
megabyte / second: MB/s/MB/s: mb/s, megabytes per second
kilocalorie: kcal/kcal: kcal, kcals, calorie, calories, cal, cals, kilocalorie, kilocalories
joule: J/J: j, joule, joules
kilojoule: kJ/kJ: kj, kilojoule, kilojoules
kilowatt_hour: kWh/kWh: kwh, kilowatt hour, kilowatt hours, kilowatt-hours
watt: W/W: w, watt, watts
kilowatt: kW/kW: kw, kilowatt, kilowatts
horsepower: hp/hp: hp, horsepower
psi: psi/psi: psi
bar: bar/bar: bar, bars
atmosphere: atm/atm: atm, atmosphere, atmospheres
hectopascal: hPa/hPa: hpa, hectopascal, hectopascals, mbar, millibar, millibars
millimeter_Hg: mmHg/mmHg: mmhg
meter ** 2: m²/m²: m2, m^2, m², sqm, sq m, square metre, square metres, square meter, square meters
foot ** 2: sq ft/sq ft: ft2, ft^2, ft², sqft, sq ft, square foot, square feet
kilometer ** 2: km²/km²: km2, km^2, km², square kilometre, square kilometres, square kilometer, square
  kilometers
mile ** 2: sq mi/sq mi: sq mi, mi2, mi², square mile, square miles
hectare: ha/ha: ha, hectare, hectares
acre: acre/acres: acre, acres
meter ** 3: m³/m³: m3, m^3, m³, cubic metre, cubic metres, cubic meter, cubic meters
foot ** 3: cu ft/cu ft: ft3, ft^3, ft³, cu ft, cubic foot, cubic feet
degree: °/°: °, degree, degrees, deg
radian: rad/rad: rad, radian, radians
mile / gallon: mpg/mpg: mpg, miles per gallon
"""
_PER_DISTANCE = {"l/100km", "l/100 km", "liters per 100 km", "litres per 100 km", "l per 100 km"}
_MPG_TIMES_L_PER_100KM = 235.214583  # US gallons


def convert(value: float, from_unit: str, to_unit: str) -> tuple[float, Unit, Unit]:
    """Convert a value; returns the new value and both units as they are shown.

    Raises ToolRetry for a name that is no unit, ToolFailed for units of different kinds.
    """
    if (economy := _fuel_economy(value, from_unit, to_unit)) is not None:
        return economy
    source, target = find_unit(from_unit), find_unit(to_unit)
    source, target = _same_kind(source, target), _same_kind(target, source)
    registry = _registry()
    import pint

    try:
        result = registry.Quantity(value, source.pint_name).to(target.pint_name)
    except pint.DimensionalityError as error:
        raise ToolFailed(
            f"{from_unit} cannot be converted to {to_unit}: they measure different things. Name two units of "
            "one kind, such as km and miles."
        ) from error
    except (OverflowError, ZeroDivisionError) as error:
        raise ToolFailed(f"{value:g} {from_unit} is too large to convert.") from error
    return float(result.magnitude), source, target


def is_everyday_unit(name: str) -> bool:
    """Whether a name is one of the units of daily life that are listed here."""
    return _plain(name) in _table()


def find_unit(name: str) -> Unit:
    """The unit that a person means by a name; raises ToolRetry."""
    table = _table()
    plain = _plain(name)
    for candidate in (
        plain,
        re.sub(r"^degrees? ", "", plain),
        plain.rstrip("."),
        plain.replace(" per ", "/"),
    ):
        if candidate in table:
            return table[candidate]
    for candidate in (name.strip(), plain):
        if _is_pint_unit(candidate):
            return Unit(candidate, candidate, candidate)
    import difflib

    near = difflib.get_close_matches(plain, table, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else 'Write it like "km", "pounds" or "celsius".'
    raise ToolRetry(f"{name!r} is not a unit that is known.", hint)


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name.strip().lower().replace("º", "°"))


def _same_kind(unit: Unit, other: Unit) -> Unit:
    """Read "oz" next to a volume as fluid ounces."""
    volumes = ("liter", "cup", "spoon", "pint", "quart", "gallon", "fluid_ounce")
    if unit.pint_name == "ounce" and other.pint_name.endswith(volumes):
        return _table()["fl oz"]
    return unit


def _fuel_economy(value: float, from_unit: str, to_unit: str) -> tuple[float, Unit, Unit] | None:
    """Miles per gallon and litres per 100 km are each other's inverse, which pint does not convert."""
    names = (_plain(from_unit), _plain(to_unit))
    per_distance = Unit("", "L/100 km", "L/100 km")
    mpg = _table()["mpg"]
    if names[0] in _PER_DISTANCE and names[1] in ("mpg", "miles per gallon"):
        units = (per_distance, mpg)
    elif names[1] in _PER_DISTANCE and names[0] in ("mpg", "miles per gallon"):
        units = (mpg, per_distance)
    else:
        return None
    if value <= 0:
        raise ToolFailed("Fuel economy has to be more than 0.")
    return _MPG_TIMES_L_PER_100KM / value, *units


def _is_pint_unit(name: str) -> bool:
    if not re.fullmatch(r"[\w°µΩ/*^ ]{1,40}", name) or re.search(r"\d{3}|\*\*|\^\d\d|[A-Za-z]\(", name):
        return False
    try:
        _registry().Unit(name)
    except Exception:  # noqa: BLE001  pint raises many kinds for names that it cannot parse
        return False
    return True


@functools.cache
def _table() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for line in _NAMES.strip().replace("\n  ", " ").splitlines():
        pint_name, shown, names = line.split(": ", 2)
        half = len(shown) // 2  # both halves are equal where the shown form has a slash itself
        one, many = (shown[:half], shown[half + 1 :]) if shown.count("/") > 1 else shown.split("/")
        for name in names.split(", "):
            table[name] = Unit(pint_name, one, many)
    return table


@functools.cache
def _registry() -> "pint.UnitRegistry[Any]":
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
