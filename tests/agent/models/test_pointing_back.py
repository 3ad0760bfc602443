"""Requests about what the request before them was about."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from homewit.agent.model import Exchange, ToolView, TurnContext
from homewit.agent.models.pointing_back import pointed_back, points_back
from homewit.agent.plan import Ref, Step
from homewit.agent.planning.tool_index import tool_views
from homewit.agent.testing import FakeClock
from homewit.tools import Registry


@pytest.fixture(scope="module")
def views() -> list[ToolView]:
    registry = Registry()
    registry.load_builtins()
    return tool_views(registry)


def turn(request: str, views: Sequence[ToolView], *before: str) -> TurnContext:
    return TurnContext(request, FakeClock()(), views, history=[Exchange(one, "done") for one in before])


READ = Step("s1", "read_file", {"path": "a.txt"})
SUM = Step("s1", "calculate", {"expression": "18 * 23"})
SAVED = Step("s2", "write_file", {"content": Ref("s1", "text"), "path": "r.txt"}, ("s1",))
CALL_MUM = Step("s1", "set_reminder", {"text": "call mum", "at": "5pm"})
DENTIST = Step("s1", "add_event", {"title": "dentist", "start": "friday at 10"})
LUNCH = Step("s1", "add_expense", {"amount": "9 euros", "category": "food", "description": "lunch"})


@pytest.mark.parametrize(
    ("request_text", "before", "meant"),
    [
        ("delete it", READ, (Step("s1", "delete_file", {"path": "a.txt"}),)),
        ("save that to r.txt", SUM, (SUM, SAVED)),
        ("make it 6pm", CALL_MUM, (Step("s1", "move_reminder", {"reminder": "call mum", "at": "6pm"}),)),
        ("actually cancel it", CALL_MUM, (Step("s1", "cancel_reminder", {"reminder": "call mum"}),)),
        (
            "move it to monday at 9",
            DENTIST,
            (Step("s1", "move_event", {"event": "dentist", "start": "monday at 9"}),),
        ),
        ("delete that", LUNCH, (Step("s1", "delete_expense", {"expense": "food"}),)),
    ],
)
def test_it_is_what_the_step_before_was_about(
    request_text: str, before: Step, meant: tuple[Step, ...], views: list[ToolView]
):
    """In its words; what was looked up is looked up again where its result is needed."""
    asked = turn(request_text, views, "something")
    assert points_back(asked)
    assert pointed_back(asked, lambda earlier: [before]) == meant


@pytest.mark.parametrize(
    ("request_text", "before"),
    [
        ("make it 6pm", READ),
        ("delete it", SUM),
        ("save that to r.txt", CALL_MUM),
    ],
)
def test_what_fits_nothing_before_it_is_left(request_text: str, before: Step, views: list[ToolView]):
    """There is nothing to move or to delete, and what was changed is not done again for its result."""
    assert pointed_back(turn(request_text, views, "something"), lambda earlier: [before]) == ()


def test_only_behind_another_request_that_the_user_typed(views: list[ToolView]):
    """The first of a session, one that says all itself, and one with words by others are what they are."""
    assert not points_back(turn("delete it", views))
    assert not points_back(turn("delete a.txt", views, "read a.txt"))
    assert not points_back(turn("and a poem", views, "read a.txt"))
    assert not points_back(replace(turn("delete it", views, "read a.txt"), typed=False))


def test_the_request_before_is_read_in_full(views: list[ToolView]):
    """ "And b.txt", say, with what was asked before that."""
    seen: list[TurnContext] = []

    def steps_of(earlier: TurnContext) -> list[Step]:
        seen.append(earlier)
        return [SUM]

    pointed_back(turn("save that to r.txt", views, "how many km is 12 miles", "and 20"), steps_of)
    assert [(one.request, len(one.history)) for one in seen] == [("how many km is 20 miles", 1)]
