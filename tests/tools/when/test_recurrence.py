"""How often, as people write it, becomes the cron expression that says exactly that, or is refused."""

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolRetry
from homewit.tools.when.recurrence import read_recurrence


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("every day at 7", "0 7 * * *"),
        ("Daily at 7:30", "30 7 * * *"),
        ("every morning", "0 9 * * *"),
        ("at 7 o'clock each morning", "0 7 * * *"),
        ("every evening at 8", "0 20 * * *"),
        ("every night at 10", "0 22 * * *"),
        ("every day at midnight", "0 0 * * *"),
        ("every monday at 9", "0 9 * * 1"),
        ("on mondays at 9am", "0 9 * * 1"),
        ("monday mornings", "0 9 * * 1"),
        ("weekly on friday at 5pm", "0 17 * * 5"),
        ("every tuesday, thursday and saturday at 6pm", "0 18 * * 2,4,6"),
        ("on weekdays at 8", "0 8 * * 1-5"),
        ("weekends at noon", "0 12 * * 6,0"),
        ("every week", "0 9 * * 1"),
        ("once a week", "0 9 * * 1"),
        ("on the 1st and 15th of every month at 9am", "0 9 1,15 * *"),
        ("every month on the 15th at 9", "0 9 15 * *"),
        ("on the last day of every month at 18:00", "0 18 L * *"),
        ("every first monday of the month at 10", "0 10 * * 1#1"),
        ("the last friday of every month at 16:00", "0 16 * * 5L"),
        ("every year on May 3 at 8", "0 8 3 5 *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("every half hour", "*/30 * * * *"),
        ("hourly", "0 * * * *"),
        ("every two hours", "0 */2 * * *"),
    ],
)
def test_what_can_be_said(text: str, cron: str):
    """The words and the expression mean the same."""
    assert read_recurrence(text) == cron


@pytest.mark.parametrize(
    "text", ["monday at 9", "tomorrow at 9", "in 2 hours", "every day milk", "", "every 40 of may"]
)
def test_what_names_no_recurrence(text: str):
    """One moment, and what is no time at all, are left to others."""
    assert read_recurrence(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "every other week",
        "every 2 weeks on monday",
        "every fortnight",
        "quarterly",
        "every few days at 9",
        "every 90 minutes",
        "every 7 hours",
        "every monday at midnight",
    ],
)
def test_what_no_expression_can_say_is_refused(text: str):
    """It is never rounded to something near it."""
    with pytest.raises(ToolRetry):
        read_recurrence(text)


@given(
    st.sampled_from("monday tuesday wednesday thursday friday saturday sunday".split()),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_every_time_of_every_weekday(day: str, hour: int, minute: int):
    """A day and a full time are read as they are, by a cron that others wrote, too."""
    from datetime import UTC, datetime

    cron = read_recurrence(f"every {day} at {hour:02}:{minute:02}")
    assert cron is not None
    moment = next(CronSim(cron, datetime(2026, 11, 28, 12, tzinfo=UTC)))
    assert (f"{moment:%A}".lower(), moment.hour, moment.minute) == (day, hour, minute)
