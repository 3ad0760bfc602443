"""The time in a request is found wherever it stands, and nothing else of the request is lost."""

from datetime import UTC, datetime

import pytest

from homewit.tools.when.said_times import SaidTime, find_moment, find_recurrence, moment_in_front

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


@pytest.mark.parametrize(
    ("request_", "said", "rest"),
    [
        ("show my tasks on friday at 9", "on friday at 9", "show my tasks"),
        ("remind me to call ana on friday at 9", "on friday at 9", "remind me to call ana"),
        ("remind me on friday to call ana", "on friday", "remind me to call ana"),
        ("back up the day after tomorrow at 9", "the day after tomorrow at 9", "back up"),
        ("call ana in a week", "in a week", "call ana"),
        ("remind me when the shops open at 9", "when the shops open at 9", "remind me"),
    ],
)
def test_what_is_to_be_done_is_no_part_of_the_time(request_: str, said: str, rest: str):
    """Also where a reader of days would take it for what happens then."""
    found = find_moment(request_, NOW)
    assert (found.said, found.rest) == (said, rest)


def test_a_moment_in_front_is_the_longest_there():
    """What comes behind does not matter, however long it is; control: the one moment of the whole text."""
    text = "tomorrow at 9 show me the sales of monday the first of march at noon"
    front = moment_in_front(text, NOW)
    assert front is not None
    assert (front.said, front.rest) == (
        "tomorrow at 9",
        "show me the sales of monday the first of march at noon",
    )
    assert find_moment(text, NOW).said != front.said
    assert moment_in_front("show me my tasks tomorrow", NOW) is None


def test_what_was_pasted_between_does_not_say_when():
    """Control: in a short text it does."""
    words = "apples were sold " * 30
    assert find_moment(f"{words} on 3 march at noon {words}", NOW) is None
    assert find_moment("apples were sold on 3 march at noon, as ever", NOW).said == "on 3 march at noon"
    assert find_moment(f"show this tomorrow at 9: {words}", NOW).said == "tomorrow at 9"
