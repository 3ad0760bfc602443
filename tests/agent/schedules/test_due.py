"""What is due is a function of the schedule and the moment: nothing comes twice or early."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.schedules.due import GRACE, MOST_AT_ONCE, hand_out
from homewit.agent.schedules.triggers import Cron
from homewit.memory import HandedOut, Schedule

NEXT = datetime(2026, 3, 2, 7, tzinfo=UTC)
DAY = timedelta(days=1)
TWICE, LEFT_OUT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""In Berlin, half an hour before clocks are set back, and before they are set forward."""


def daily(missed: str = "run_once", **changed: object) -> Schedule:
    values = {
        "id": "sch_1", "kind": "prompt", "prompt": "x", "inputs": {}, "said": "every day at 7",
        "cron": "0 7 * * *", "at": None, "zone": "UTC", "missed": missed, "allow": (), "folder": "/",
        "session": None, "next": NEXT, "created": NEXT - DAY,
    }  # fmt: skip
    return Schedule(**{**values, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize("missed", ["run_once", "skip", "run_all"])
def test_in_time_it_comes_once_whatever_the_policy(missed: str):
    """Within the grace nothing was missed."""
    assert hand_out(daily(missed), NEXT + GRACE) == HandedOut([NEXT], (), NEXT + DAY)


def test_run_once_makes_one_run_for_all_that_was_missed():
    """Three mornings without a scheduler are made up for by the last."""
    now = NEXT + 2 * DAY + timedelta(hours=1)
    assert hand_out(daily("run_once"), now) == HandedOut([NEXT + 2 * DAY], (), NEXT + 3 * DAY)


def test_skip_leaves_out_what_was_missed_and_tells_so():
    """The last one is told as skipped; the next comes at its time."""
    now = NEXT + 2 * DAY + timedelta(hours=1)
    assert hand_out(daily("skip"), now) == HandedOut((), [NEXT + 2 * DAY], NEXT + 3 * DAY)


def test_skip_still_runs_what_is_in_time():
    """Only what was missed is left out, not the one that is due now."""
    now = NEXT + 2 * DAY + timedelta(minutes=1)
    assert hand_out(daily("skip"), now) == HandedOut([NEXT + 2 * DAY], (), NEXT + 3 * DAY)


def test_run_all_makes_up_for_each_up_to_a_number():
    """Each of the last ones, in their order."""
    now = NEXT + 2 * DAY + timedelta(hours=1)
    assert hand_out(daily("run_all"), now).due == [NEXT, NEXT + DAY, NEXT + 2 * DAY]
    late = hand_out(daily("run_all"), NEXT + 99 * DAY)
    assert late.due == [NEXT + number * DAY for number in range(100 - MOST_AT_ONCE, 100)]


def test_one_moment_comes_once():
    """After it nothing follows."""
    once = daily(cron=None, at=NEXT)
    assert hand_out(once, NEXT + timedelta(hours=3)) == HandedOut([NEXT], (), None)
    assert hand_out(daily(cron=None, at=NEXT, next=None), NEXT + DAY) == HandedOut((), (), None)


@given(
    st.sampled_from(["0 7 * * *", "*/20 * * * *", "0 9 * * 1", "45 2 * * *"]),
    st.sampled_from(["run_once", "skip", "run_all"]),
    st.sampled_from([("UTC", NEXT), ("Europe/Berlin", TWICE), ("Europe/Berlin", LEFT_OUT)]),
    st.lists(
        st.timedeltas(timedelta(seconds=1), timedelta(days=3))
        | st.timedeltas(timedelta(minutes=1), timedelta(hours=1)),
        min_size=1, max_size=12,
    ),
)  # fmt: skip
def test_nothing_comes_twice_or_early(
    cron: str, missed: str, place: tuple[str, datetime], waits: list[timedelta]
):
    """However irregularly it is asked, the times that are handed out only ever move forward."""
    zone, start = place
    first = Cron(cron, zone).after(start - timedelta(hours=1))
    schedule, now, seen = daily(missed, cron=cron, zone=zone, next=first), start - timedelta(hours=1), []
    for wait in waits:
        now += wait
        if schedule.next is not None and schedule.next <= now:
            handed = hand_out(schedule, now)
            assert handed.due or handed.skipped
            seen += [*handed.due, *handed.skipped]
            assert handed.next is not None
            assert handed.next > now
            schedule = daily(missed, cron=cron, zone=zone, next=handed.next)
    assert seen == sorted(set(seen))
    assert all(moment <= now for moment in seen)
