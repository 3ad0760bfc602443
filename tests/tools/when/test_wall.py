"""Clocks that are put forward and back: what they show, as a moment."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools.when.wall import at_wall, is_after, seconds_later

BERLIN = ZoneInfo("Europe/Berlin")


def test_what_clocks_leave_out_comes_as_much_later():
    """2:30 in the night in which 2:00 is 3:00; the moment says so itself."""
    moment = at_wall(datetime(2027, 3, 28, 2, 30), BERLIN)
    assert moment.isoformat() == "2027-03-28T03:30:00+02:00"


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (None, "2027-10-31T02:15:00+02:00"),
        ("2027-10-31T02:10:00+02:00", "2027-10-31T02:15:00+02:00"),
        ("2027-10-31T02:10:00+01:00", "2027-10-31T02:15:00+01:00"),
        ("2027-10-31T02:20:00+01:00", "2027-10-31T02:15:00+01:00"),
    ],
)
def test_of_a_time_that_comes_twice_the_one_still_to_come(after: str | None, found: str):
    """The first where both are to come."""
    now = after and datetime.fromisoformat(after).astimezone(BERLIN)
    assert at_wall(datetime(2027, 10, 31, 2, 15), BERLIN, now or None).isoformat() == found


def test_the_later_moment_is_found_where_clocks_say_otherwise():
    """02:10 after 02:40; Python by itself would not find it."""
    early = datetime(2027, 10, 31, 2, 40, tzinfo=BERLIN)
    late = datetime(2027, 10, 31, 2, 10, fold=1, tzinfo=BERLIN)
    assert is_after(late, early)
    assert late < early
    assert seconds_later(early, 1800).isoformat() == late.isoformat()


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "Pacific/Auckland", "America/St_Johns"]),
)
def test_every_moment_is_found_from_its_own_clock(moment: datetime, zone: str):
    """Unless it is the second of two with the same, where the first is taken."""
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    found = at_wall(local.replace(tzinfo=None), ZoneInfo(zone))
    assert found.replace(fold=0) == local.replace(fold=0)
    assert local.fold or found.timestamp() == local.timestamp()
