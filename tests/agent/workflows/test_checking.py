"""Every mistake in a file is found, all at once, each at its line and column."""

import pytest

from homewit.agent.subtasks.tool import sub_task
from homewit.agent.workflows.checking import check_text
from homewit.tools import ToolSpec

WRONG = """\
descripton: x
inputs:
  miles: {type: nunber}
  file: {default: trip.txt, choices: [a.txt]}
  other: {}
steps:
  - id: convert
    tool: convert_units
    args: {value: "${inputs.mile}", from_unit: miles, to_unit: [km]}
  - id: day
    tool: current_tme
  - id: save
    tool: write_file
    retires: 3
    args:
      path: ${inputs.file}
      content: "${steps.convert.txt} ${steps.convert}"
  - id: a
    tool: calculate
    args: {expression: "${steps.b.text}"}
  - id: b
    tool: calculate
    after: a
  - id: c
    tool: calculate
    foreach: 3
    on_error: {retry: 99, then: stop}
  - tool: read_file
  - id: d
    tool: read_file
    args: {path: "${steps.e.text}", content: "${oops}"}
    when: {equal: [1, 2]}
  - id: e
    tool: date_add
    args: {date: today, days: 1}
    on_error: {fallback: {value: 3}}
  - id: e
    tool: calculate
    args: {expression: {$ask: " "}}
outputs:
  total: ${steps.nope.text}
"""

FOUND = [
    "1:1: unknown key 'descripton'; did you mean 'description'?",
    "3:17: 'type' takes 'string', 'integer', 'number', 'boolean', 'array' or 'object', not 'nunber'; "
    "did you mean 'number'?",
    "4:19: takes one of a.txt, not 'trip.txt'",
    "9:19: 'value' refers to inputs.mile, and there is no such input; did you mean 'miles'?",
    "9:64: 'to_unit' takes string, not ['km']",
    "11:11: there is no tool 'current_tme'; did you mean 'current_time'?",
    "14:5: unknown key 'retires'",
    "17:16: 'content' is text, and convert in it is object",
    "17:16: 'content' refers to convert.txt, and convert_units returns no such field; did you mean 'text'?",
    "18:5: the steps a → b → a wait for each other",
    "21:5: calculate needs the argument 'expression'",
    "24:5: calculate needs the argument 'expression'",
    "26:14: 'foreach' takes a list, or a reference to one",
    "27:23: 'retry' should be less than or equal to 10",
    "27:33: 'then' takes 'fail' or 'continue', not 'stop'",
    "28:5: a step needs 'id'",
    "31:18: 'path' refers to 'e', which comes later, in line 33; a step can use only what is above it",
    "31:46: ${oops} is no reference; write ${steps.ID.FIELD}, ${inputs.NAME} or ${item.FIELD}",
    "31:46: read_file has no argument 'content'",
    "32:11: 'equal' cannot be used with [1, 2]; conditions are equals, not_equals, less, less_or_equal, "
    "greater, greater_or_equal, contains, empty, not_empty, and, or, not",
    "36:34: date_add gives object with text: string, date: string, and 3 is not like that",
    "37:9: the id is used twice",
    "39:24: 'expression' asks an empty question",
    "41:10: 'total' refers to 'nope', which is no step of this workflow",
]


def told(text: str, tools: list[ToolSpec]) -> list[str]:
    _, problems = check_text(text, "flow", tools)
    return [
        f"{one.place.line}:{one.place.column}: {'warning: ' if one.warning else ''}{one.message}"
        for one in problems
    ]


def test_all_that_is_wrong_is_said_at_once(tools: list[ToolSpec]):
    """Syntax of the form, types, names, references, order, circles, fallbacks and outputs in one go."""
    assert told(WRONG, tools) == FOUND


RIGHT = """\
name: report
inputs:
  days: {type: integer, default: 7}
  files: {type: array, items: string, default: []}
steps:
  - id: sum
    tool: expense_report
    args: {period: "last ${inputs.days} days"}
  - id: each
    tool: read_file
    foreach: ${inputs.files}
    args: {path: "${item}"}
    on_error: {retry: 2, then: continue}
  - id: save
    tool: write_file
    when: {greater: ["${steps.sum.count}", 0]}
    after: each
    args: {path: {$ask: Where to}, content: "${steps.sum.text}"}
    on_error: {fallback: {tool: write_file, args: {path: report.txt, content: "${steps.sum.text}"}}}
outputs: {total: "${steps.sum.total}", where: ["${steps.save.path}", "${inputs.days}"]}
"""


def test_nothing_is_wrong_with_what_can_run(tools: list[ToolSpec]):
    """Control: every form that a file may use."""
    assert told(RIGHT, tools) == []


def test_what_a_sub_task_is_given_is_checked(tools: list[ToolSpec]):
    """The names of its tools, and that it has either tools or data."""
    text = """\
steps:
  - id: part
    tool: sub_task
    args: {prompt: note it, tools: [add_note, calulate], data: x}
"""
    assert told(text, [*tools, sub_task.spec]) == [
        "4:47: there is no tool 'calulate'; did you mean 'calculate'?",
        "4:58: a sub-task with tools reads no data; leave one of them out",
    ]


def test_an_input_without_a_use_is_pointed_out(tools: list[ToolSpec]):
    """A warning, since the file can be run."""
    text = "inputs: {a: {}}\nsteps: [{id: t, tool: current_time}]\n"
    assert told(text, tools) == ["1:10: warning: the input 'a' is never used"]


@pytest.mark.parametrize(
    ("step", "warning"),
    [
        (
            'args: {path: "${steps.page.title}", content: x}',
            "7:18: warning: 'path' decides where something goes, and page.title may have been written by "
            "strangers; it is asked for, and without anybody there it needs --allow 'write_file:path=…'",
        ),
        (
            'args: {path: x, content: x}\n    when: {contains: ["${steps.page.title}", buy]}',
            "8:11: warning: page.title may have been written by strangers, and would decide whether "
            "write_file runs; that is asked for, and never done without anybody there",
        ),
        ('args: {path: x, content: "${steps.page.title}"}', None),
    ],
)
def test_what_strangers_would_decide_is_pointed_out(step: str, warning: str | None, tools: list[ToolSpec]):
    """A sink and a condition, also by way of another step; content is nobody's business."""
    text = f"""\
steps:
  - id: page
    tool: fetch_page
    args: {{url: https://example.com}}
  - id: save
    tool: write_file
    {step}
"""
    assert told(text, tools) == ([] if warning is None else [warning])
