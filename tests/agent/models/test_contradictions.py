"""Steps that cannot be what was asked for."""

import pytest

from homewit.agent.models.contradictions import contradicts
from homewit.agent.plan import Step


def step(tool: str, **args: object) -> Step:
    return Step("s1", tool, args)


@pytest.mark.parametrize(
    ("request_text", "made", "wrong"),
    [
        ("delete all my notes", step("add_note", text="all my notes"), True),
        ("can you stop the reminders", step("set_reminder", text="reminders"), True),
        ("delete my note", step("delete_note", note="my"), False),
        ("remind me to delete my notes", step("set_reminder", text="delete my notes"), False),
        ("write to lena@example.org", step("fetch_page", url="lena@example.org"), True),
        ("read https://a.example/@lena", step("fetch_page", url="https://a.example/@lena"), False),
    ],
)
def test_the_opposite_and_another_kind_of_address_are_none_of_it(request_text: str, made: Step, wrong: bool):
    """Only by what the request begins with; what it says later may be written down."""
    assert contradicts(request_text, [made]) == wrong


def test_one_of_several_steps_may_make_something():
    """As in "delete a.txt and note that"."""
    both = [step("delete_file", path="a.txt"), step("add_note", text="a")]
    assert not contradicts("delete a.txt and note that", both)
