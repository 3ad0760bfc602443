"""The calculator: what people write, exact results, and input that must not cost anything."""

import contextlib
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import InvalidArguments, ToolFailed, ToolRetry
from homewit.tools.builtin.arithmetic import calculate
from homewit.tools.numbers.expression import ExpressionError, UndefinedResult, evaluate

from ..conftest import Call

ANSWERS = [
    ("17 * 23", "17 * 23 = 391", 391),
    ("17 times 23", "17 * 23 = 391", 391),
    ("what is 17 × 23?", "17 * 23 = 391", 391),
    ("12 x 12", "12 * 12 = 144", 144),
    ("1,200 / 4", "1200 / 4 = 300", 300),
    ("10 000 + 1", "10000 + 1 = 10001", 10001),
    ("12,5 * 2", "12.5 * 2 = 25", 25),
    ("$12.50 * 3", "12.50 * 3 = 37.5", 37.5),
    ("0.1 + 0.2", "0.1 + 0.2 = 0.3", 0.3),
    ("1/3 + 1/3 + 1/3", "1 / 3 + 1 / 3 + 1 / 3 = 1", 1),
    ("10 / 3", "10 / 3 = 3.333333333", pytest.approx(10 / 3)),
    ("10 - 2 - 3", "10 - 2 - 3 = 5", 5),
    ("2^3^2", "2^3^2 = 512", 512),
    ("-3^2", "-3^2 = -9", -9),
    ("2**-2", "2^-2 = 0.25", 0.25),
    ("(2+3)*4", "(2 + 3) * 4 = 20", 20),
    ("3(4+5)", "3 * (4 + 5) = 27", 27),
    ("2pi", "2 * pi = 6.283185307", pytest.approx(2 * math.pi)),
    ("15% of 80", "15% of 80 = 12", 12),
    ("15 percent of 80", "15% of 80 = 12", 12),
    ("80 + 15%", "80 + 15% = 92", 92),
    ("15% off 80", "80 - 15% = 68", 68),
    ("20% tip on 56.40", "20% of 56.40 = 11.28", 11.28),
    ("what percent of 80 is 20", "20 / 80 * 100 = 25", 25),
    ("20 is what percent of 80", "20 / 80 * 100 = 25", 25),
    ("increase 80 by 15%", "80 + 15% = 92", 92),
    ("17 % 5", "17 mod 5 = 2", 2),
    ("remainder of 17 divided by 5", "17 mod 5 = 2", 2),
    ("square root of 144", "sqrt(144) = 12", 12),
    ("√16 + 9", "sqrt(16) + 9 = 13", 13),
    ("cube root of 27", "cbrt(27) = 3", 3),
    ("2^0.5", "2^0.5 = 1.414213562", pytest.approx(2**0.5)),
    ("five squared", "5^2 = 25", 25),
    ("5 to the power of 3", "5^3 = 125", 125),
    ("3² + 4²", "3^2 + 4^2 = 25", 25),
    ("half of 90", "(1 / 2) * 90 = 45", 45),
    ("two thirds of 90", "(2 / 3) * 90 = 60", 60),
    ("twenty-one plus four", "21 + 4 = 25", 25),
    ("two hundred and five times three", "205 * 3 = 615", 615),
    ("seven point five times 2", "7.5 * 2 = 15", 15),
    ("3 million / 4", "3000000 / 4 = 750000", 750000),
    ("5k * 2", "5000 * 2 = 10000", 10000),
    ("sum of 4, 5 and 6", "4 + 5 + 6 = 15", 15),
    ("average of 3, 4 and 8", "avg(3, 4, 8) = 5", 5),
    ("max(1, 5, 3)", "max(1, 5, 3) = 5", 5),
    ("add 5 to 8", "8 + 5 = 13", 13),
    ("subtract 3 from 10", "10 - 3 = 7", 7),
    ("the difference between 10 and 4", "10 - 4 = 6", 6),
    ("100 divided by 8", "100 / 8 = 12.5", 12.5),
    ("5!", "5! = 120", 120),
    ("round(2.5)", "round(2.5) = 3", 3),
    ("sin(30°)", "sin(30°) = 0.5", 0.5),
    ("sin(pi)", "sin(pi) = 0", 0),
    ("log(1000)", "log(1000) = 3", 3),
    ("log(8, 2)", "log(8, 2) = 3", 3),
    ("1 + 2 =", "1 + 2 = 3", 3),
    ("2^100", "2^100 = 1267650600228229401496703205376", 2**100),
    ("1000!", "1000! = about 4.0238e+2567", math.factorial(1000)),
]


@pytest.mark.parametrize(("expression", "text", "value"), ANSWERS)
async def test_answers(expression: str, text: str, value: float, call: Call):
    """The calculation is written out, with a result free of float noise."""
    result = await call("calculate", expression=expression)
    assert result.text == text
    assert result.data == {"text": text, "value": value}


@pytest.mark.parametrize(
    "expression",
    ["hello", "5 +", "((((", "5 5", "5 miles", "2 ** ", "", " ", "1..2", "f(3)", "log()",
     "sqrt(1, 2, 3)", "= 3",
     "__import__('os').system('ls')", "().__class__", "lambda: 1", "x = 5", "1; 2", "'a' * 9",
     "(" * 200 + "1" + ")" * 200, "1+" * 400 + "1", "9" * 600, "1 if 1 else 2", "💥"],
)  # fmt: skip
async def test_what_is_no_calculation_says_so(expression: str, call: Call):
    """Nothing is guessed and nothing is executed."""
    with pytest.raises((ToolRetry, InvalidArguments)):
        await call("calculate", expression=expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1/0", "division by zero has no result"),
        ("5 mod 0", "division by zero"),
        ("0^-1", "division by zero"),
        ("sqrt(-1)", "no real result"),
        ("(-8)^(1/3)", "no real result"),
        ("ln(0)", "no real result"),
        ("(-3)!", "negative number"),
        ("2.5!", "whole numbers"),
        ("9^9^9", "too large"),
        ("9999999!", "too large"),
        ("2^99999", "too large"),
        ("10^400 * 1.5^0.5", "too large"),
        ("exp(1000)", "too large"),
    ],
)
async def test_calculations_without_a_result(expression: str, message: str, call: Call):
    """Well formed, but without a (representable) result: told in words."""
    with pytest.raises(ToolFailed, match=message):
        await call("calculate", expression=expression)


@given(st.text(alphabet="0123456789.,+-*/^%!()°e piksqrtmod", max_size=60))
def test_any_input_ends_quickly_and_in_words(text: str):
    """Whatever is typed, there is an answer or one of the two errors, in no time."""
    started = time.thread_time()
    with contextlib.suppress(ToolRetry, ToolFailed):
        calculate(text)
    assert time.thread_time() - started < 2  # of work: a machine that stands still does none


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6), st.sampled_from("+-*"))
def test_whole_numbers_are_exact(left: int, right: int, sign: str):
    """Addition, subtraction and multiplication agree with Python's integers."""
    expected = {"+": left + right, "-": left - right, "*": left * right}[sign]
    assert evaluate(f"{left} {sign} ({right})").value == expected


def test_errors_of_the_language():
    """The parser has two errors: no expression, and no result."""
    with pytest.raises(ExpressionError, match="'foo' is not understood"):
        evaluate("1 + foo")
    with pytest.raises(UndefinedResult):
        evaluate("1 / 0")
