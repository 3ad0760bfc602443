"""The calculator's ear: arithmetic in words, and the laws that its wording keeps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolRetry
from homewit.tools.builtin.arithmetic import calculate
from homewit.tools.numbers.expression import evaluate
from homewit.tools.numbers.phrasing import as_notation

SAID = """
a hundred and twenty percent of 43: 120% of 43 = 51.6
5 hundred plus 12: 500 + 12 = 512
a quarter of a million: (1 / 4) * 1000000 = 250000
half a dozen times 3: (1 / 2) * 12 * 3 = 18
2 dozen plus 3: 24 + 3 = 27
0 point 5 times 8: 0.5 * 8 = 4
an eighth of 552: (1 / 8) * 552 = 69
five eighths of 64: (5 / 8) * 64 = 40
1/8th of 64: 1 / 8 of 64 = 8
4.5 eighths of 16: (4.5 / 8) * 16 = 9
half 90: (1 / 2) * 90 = 45
three-fourths of 8: (3 / 4) * 8 = 6
two thirds plus a quarter: (2 / 3) + (1 / 4) = 0.9166666667
one and a half times 11: (1 + 1 / 2) * 11 = 16.5
2½ * 4: (2 + 1 / 2) * 4 = 10
2 1/2 * 4: (2 + 1 / 2) * 4 = 10
2 and 3/4 plus 1: (2 + 3 / 4) + 1 = 3.75
½ of 9: (1 / 2) of 9 = 4.5
210 reduced by 20%: 210 - 20% = 168
increase 80 by 15: 80 + 15 = 95
90 plus a 15% tip: 90 + 15% = 103.5
12 plus 19 percent vat: 12 + 19% = 14.28
60 with a 20% tip: 60 + 20% = 72
100 with 10% off: 100 - 10% = 90
100 minus a 10% discount: 100 - 10% = 90
a 20% tip on 60: 20% of 60 = 12
1000 out of 8462 as a percentage: (1000 / 8462) * 100 = 11.81753723
3 subtracted from 8: 8 - 3 = 5
take 5 away from 20: 20 - 5 = 15
92 subtract 12: 92 - 12 = 80
81 without 8: 81 - 8 = 73
6 and 2084 added together: 6 + 2084 = 2090
add 3, 4 and 5: 3 + 4 + 5 = 12
44 by 6: 44 * 6 = 264
23 : 3: 23 / 3 = 7.666666667
how many times does 5 go into 100: 100 / 5 = 20
12 times itself: 12 * 12 = 144
(3 + 4) times itself: (3 + 4) * (3 + 4) = 49
58 multiplied by 6 and then divided by 2: (58 * 6) / 2 = 174
516 plus 9 then times 8: (516 + 9) * 8 = 4200
two to the tenth: 2^10 = 1024
ten to the 6th power: 10^6 = 1000000
2 to the power of minus 3: 2^-3 = 0.125
root of 100: sqrt(100) = 10
the fourth root of 16: root4(16) = 2
the sine of 30 degrees: sin(30°) = 0.5
log base 2 of 8: log2(8) = 3
log 81 base 3: log(81, 3) = 4
sum of 1,200 and 5: 1200 + 5 = 1205
sum of 1,2,3: 1 + 2 + 3 = 6
average of 1,200 and 5: avg(1200, 5) = 602.5
average of 2 and 1/2: avg(2, (1 / 2)) = 1.25
median of 3, 9 and 5: median(3, 9, 5) = 5
3 times the sum of 4 and 5: 3 * (4 + 5) = 27
the sum of 4 and 5 divided by 3: (4 + 5) / 3 = 3
the sum of 100, 200 and the product of 3 and 4: 100 + 200 + (3 * 4) = 312
the square root of the sum of 9 and 16: sqrt(9 + 16) = 5
7 divided by 3 rounded to 2 decimal places: round(7 / 3, 2) = 2.33
10/3 to the nearest whole number: round(10 / 3) = 3
1234 to the nearest hundred: round(1234 / 100) * 100 = 1200
"""


@pytest.mark.parametrize(("said", "written"), [line.rsplit(": ", 1) for line in SAID.strip().splitlines()])
def test_what_is_said_is_written_out(said: str, written: str):
    """Words give the calculation that a person means by them, and its result."""
    assert calculate(said).text == written


@pytest.mark.parametrize(
    "said",
    ["5 and 6", "12:30", "third of may", "half past six", "add 5 then multiply by 3", "x times itself",
     "5 two thirds", "10 first", "a score", "3 the sum of 1 and 2", "2 7/2", "third 9"],
)  # fmt: skip
def test_what_has_no_clear_reading_is_not_guessed(said: str):
    """Operands without an operator, operators without an operand, and times of day are asked about."""
    with pytest.raises(ToolRetry, match="cannot be read as a calculation"):
        calculate(said)


def value(said: str) -> Fraction | float:
    return evaluate(as_notation(said)).value


numbers = st.integers(1, 10**6)
decimals = st.decimals(0, 10**5, places=2, allow_nan=False, allow_infinity=False)


@given(decimals, st.integers(0, 100))
def test_a_share_is_taken_off_or_put_on(number: Fraction, percent: int):
    """Every way to say it agrees with x * (1 ± p/100), exactly."""
    exact = Fraction(number)
    less, more = exact * (1 - Fraction(percent, 100)), exact * (1 + Fraction(percent, 100))
    for form in ("{x} reduced by {p}%", "{x} with {p}% off", "{p}% off {x}", "{x} minus a {p}% discount"):
        assert value(form.format(x=number, p=percent)) == less
    for form in (
        "{x} increased by {p} percent",
        "{x} plus a {p}% tip",
        "{x} with {p}% vat",
        "increase {x} by {p}%",
    ):
        assert value(form.format(x=number, p=percent)) == more
    assert value(f"a {percent}% tip on {number}") == more - exact


@given(numbers, numbers)
def test_operands_stand_where_the_words_put_them(first: int, second: int):
    """Forms that name the second operand first are turned around; those that list them are not."""
    for form in (
        "{a} subtracted from {b}",
        "subtract {a} from {b}",
        "take {a} away from {b}",
        "{b} take away {a}",
    ):
        assert value(form.format(a=first, b=second)) == second - first
    for form in (
        "{a} and {b} added together",
        "the sum of {a:,} and {b:,}",
        "add {a} to {b}",
        "{a} plus {b}",
    ):
        assert value(form.format(a=first, b=second)) == first + second
    for form in ("{a} : {b}", "{a} out of {b}", "divide {a} by {b}", "how many times does {b} go into {a}"):
        assert value(form.format(a=first, b=second)) == Fraction(first, second)
    assert value(f"{first} out of {second} as a percentage") == Fraction(100 * first, second)
    assert value(f"{first} plus {second} and then times {first}") == (first + second) * first


@given(numbers, st.sampled_from([("a third", 3), ("an eighth", 8), ("a 12th", 12), ("one hundredth", 100)]))
def test_parts_multiply(number: int, part: tuple[str, int]):
    """A part of a number, as often as the part goes into one, is the number."""
    words, denominator = part
    assert value(f"{words} of {number}") * denominator == number
    assert value(f"{number} times itself") == number**2


@given(st.integers(0, 500), st.integers(2, 9))
def test_roots_and_logarithms_undo_powers(base: int, degree: int):
    """They are exact where the result is a whole number."""
    ordinal = {2: "2nd", 3: "3rd"}.get(degree, f"{degree}th")
    assert value(f"the {ordinal} root of {base}^{degree}") == base
    assert isinstance(value(f"root({base**degree}, {degree})"), Fraction)
    if base > 1:
        assert value(f"log base {base} of {base**degree}") == degree


@given(st.integers(0, 99), st.integers(1, 9))
def test_mixed_numbers_are_sums(whole: int, top: int):
    """ "2 1/2" and "2 and 1/2" are the whole and the part, and stay together under another sign."""
    exact = whole + Fraction(top, 10)
    for form in (f"{whole} {top}/10", f"{whole} and {top}/10", f"{whole} and {top} tenths"):
        assert value(f"{form} times 7") == exact * 7
