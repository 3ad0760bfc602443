"""Unit conversion for daily life: lengths, weights, kitchen measures, temperatures, speeds, data sizes."""

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolFailed
from ..numbers.money import find_currency
from ..numbers.rates import written_rates
from ..numbers.units import Unit, convert, is_everyday_unit
from .arguments import WRITTEN_NUMBER
from .currency import exchange


@dataclass(frozen=True, slots=True)
class Conversion:
    """The converted value with its unit."""

    text: str
    value: float
    unit: str


@tool
def convert_units(
    value: Annotated[float, WRITTEN_NUMBER],
    from_unit: Annotated[str, Field(min_length=1, max_length=60, examples=["miles", "lbs", "°F", "cups"])],
    to_unit: Annotated[str, Field(min_length=1, max_length=60, examples=["km", "kg", "celsius", "ml"])],
    *,
    ctx: ToolContext,
) -> Conversion:
    """Convert a value from one unit to another.

    Args:
        value: The number to convert.
        from_unit: The unit it is in.
        to_unit: The unit wanted.
    """
    if not math.isfinite(value):
        raise ToolFailed(f"{value} is not a number that can be converted.")
    if not (is_everyday_unit(from_unit) and is_everyday_unit(to_unit)):
        base, quoted = find_currency(from_unit), find_currency(to_unit)
        if base and quoted:
            rates = written_rates(ctx.settings.get("exchange_rates", ""), "your settings")
            done = exchange(value, base, quoted, rates, ctx)
            return Conversion(done.text, done.amount, done.currency)
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
