"""What is to be done later is recognised by its form, and becomes one step that needs the user's consent."""

from datetime import UTC, datetime

import pytest

from homewit.agent.plan import Ask, Step
from homewit.agent.route import RouteByRule, by_rule, plausible
from homewit.agent.schedules.planning import WHAT, WHEN, schedule_plan

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "request_",
    [
        "remind me every monday at 9 to water the plants",
        "every day at 7 summarise my open tasks",
        "remind me on the 1st of every month to pay the rent",
        "at 9 on mondays list my open tasks",
        "tomorrow at 9 show me my tasks",
        "daily report my open tasks",
        "in 2 hours show me my open tasks",
        "schedule a summary of my tasks for every day at 7",
    ],
)
def test_what_surely_comes_later(request_: str):
    """These need no model to be recognised."""
    assert by_rule(request_) == RouteByRule("schedule", request_)


@pytest.mark.parametrize(
    "request_",
    [
        "how much do I spend on food every month?",
        "I spend 12.50 on lunch every day",
        "every monday at 9 I go running",
        "remind me tomorrow at 9 to call mom",
        "today show me my tasks",
        "now list my tasks",
        "monthly report",
        "weekly spending summary",
        "tomorrow at 9 dentist",
        "what is 17 * 23?",
    ],
)
def test_what_is_left_to_the_model(request_: str):
    """Statements, questions, and what may be for now."""
    assert by_rule(request_) is None


def test_a_question_is_answered_now():
    """A model that takes "every month" in a question for a schedule is not followed."""
    scores = {"schedule": -0.1, "act": -2.0}
    assert plausible(scores, "how much do I spend every month?") == {"act": -2.0}  # type: ignore[arg-type]
    assert plausible(scores, "show me my tasks every morning") == scores  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "tool", "args"),
    [
        ("every day at 7 summarise my tasks", "add_schedule",
         {"when": "every day at 7", "request": "summarise my tasks"}),
        ("remind me every monday to water the plants", "add_schedule",
         {"when": "every monday", "request": "remind me to water the plants"}),
        ("remind me tomorrow at 9 to call mom", "set_reminder", {"at": "tomorrow at 9", "text": "call mom"}),
        ("schedule a backup", "add_schedule", {"when": Ask(WHEN), "request": "a backup"}),
        ("every day at 7", "add_schedule", {"when": "every day at 7", "request": Ask(WHAT)}),
    ],
)  # fmt: skip
def test_the_plan(request_: str, tool: str, args: dict[str, object]):
    """The words of the request, and questions for what is not in it."""
    assert schedule_plan(request_, NOW).steps == (Step("s1", tool, args),)  # type: ignore[arg-type]


def test_reminders_that_repeat_by_themselves_need_no_schedule():
    """Where the tool takes how often, it is asked instead of the scheduler."""
    plan = schedule_plan("remind me every monday at 9 to water the plants", NOW, reminders_repeat=True)
    assert plan.steps == (
        Step("s1", "set_reminder", {"at": "every monday at 9", "text": "water the plants"}),
    )
    plan = schedule_plan("every monday at 9 show my tasks", NOW, reminders_repeat=True)
    assert plan.steps[0].tool == "add_schedule"


def test_what_cannot_be_repeated_is_asked_about():
    """The question says why."""
    when = schedule_plan("every other week show me my tasks", NOW).steps[0].args["when"]
    assert isinstance(when, Ask)
    assert "cannot be repeated" in when.question
