"""How things repeat: read, and said back."""

import pytest

from homewit.tools import ToolRetry
from homewit.tools.when.repeating import parse_repeat, read_repeat, repeat_words, split_time


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("every day", "FREQ=DAILY", "every day"),
        ("Every other Friday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday"),
        ("every two weeks on monday and thursday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
         "every 2 weeks on Monday and Thursday"),
        ("monthly on the 1st", "FREQ=MONTHLY;BYMONTHDAY=1", "every month on day 1"),
        ("on the last day of every month", "FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("the first monday of every month", "FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
        ("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("every year on may 3", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3", "every year on 3 May"),
        ("quarterly", "FREQ=MONTHLY;INTERVAL=3", "every 3 months"),
        ("every 31st", "FREQ=MONTHLY;BYMONTHDAY=31", "every month on day 31"),
        ("every first monday of the month", "FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
        ("every second friday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday"),
        ("on the 15th and 1st of the month", "FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on days 1 and 15"),
        ("mondays and thursdays", "FREQ=WEEKLY;BYDAY=MO,TH", "every Monday and Thursday"),
        ("once a week", "FREQ=WEEKLY", "every week"),
        ("every fortnight", "FREQ=WEEKLY;INTERVAL=2", "every 2 weeks"),
        ("every couple of days", "FREQ=DAILY;INTERVAL=2", "every 2 days"),
        ("may 3 every year", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3", "every year on 3 May"),
        ("every day for 5 times", "FREQ=DAILY;COUNT=5", "every day, 5 times"),
    ],
)  # fmt: skip
def test_repetitions_are_read_and_said(text: str, rule: str, said: str):
    """As rules of RFC 5545, and back in words."""
    assert (parse_repeat(text), repeat_words(rule)) == (rule, said)


@pytest.mark.parametrize(
    "text",
    [
        "monday",
        "tomorrow",
        "",
        "every",
        "every 40th",
        "every 0 days",
        "sometimes",
        "every year on february 30",
    ],
)
def test_what_repeats_nothing(text: str):
    """A day alone is a day; the message shows how to write it."""
    assert read_repeat(text) is None
    with pytest.raises(ToolRetry, match='Write it like "every day"'):
        parse_repeat(text)


def test_how_and_when_are_told_apart():
    """The words of a reminder say both."""
    assert split_time("every monday at 9") == ("every monday", "9")
    assert split_time("at 8am every day") == ("every day", "8am")
    assert split_time("tomorrow at 9") == ("", "tomorrow at 9")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY;BYHOUR=8;BYMINUTE=0", "every day"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "every month on day 30, or the last"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "every year on the last day of February"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=-1", "by the rule FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=-1"),
    ],
)
def test_what_was_pinned_is_said(rule: str, said: str):
    """The time of day stands beside the next time; a rule that is not said in words stays a rule."""
    assert repeat_words(rule) == said
