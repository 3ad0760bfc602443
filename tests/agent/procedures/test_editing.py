"""A procedure as a workflow file: it comes back as it went, or changed, or is refused with the reason."""

import pytest

from homewit.agent.errors import UsageError
from homewit.agent.plan import Ref, Step
from homewit.agent.planning.arguments import INPUTS
from homewit.agent.procedures.editing import from_text, to_text
from homewit.agent.procedures.generalising import match
from homewit.agent.procedures.procedure import Procedure, Slot, Wording
from homewit.agent.workflows.problems import WorkflowInvalid
from homewit.tools import tool


@tool
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


@tool(effect="write", sinks=("path",))
def save(path: str, content: str) -> str:
    """Save a text."""
    return path


TOOLS = [double.spec, save.spec]
LEARNED = Procedure(
    "plan",
    (
        Step("s1", "double", {"number": Ref(INPUTS, "number")}),
        Step("s2", "save", {"path": Ref(INPUTS, "path"), "content": Ref("s1", "text")}, ("s1",)),
    ),
    (Slot("number", {"type": "integer"}, (5, 6)), Slot("path", {"type": "string"}, ("a.txt", "b.txt"))),
    (Wording(("double", Ref(INPUTS, "number"), "and", "save", "it", "to", Ref(INPUTS, "path"))),),
)


def test_it_comes_back_as_it_went():
    """Nothing is lost on the way through the editor, the values seen so far included."""
    assert from_text(to_text("p_1", LEARNED), LEARNED, TOOLS) == LEARNED


def test_it_can_be_changed():
    """Another wording, and a constant in place of a slot."""
    text = to_text("p_1", LEARNED).replace("and save it to {path}", "into the book")
    text = text.replace("${inputs.path}", "book.txt").replace("${{ inputs.path }}", "book.txt")
    lines = text.split("\n")
    start = next(n for n, line in enumerate(lines) if line.strip() == "path:")
    end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith("    "))
    changed = from_text("\n".join(lines[:start] + lines[end:]), LEARNED, TOOLS)
    values = match(changed, "double 7 into the book")
    assert values == {"number": 7}
    assert [dict(step.args) for step in changed.plan(values).steps] == [
        {"number": 7},
        {"path": "book.txt", "content": Ref("s1", "text")},
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{number} and", "a number and", "has to hold each input once"),
        ("double {number} and save it to {path}", '""', "how it is asked for"),
        ("tool: double", "tool: triple", "triple"),
    ],
)
def test_what_nothing_could_fill_is_refused(old: str, new: str, reason: str):
    """With the reason, and the procedure stays as it was."""
    text = to_text("p_1", LEARNED)
    assert old in text
    with pytest.raises((UsageError, WorkflowInvalid), match=reason):
        from_text(text.replace(old, new), LEARNED, TOOLS)
