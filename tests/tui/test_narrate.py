"""Events as lines: a condition is shown with what would be decided by it, a step left out as such."""

from homewit.agent import events as ev
from homewit.tui.narrate import approval_lines, args_text, cautions, narrate, what_it_does, why_asked


def card(when: dict[str, object] | None) -> ev.ApprovalRequested:
    step = ev.ApprovalStep(id="s2", tool="save", effect="write", args={"path": "a.txt"}, rule="", when=when)
    sinks = [ev.SinkShown(step="s2", argument="path", value="a.txt", origin="you")]
    if when is not None:
        sinks.append(ev.SinkShown(step="s2", argument=ev.CONDITION, value=when, origin="inbox (s1)"))
    return ev.ApprovalRequested(approval="a1", steps=(step,), sinks=tuple(sinks), reason="asks")


def test_a_card_says_under_which_condition_and_who_decides():
    """One line below the arguments. Control: without a condition there is none."""
    lines = [line for line, _ in approval_lines(card({"contains": ["sold out", "sold"]}))]
    assert lines[2:] == [
        "    path: a.txt  (from you)",
        '    only if: {"contains": ["sold out", "sold"]}  (from inbox (s1))',
    ]
    assert [line for line, _ in approval_lines(card(None))] == lines[:3]


def test_hidden_characters_in_a_condition_are_pointed_out():
    """What is approved must be readable, also where it only decides."""
    assert cautions(card({"equals": ["a\u202eb", "c"]})) == ["holds hidden characters, written here as ⟨U+…⟩"]
    assert cautions(card({"equals": ["ab", "c"]})) == []


def test_a_step_that_the_plan_left_out_is_no_failure():
    """It is told quietly, with the reason."""
    body = ev.StepFinished(
        id="s3", tool="save", args={}, status="omitted", text="its condition does not hold"
    )
    assert list(narrate(body)) == [("– s3 save  left out: its condition does not hold  0.0 s", "dim")]


def test_of_a_result_with_several_lines_the_first_is_told():
    """The answer that follows has the rest. Control: a single line is whole."""
    body = ev.StepFinished(id="s1", tool="list", args={}, status="done", text="2 tasks:\n1. milk\n2. bread\n")
    assert list(narrate(body)) == [("✔ s1 list  2 tasks: …  0.0 s", "dim")]
    short = body.model_copy(update={"text": "no tasks\n"})
    assert list(narrate(short)) == [("✔ s1 list  no tasks  0.0 s", "dim")]


def test_a_plan_is_told_with_its_loops_and_conditions():
    """Beside the arguments, in the same form. Control: a plain step has its arguments alone."""
    plain = ev.PlannedStep(id="s1", tool="find", args={"q": "x"})
    many = ev.PlannedStep(
        id="s2",
        tool="save",
        args={"path": {"$ref": "item"}},
        foreach={"$ref": "s1.paths"},
        when={"empty": {"$ref": "s1.error"}},
    )
    assert [line for line, _ in narrate(ev.Planned(steps=(plain, many)))] == [
        "○ s1 find  q: x",
        '○ s2 save  path: ← item, for each: ← s1.paths, only if: {"empty": {"$ref": "s1.error"}}',
    ]


def test_a_preview_follows_the_arguments_line_by_line():
    """A diff keeps its lines, what goes in red, what comes in green; without a preview nothing is added."""
    shown = card(None)
    step = shown.steps[0].model_copy(update={"preview": " milk\n-eggs\n+egg\u202es"})
    lines = list(approval_lines(shown.model_copy(update={"steps": (step,)})))
    plain = list(approval_lines(shown))
    assert [line for line in lines if line not in plain] == [
        ("     milk", "dim"),
        ("    -eggs", "red"),
        ("    +egg⟨U+202E⟩s", "green"),
        ("  holds hidden characters, written here as ⟨U+…⟩", "red"),
    ]


def test_a_card_says_what_a_tool_does_and_why_only_where_that_is_more():
    """A schedule is no command, and that a file is changed is not said twice."""
    step = ev.ApprovalStep(id="s1", tool="write_file", effect="write", args={}, rule="write_file")
    body = ev.ApprovalRequested(approval="a1", steps=(step,), sinks=(), reason="write_file changes files")
    assert why_asked(body) == ""
    further = body.model_copy(update={"reason": "write_file changes files; a value is from a page"})
    assert why_asked(further) == "a value is from a page"
    assert what_it_does("add_schedule", "execute") == "has it done later"
    assert what_it_does("any_other", "execute") == "runs a command"


def test_long_values_leave_room_for_the_short_ones():
    """They come last and are cut. Control: what fits on the line keeps its order."""
    assert args_text({"b": 1, "a": "two"}) == "b: 1, a: two"
    text = args_text({"text": "x" * 500, "fields": {"total": "number"}}, 60)
    assert text.startswith('fields: {"total": "number"}, text: xxx')
    assert len(text) <= 60
