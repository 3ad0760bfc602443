"""The time in a request is found wherever it stands, and nothing else of the request is lost."""

from datetime import UTC, datetime

import pytest

from homewit.tools.when.said_times import SaidTime, find_moment, find_recurrence

NOW = datetime(2026, 11, 28, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("request_", "said", "rest", "cron"),
    [
        ("every day at 7 summarise my open tasks", "every day at 7", "summarise my open tasks", "0 7 * * *"),
        ("Every day at 7, summarise my tasks", "Every day at 7", "summarise my tasks", "0 7 * * *"),
        ("summarise my open tasks every day at 7", "every day at 7", "summarise my open tasks", "0 7 * * *"),
        ("every day summarise my tasks at 7", "every day at 7", "summarise my tasks", "0 7 * * *"),
        ("remind me every monday at 9 to run", "every monday at 9", "remind me to run", "0 9 * * 1"),
        ("remind me to call mom every sunday", "every sunday", "remind me to call mom", "0 9 * * 0"),
        ("at 9 on mondays list my tasks", "at 9 on mondays", "list my tasks", "0 9 * * 1"),
    ],
)  # fmt: skip
def test_a_recurrence_is_taken_out(request_: str, said: str, rest: str, cron: str):
    """The longest words that say when are the time, the others the request."""
    assert find_recurrence(request_) == SaidTime(said, rest, cron=cron)


@pytest.mark.parametrize("request_", ["show my tasks", "tomorrow at 9 show it", "each of them", "once more"])
def test_what_does_not_recur(request_: str):
    """Words that only look like it change nothing."""
    assert find_recurrence(request_) is None


def test_a_moment_is_taken_out():
    """One moment, on the clock of the one who says it."""
    assert find_moment("tomorrow at 9 show me my tasks", NOW) == SaidTime(
        "tomorrow at 9", "show me my tasks", at=datetime(2026, 11, 29, 9, tzinfo=UTC)
    )
    assert find_moment("show me my tasks", NOW) is None
