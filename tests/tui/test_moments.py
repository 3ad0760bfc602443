"""Moments on the clock of the machine."""

import time

import pytest

from homewit.tui.moments import minute


def test_a_moment_is_shown_where_the_machine_is_now(monkeypatch: pytest.MonkeyPatch):
    """Also after it was taken to another zone; on both sides of a change of clocks; other texts stay."""
    with monkeypatch.context() as chosen:
        for zone, shown in (
            ("Asia/Kathmandu", ["2027-03-28 06:15", "2027-03-28 06:45"]),
            ("Europe/Berlin", ["2027-03-28 01:30", "2027-03-28 03:00"]),
        ):
            chosen.setenv("TZ", zone)
            assert [minute("2027-03-28T00:30:00Z"), minute("2027-03-28T01:00:00+00:00")] == shown
    time.tzset()
    assert (minute("soon"), minute(None)) == ("soon", "")
