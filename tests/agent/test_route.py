"""Which requests are decided by rule, and how scores decide the others."""

import pytest

from homewit.agent.route import RouteByModel, RouteByRule, by_rule, by_scores, settle


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("/remember I like tea", RouteByRule("remember", "I like tea")),
        ("/FORGET tea", RouteByRule("forget", "tea")),
        ("/recall tea", RouteByRule("recall", "tea")),
        ("/do add milk", RouteByRule("plan", "add milk")),
        ("remember that I like tea", RouteByRule("remember", "remember that I like tea")),
        ("Please forget my shoe size", RouteByRule("forget", "Please forget my shoe size")),
        ("remember to buy milk", None),
        ("forget it", None),
        ("/unknown x", None),
        ("what is /remember?", None),
        ("", None),
    ],
)
def test_control_words_decide_by_rule(prompt: str, expected: RouteByRule | None):
    """Slash commands are cut off; plain words stay, because the fact is quoted from them."""
    assert by_rule(prompt) == expected


@pytest.mark.parametrize(
    ("scores", "rival"),
    [
        ({"act": -0.70, "chat": -0.71, "plan": -5.0}, "chat"),
        ({"chat": -0.70, "plan": -0.71}, "plan"),
        ({"act": -0.5, "chat": -0.9}, None),
        ({"act": -0.70, "plan": -0.70}, None),
        ({"recall": -0.70, "chat": -0.70}, None),
        ({"act": 0.0}, None),
    ],
)
def test_only_a_close_call_about_acting_has_a_rival(scores, rival):
    """Two ways to act, or two ways to talk, are not worth a question."""
    best = next(iter(scores))
    assert by_scores(scores, 0.05) == RouteByModel(best, scores, rival)


@pytest.mark.parametrize(
    ("reply", "expected"), [("yes", "act"), ("Yes, do it", "act"), ("no", "chat"), ("", "chat")]
)
def test_a_yes_acts_and_everything_else_does_not(reply: str, expected: str):
    """Whichever of the two was the better one."""
    assert settle(RouteByModel("act", {}, "chat"), reply) == expected
    assert settle(RouteByModel("chat", {}, "act"), reply) == expected


@pytest.mark.parametrize(
    ("reply", "other_request"),
    [("add milk to my tasks", True), ("no, just tell me", False), ("hm", False), ("not with tools", False)],
)
def test_another_request_is_no_answer(reply: str, other_request: bool):
    """Several words that say neither yes nor no are what is wanted now."""
    assert (settle(RouteByModel("act", {}, "chat"), reply) is None) is other_request
