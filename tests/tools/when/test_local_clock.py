"""The clock of this machine, wherever it is taken."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from homewit.tools.when.local_clock import local_now


@pytest.fixture
def taken_to(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Another zone is chosen while the program goes on."""
    with monkeypatch.context() as chosen:
        yield lambda zone: chosen.setenv("TZ", zone)
    time.tzset()


def test_the_zone_follows_the_machine(taken_to: Callable[[str], None]):
    """By name, and also for what asks the system itself."""
    for zone, minutes in (("Asia/Kathmandu", 345), ("America/Phoenix", -420), ("Asia/Kathmandu", 345)):
        taken_to(zone)
        now = local_now()
        assert (str(now.tzinfo), now.utcoffset()) == (zone, timedelta(minutes=minutes))
        assert datetime.now(UTC).astimezone().utcoffset() == timedelta(minutes=minutes)


@pytest.mark.parametrize("rule", ["CET-1CEST,M3.5.0,M10.5.0/3", "<+01>-1<+02>,M3.5.0,M10.5.0/3"])
def test_a_zone_without_a_name_knows_its_summer_time(rule: str, taken_to: Callable[[str], None]):
    """As POSIX writes them."""
    taken_to(rule)
    zone = local_now().tzinfo
    offsets = [datetime(2027, month, 1, 12, tzinfo=zone).utcoffset() for month in (1, 7)]
    assert offsets == [timedelta(hours=1), timedelta(hours=2)]
