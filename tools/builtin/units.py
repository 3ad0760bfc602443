"""Unit conversion for daily life: lengths, weights, kitchen measures, temperatures, speeds, data sizes."""

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from ..decorator import tool
from ..errors import ToolFailed
from ..numbers.units import Unit, convert


@dataclass(frozen=True, slots=True)
class Conversion:
    """The converted value with its unit."""

    text: str
    value: float
    unit: str


def _number(value: object) -> object:
    """Accept numbers as people write them in text: "1,000"."""
    return value.replace(",", "").strip() if isinstance(value, str) else value


@tool
def convert_units(
    value: Annotated[float, BeforeValidator(_number)],
    from_unit: Annotated[str, Field(min_length=1, max_length=60, examples=["miles", "lbs", "°F", "cups"])],
    to_unit: Annotated[str, Field(min_length=1, max_length=60, examples=["km", "kg", "celsius", "ml"])],
) -> Conversion:
    """Convert a value from one unit to another.

    Args:
        value: The number to convert.
        from_unit: The unit it is in.
        to_unit: The unit wanted.
    """
    if not math.isfinite(value):
        raise ToolFailed(f"{value} is not a number that can be converted.")
    result, source, target = convert(value, from_unit, to_unit)
    if not math.isfinite(result):
        raise ToolFailed(f"{value:g} {from_unit} is too large to convert.")
    clean = float(f"{result:.12g}")
    return Conversion(f"{_shown(value, source)} = {_shown(clean, target)}", clean, target.many)


def _shown(value: float, unit: Unit) -> str:
    """Two decimals, or four digits below 1; a number that is short anyway stays as it is."""
    exact = f"{value:.10g}"
    if len(exact.partition(".")[2]) > 2 or "e" in exact:
        rounded = f"{value:.2f}" if 1 <= abs(value) < 1e15 else f"{value:.4g}"
        exact = rounded.rstrip("0").rstrip(".") if "." in rounded and "e" not in rounded else rounded
    joint = "" if unit.one == "°" else " "
    return f"{exact}{joint}{unit.one if exact in ('1', '-1') else unit.many}"
