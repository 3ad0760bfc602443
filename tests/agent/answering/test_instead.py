"""What is said where no tool can do what was asked."""

import pytest

from homewit.agent.answering.instead import abilities, cannot
from homewit.agent.planning.tool_index import ToolIndex
from homewit.tools import Registry


def told(request: str, registry: Registry) -> str:
    return cannot(request, ToolIndex(registry).offer(request), registry.names())


@pytest.mark.parametrize(
    ("request_text", "instead"),
    [
        ("whats the weather tomorrow", "I can search the web for it: “weather in Berlin tomorrow”."),
        ("text sara im late", "I can write a mail, or remind you to do it."),
        ("can you order a pizza", "I can search the web for it, or put it on your tasks."),
        ("turn off the kitchen lights", "I can remind you to do it."),
        (
            "make me a sandwich",
            "I can calculate and convert, keep notes, tasks and reminders, keep your calendar and contacts, "
            "add up expenses, work with files, read and write mail, and search the web.",
        ),
        (
            "convert the heathen of Mars",
            "The nearest that I have is convert_units: Convert a value from one unit to another.",
        ),
    ],
)
def test_one_line_says_what_can_be_done_instead(request_text: str, instead: str):
    """What is near by its name, what often helps, or what there is at all."""
    registry = Registry()
    registry.load_builtins()
    assert told(request_text, registry) == f"I have no tool that can do this. {instead}"


def test_nothing_is_offered_that_is_not_there():
    """Where the tools for it are missing, or all are."""
    assert told("text sara im late", Registry()) == (
        "I have no tool that can do this. There are no tools at all."
    )
    every = Registry()
    every.load_builtins()
    few = Registry([every.get("calculate"), every.get("current_time")])
    assert told("text sara im late", few) == (
        "I have no tool that can do this. What I have are tools such as calculate, current_time."
    )


def test_what_can_be_done_is_told_in_a_few_lines():
    """What people often ask for, and where all of it is listed; of other tools only that."""
    registry = Registry()
    registry.load_builtins()
    every = abilities([spec.name for spec in registry.specs()])
    assert every.startswith("I can calculate and convert, keep notes, tasks and reminders,")
    assert f"`homewit tools list` lists all {len(registry.specs())} tools" in every
    assert abilities(["echo"]).startswith("Say it in a sentence")
