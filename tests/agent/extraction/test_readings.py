"""What a text can be read as: numbers, dates and addresses, each at its place."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.extraction.readings import readings

TODAY = dt.date(2026, 3, 2)


def read(text: str, kind: str) -> list[str]:
    return [str(one.value) for one in readings(text, kind, TODAY)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("49.90 EUR", ["49.90"]),
        ("€49,90", ["49.90"]),
        ("$1,299.00", ["1299.00"]),
        ("1.299,00 €", ["1299.00"]),
        ("1.299", ["1.299", "1299"]),
        ("0.299", ["0.299"]),
        ("1,234,567", ["1234567"]),
        ("12 500 kr", ["12500.0", "12", "500"]),
        ("CHF 1'200.50", ["1200.50", "1", "200"]),
        ("1.5 million", ["1.5", "1500000.0"]),
        ("-5 °C", ["5", "-5"]),
        ("10-20 people", ["10", "20"]),
        ("version 2.10.3", ["2", "10", "3"]),
        ("A4", ["4"]),
        ("no number", []),
    ],
)
def test_numbers(text, values):
    """As people write them; one that can mean two things has two readings."""
    assert read(text, "number") == values


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on 2026-05-03.", ["2026-05-03"]),
        ("Sunday, 3 May 2026", ["2026-05-03"]),
        ("May 3rd, 2026", ["2026-05-03"]),
        ("3rd of May 2026", ["2026-05-03"]),
        ("am 3.5.2026 um", ["2026-05-03"]),
        ("05/14/2026", ["2026-05-14"]),
        ("by March 1", ["2027-03-01"]),
        ("tomorrow, or on Friday", []),
        ("32.13.2026 and 192.168.2.20", []),
    ],
)
def test_dates(text, days):
    """Those that are written out; without a year it is the next such day."""
    assert read(text, "date") == days


def test_addresses():
    """Whole ones, without the punctuation around them."""
    text = "Write to <Ann.Lee@mail.example.org>, or see (https://example.org/a_(b)), https://x.org/?q=1."
    assert read(text, "email") == ["Ann.Lee@mail.example.org"]
    assert read(text, "url") == ["https://example.org/a_(b)", "https://x.org/?q=1"]


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_a_number_in_plain_digits_is_read_back(value):
    """Whatever is written around it."""
    assert Decimal(value) in [one.value for one in readings(f"for {value} only", "number", TODAY)]


@given(st.integers(min_value=1000, max_value=10**12))
def test_a_number_with_thousands_marked_is_read_back(value):
    """With commas, points, apostrophes and spaces."""
    for mark in ",.' ":
        written = f"{value:,}".replace(",", mark)
        assert value in [one.value for one in readings(written, "integer", TODAY)]


@given(st.text(max_size=80))
def test_readings_stand_where_they_say(text):
    """Each is at its place, and nothing makes the reading fail."""
    for kind in ("number", "date", "email", "url"):
        for one in readings(text, kind, TODAY):
            assert 0 <= one.start < one.end <= len(text)
