"""The days that rules name: those that a library finds, as long as there are any; no search without end."""

import datetime as dt
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from homewit.tools.builtin.calendar.rules import days_of, read_rule

NUMBERED = st.sampled_from(["1MO", "2TU", "-1FR", "5SU", "-2WE"])
PLAIN = st.sampled_from(["MO", "MO,TU,WE,TH,FR", "SA,SU", "WE"])
RULES = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])},
    optional={
        "BYDAY": NUMBERED | PLAIN,
        "BYMONTH": st.sampled_from(["1", "2,8", "12", "3,4,5"]),
        "BYMONTHDAY": st.sampled_from(["1", "13", "29,30,31", "-1", "-3,15"]),
        "BYSETPOS": st.sampled_from(["1", "-1", "2", "1,-1", "5"]),
        "INTERVAL": st.sampled_from(["2", "3", "18"]),
        "COUNT": st.sampled_from(["1", "4"]),
        "WKST": st.sampled_from(["SU", "MO", "WE"]),
    },
)


@given(RULES, st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31)))
@settings(max_examples=60, deadline=None)
def test_the_days_are_those_of_the_library(rule: dict[str, str], start: dt.date):
    """The first ten of each rule, from any day on; the library is asked for no more than there are."""
    found = list(islice(days_of(read_rule(rule, start), start), 10))
    text = ";".join(f"{name}={value}" for name, value in rule.items())
    known = rrulestr(text, dtstart=dt.datetime.combine(start, dt.time()))
    assert found == [one.date() for one in islice(known, len(found))]


@pytest.mark.parametrize(
    "rule",
    [
        {"FREQ": "DAILY", "BYMONTHDAY": "30", "BYSETPOS": "2"},
        {"FREQ": "WEEKLY", "BYSETPOS": "5"},
        {"FREQ": "MONTHLY", "BYDAY": "1MO", "BYMONTHDAY": "30"},
        {"FREQ": "MONTHLY", "BYDAY": "53MO"},
        {"FREQ": "YEARLY", "BYDAY": "-400MO"},
        {"FREQ": "YEARLY", "BYMONTH": "13"},
    ],
)
def test_a_rule_that_names_no_day_ends(rule: dict[str, str]):
    """Where the library looks on to the year 9999, for up to half a minute each time."""
    start = dt.date(2026, 11, 28)
    assert list(days_of(read_rule(rule, start), start)) == []


def test_the_rarest_day_is_found():
    """29 February as a Monday, over the end of a century that has none."""
    rule = {"FREQ": "YEARLY", "BYMONTH": "2", "BYMONTHDAY": "29", "BYDAY": "MO"}
    start = dt.date(2026, 1, 1)
    assert [day.year for day in islice(days_of(read_rule(rule, start), start), 4)] == [2044, 2072, 2112, 2140]


@pytest.mark.parametrize("part", [{"BYDAY": "XX"}, {"BYDAY": "aMO"}, {"WKST": "X"}, {"COUNT": "many"}])
def test_what_makes_no_sense_is_refused(part: dict[str, str]):
    """Whoever asks takes the entry for one that does not repeat."""
    with pytest.raises(ValueError, match=r"\w"):
        read_rule({"FREQ": "MONTHLY", **part}, dt.date(2026, 1, 1))
