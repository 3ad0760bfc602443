"""Requests inside of one that a small model passed over."""

import pytest

from homewit.agent.models.overlooked import is_missed, is_whole, overlooked
from homewit.agent.plan import Ask, Ref, Step


def calculate(expression: str) -> Step:
    return Step("s1", "calculate", {"expression": expression})


def test_a_request_that_gave_no_value_was_passed_over():
    """Control: with a step of its own it was not."""
    request = "what is 12*7 and what is 144/12"
    assert overlooked(request, [calculate("12*7")]) == ["what is 144/12"]
    assert overlooked(request, [calculate("12*7"), calculate("144/12")]) == []


@pytest.mark.parametrize(
    ("request_text", "step"),
    [
        ("note that mum and dad come", Step("s1", "add_note", {"text": "mum and dad come"})),
        ("remind me to call Bob and show him the photos", Step("s1", "set_reminder", {
            "text": "call Bob and show him the photos", "at": "5"})),
        ("show my tasks and tell me what is open", Step("s1", "list_tasks", {})),
        ("look at it and keep it", Step("s1", "keep", {"text": Ref("s0", "text"), "well": True})),
    ],
)  # fmt: skip
def test_nothing_is_passed_over_that_a_value_holds_or_that_cannot_be_told(request_text: str, step: Step):
    """A value may go over several clauses; a step without one may be for any of them."""
    assert overlooked(request_text, [step]) == []


def test_only_what_says_all_of_its_steps_is_added():
    """Explanations in front are no requests, "it" is nothing by itself, and a question is no answer."""
    assert overlooked("we married in May, how many days is that", [Step("s1", "t", {"a": "May"})]) == []
    assert is_whole("what is 144/12", [calculate("144/12")])
    assert not is_whole("and show me", [Step("s1", "list_tasks", {})])
    assert not is_whole("log it", [Step("s1", "add_expense", {"amount": Ask("How much?"), "on": "it"})])
    assert not is_whole("log it", [])
    assert is_missed("what is my locker code")
    assert not is_missed("what does it say")
    assert not is_missed("whats the last day")
