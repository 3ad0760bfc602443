"""The calculator: arithmetic as people write or say it, exact where numbers allow it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from ..decorator import tool
from ..errors import ToolFailed, ToolRetry
from ..numbers.expression import ExpressionError, Number, UndefinedResult, evaluate
from ..numbers.phrasing import as_notation


@dataclass(frozen=True, slots=True)
class Calculation:
    """A result and the calculation written out."""

    text: str
    value: float | int


@tool(
    phrases=(
        "[(what is|whats|calculate|compute|work out|how much is|how much are)] {expression:sum}",
        "calculator {expression?}",
    )
)
def calculate(
    expression: Annotated[
        str, Field(min_length=1, max_length=1_000, examples=["17 * 23", "15% of 80", "sqrt(144)"])
    ],
) -> Calculation:
    """Work out an arithmetic expression.

    Args:
        expression: The calculation, in symbols or words.
    """
    notation = as_notation(expression)
    try:
        term = evaluate(notation)
    except ExpressionError as error:
        raise ToolRetry(
            f"{expression!r} cannot be read as a calculation: {error}.",
            "Write it with numbers and + - * / ^ ( ), such as (3 + 4) * 2.",
        ) from error
    except UndefinedResult as error:
        raise ToolFailed(f"{notation}: {error}.") from error
    value, shown = _result(term.value)
    return Calculation(f"{term.text} = {shown}", value)


def _result(value: Number) -> tuple[float | int, str]:
    """The value as JSON says it best, and its text with ten significant digits."""
    if isinstance(value, Fraction) and value.denominator == 1:
        whole = value.numerator
        return whole, str(whole) if abs(whole) < 10**40 else f"about {_scientific(whole)}"
    try:
        number = float(f"{float(value):.15g}")
    except OverflowError as error:
        raise ToolFailed("The result is too large.") from error
    if number.is_integer() and abs(number) < 1e15:
        return int(number), str(int(number))
    return number, f"{number:.10g}"


def _scientific(whole: int) -> str:
    digits = str(abs(whole))
    return f"{'-' if whole < 0 else ''}{digits[0]}.{digits[1:5]}e+{len(digits) - 1}"
