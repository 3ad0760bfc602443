"""Requests inside of one that a small model passed over."""

import pytest

from homewit.agent.models.overlooked import overlooked
from homewit.agent.plan import Ref, Step


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
