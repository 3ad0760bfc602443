"""What a request asks for is in a step of its plan, or found left over."""

import pytest

from homewit.agent.model import ToolView
from homewit.agent.models.accounting import is_whole, unaccounted
from homewit.agent.models.asked_words import is_asked
from homewit.agent.models.completing import completed
from homewit.agent.models.joining import Joined
from homewit.agent.plan import Ask, Ref, Step

TOOLS = {
    name: ToolView(name, description, {}, {})
    for name, description in {
        "add_note": "Keep a note.",
        "add_task": "Add a task.",
        "calculate": "Work out a sum.",
        "convert_units": "Convert units.",
        "date_difference": "Count the days between two dates.",
        "edit_file": "Replace words in a file.",
        "fetch_page": "Read a page of the web.",
        "list_tasks": "List the tasks that are open.",
        "read_file": "Read a file.",
        "search_notes": "Find notes.",
        "set_reminder": "Set a reminder.",
    }.items()
}


def step(tool: str, **args: object) -> Step:
    return Step("s1", tool, args)


def left_over(request: str, *steps: Step) -> list[str]:
    return [one.text for one in unaccounted(request, steps, TOOLS)]


MILES = step("convert_units", value=5, from_unit="miles", to_unit="km")


@pytest.mark.parametrize(
    ("request_text", "steps", "left"),
    [
        ("what is 12*7 and what is 144/12", [step("calculate", expression="12*7")], ["what is 144/12"]),
        (
            "convert 5 miles to km, then read a.txt and tell me tomorrow's date",
            [MILES],
            ["read a.txt", "tell me tomorrow's date"],
        ),
        (
            "convert 5 miles to km, oh and can you remind me in 5 minutes to eat",
            [MILES],
            ["remind me in 5 minutes to eat"],
        ),
        ("show my tasks. Also work out 3*4", [step("list_tasks")], ["work out 3*4"]),
        ("email it to bob@example.org and read a.txt", [step("read_file", path="a.txt")], [
            "email it to bob@example.org"]),
        ("find my note about tea and read a.txt", [step("search_notes", query="tea and read a.txt")], [
            "read a.txt"]),
    ],
)  # fmt: skip
def test_what_no_step_has_a_value_from_is_left_over(request_text: str, steps: list[Step], left: list[str]):
    """Whatever stands between: neither the same number elsewhere nor a value that runs on is one from it."""
    assert left_over(request_text, *steps) == left


@pytest.mark.parametrize(
    ("request_text", "steps"),
    [
        ("what is 12*7 and what is 144/12", [
            step("calculate", expression="12*7"), step("calculate", expression="144/12")]),
        ("note that mum and dad come", [step("add_note", text="mum and dad come")]),
        ("remind me to call Bob and show him the photos", [
            step("set_reminder", text="call Bob and show him the photos")]),
        ("show my tasks and tell me what is open", [step("list_tasks")]),
        ("replace red with blue in a.css, then show me a.css", [
            step("edit_file", path="a.css", old="red", new="blue"), step("read_file", path="a.css")]),
        ("work out 3*4 and note it down", [
            step("calculate", expression="3*4"), step("add_note", text=Ref("s1", "text"))]),
        ("my passport runs out in May, add that as a task", [step("add_task", title="passport runs out")]),
        ("look through my notes and find tea", [step("search_notes", query="tea")]),
        ("the boots came on 12 november, what is the last day", [
            step("date_difference", start="12 november")]),
    ],
)  # fmt: skip
def test_nothing_is_left_over_that_a_step_is_for(request_text: str, steps: list[Step]):
    """By its values, or by its name where it has none of them to itself."""
    assert left_over(request_text, *steps) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("read a.txt", True),
        ("email it to bob@example.org", True),
        ("what is my locker code", True),
        ("what time is it in delhi", True),
        ("show me this months expenses", True),
        ("tell me what it says", False),
        ("show me", False),
        ("have a nice day", False),
        ("what does it cost", False),
    ],
)
def test_what_asks_only_for_the_answer_is_not_missed(text: str, said: bool):
    """Nor is what people say beside a request."""
    assert is_asked(text) == said


def test_only_what_says_all_of_its_steps_is_added():
    """ "It" is nothing by itself, and a question is no answer."""
    assert is_whole("what is 144/12", [step("calculate", expression="144/12")])
    assert is_whole("list the tasks", [step("list_tasks")])
    assert not is_whole("and show me", [step("list_tasks")])
    assert is_whole("what is the time now", [step("current_time")])
    assert not is_whole("tell me tomorrow's date and time", [step("current_time")])
    assert not is_whole("log it", [step("add_task", title=Ask("What to do?"), due="it")])
    assert not is_whole("log it", [])


def test_what_is_left_over_is_planned_in_its_place_or_named():
    """References move along, and a value ends where the next request begins. Control: the same step again."""
    request = "find my note about tea and read a.txt, work out 3*4, then note it and make me a sandwich"
    read = {"read a.txt": [step("read_file", path="a.txt")]}
    steps = [
        Step("s1", "search_notes", {"query": "tea and read a.txt"}),
        Step("s2", "calculate", {"expression": "3*4"}),
        Step("s3", "add_note", {"text": Ref("s2", "text")}, ("s2",)),
    ]
    assert completed(request, steps, TOOLS, lambda text: read.get(text, [])) == Joined(
        (
            Step("s1", "search_notes", {"query": "tea"}),
            Step("s2", "read_file", {"path": "a.txt"}),
            Step("s3", "calculate", {"expression": "3*4"}),
            Step("s4", "add_note", {"text": Ref("s3", "text")}, ("s3",)),
        ),
        (),
    )
    lost = completed("work out 3*4 and tidy up, then buy bread", [steps[1]], TOOLS, lambda text: [])
    assert lost == Joined((steps[1],), ())  # these are no words that a request begins with
    lost = completed("work out 3*4 and read b.txt", [steps[1]], TOOLS, lambda text: [steps[1]])
    assert lost.not_understood == ()
    assert completed("work out 3*4, read b.txt", [steps[1]], TOOLS, lambda text: []).not_understood == (
        "read b.txt",
    )


def test_what_is_written_down_goes_on():
    """Over what nobody says to a program. Control: what is, and another sentence, is read by itself."""
    kept = step("set_reminder", text="send the invoice", at="on friday")

    def text_of(rest: str) -> object:
        request = f"remind me on friday to send the invoice{rest}"
        return completed(request, [kept], TOOLS, lambda text: []).steps[0].args["text"]

    assert text_of(" and delete the old one") == "send the invoice and delete the old one"
    assert text_of(" and show my calendar") == "send the invoice"
    assert text_of(". Delete the old one") == "send the invoice"
