"""Static checks: what can be known wrong of a plan before anything runs."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from homewit.agent.plan import Ask, Plan, Ref, Step
from homewit.agent.planning.checks import check_plan
from homewit.agent.planning.conditions import Compare
from homewit.tools import Registry


@dataclass(frozen=True)
class Signature:
    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    returns: dict[str, Any] = field(default_factory=dict)


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


TEXT, NUMBER, COUNT = {"type": "string"}, {"type": "number"}, {"type": "integer"}
MAKE = Signature(
    "make",
    returns=record(
        text=TEXT,
        value=NUMBER,
        count=COUNT,
        maybe={"anyOf": [NUMBER, {"type": "null"}]},
        items={"type": "array", "items": record(url=TEXT)},
        anything={},
    ),
)
TAKE = Signature(
    "take",
    parameters={
        "type": "object",
        "properties": {
            "text": TEXT,
            "number": {"anyOf": [NUMBER, {"type": "null"}]},
            "whole": COUNT,
            "kind": {"enum": ["open", "done"], "type": "string"},
            "names": {"type": "array", "items": TEXT},
        },
        "required": [],
    },
)


def problems(args: dict[str, Any], *before: Step, after: tuple[str, ...] = ()) -> list[str]:
    steps = (*before, Step("s2", "take", args, after))
    return [str(problem) for problem in check_plan(Plan("plan", steps), [MAKE, TAKE])]


MADE = Step("s1", "make", {})


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ("text", "text"),
        ("text", "value"),
        ("text", "count"),
        ("number", "value"),
        ("number", "count"),
        ("number", "maybe"),
        ("whole", "count"),
        ("text", "items.0.url"),
        ("names", "anything"),
    ],
)
def test_references_that_fit(argument: str, path: str):
    """A number may become text, an integer a number; paths go into lists by number."""
    assert problems({argument: Ref("s1", path)}, MADE) == []


@pytest.mark.parametrize(
    ("argument", "path", "message"),
    [
        ("number", "text", "s2: 'number' takes number, and s1.text is string"),
        ("whole", "value", "s2: 'whole' takes integer, and s1.value is number"),
        ("text", "items", "s2: 'text' takes string, and s1.items is array"),
        ("names", "value", "s2: 'names' takes array, and s1.value is number"),
        (
            "text",
            "nothing",
            "s2: 'text' refers to s1.nothing, and make returns no such field; did you mean 'anything'?",
        ),
        ("text", "items.url", "s2: 'text' refers to s1.items.url, and make returns no such field"),
        ("text", "value.more", "s2: 'text' refers to s1.value.more, and make returns no such field"),
    ],
)
def test_references_that_do_not_fit(argument: str, path: str, message: str):
    """Each message names the step, the argument and both types."""
    assert problems({argument: Ref("s1", path)}, MADE) == [message]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"text": Ref("s9", "text")}, "s2: 'text' refers to 's9', which is not an earlier step"),
        ({"text": Ref("s2", "text")}, "s2: 'text' refers to 's2', which is not an earlier step"),
        ({"colour": "red"}, "s2: take has no argument 'colour'"),
        ({"kind": "lost"}, "s2: 'kind' takes one of 'open', 'done', not 'lost'"),
        ({"whole": 1.5}, "s2: 'whole' takes integer, not 1.5"),
        ({"text": ["a"]}, "s2: 'text' takes string, not ['a']"),
        ({"text": Ask(" ")}, "s2: 'text' asks an empty question"),
    ],
)
def test_arguments_that_cannot_be(args: dict[str, Any], message: str):
    """Unknown names, forward and circular references, wrong literals and empty questions are found."""
    assert problems(args, MADE) == [message]


@pytest.mark.parametrize(
    "args", [{"text": "a"}, {"number": 1}, {"number": "1.5"}, {"text": 3}, {"text": Ask("?")}]
)
def test_arguments_that_can(args: dict[str, Any]):
    """Control: good literals pass, and so does a number written as text or the other way round."""
    assert problems(args) == []


def test_steps_that_cannot_be():
    """Unknown tools, repeated ids, missing arguments and a cycle through ``after``."""
    need = Signature("need", parameters={**record(x=TEXT)})
    plan = Plan(
        "plan", (Step("a", "need", {}, ("b",)), Step("b", "nope", {}, ("a",)), Step("b", "need", {"x": "1"}))
    )
    assert [str(problem) for problem in check_plan(plan, [need])] == [
        "a: comes after 'b', which is not an earlier step",
        "a: need needs the argument 'x'",
        "b: there is no tool 'nope'",
        "b: the id is used twice",
    ]


def test_the_built_in_tools_can_be_referred_to():
    """The schemas of real tools carry what plans need: `convert_units` into `write_file`."""
    registry = Registry()
    registry.load_builtins()
    steps = (
        Step("s1", "convert_units", {"value": 5, "from_unit": "miles", "to_unit": "km"}),
        Step("s2", "write_file", {"path": "d.txt", "content": Ref("s1", "value")}),
        Step("s3", "add_expense", {"amount": Ref("s1", "value"), "category": "food"}),
    )
    assert check_plan(Plan("plan", steps), registry.specs()) == []


SEND = Signature(
    "send",
    parameters=record(
        to={"type": "array", "items": TEXT},
        mail={"anyOf": [TEXT, record(subject=TEXT, size=COUNT)]},
    ),
)
PEOPLE = Signature("people", returns={"type": "array", "items": record(name=TEXT, age=COUNT)})


def checked(*steps: Step) -> list[str]:
    return [str(problem) for problem in check_plan(Plan("plan", steps), [MAKE, TAKE, SEND, PEOPLE])]


@pytest.mark.parametrize(
    ("to", "mail", "found"),
    [
        ([Ref("s1", "text"), "ann"], {"subject": Ref("s1", "text"), "size": Ref("s1", "count")}, []),
        ([Ref("s1", "value")], Ref("s1", "text"), []),
        ([Ask("Whom?")], "x", []),
        (["a", 1, [2]], "x", ["s2: 'to' takes array of string, not ['a', 1, [2]]"]),
        ([Ref("s1", "items")], "x", ["s2: 'to.0' takes string, and s1.items is array"]),
        (
            Ref("s1", "items"),
            "x",
            ["s2: 'to' takes array of string, and s1.items is array of object with url: string"],
        ),
        ([], {"subject": Ref("s1", "text")}, ["s2: 'mail' needs 'size'"]),
        ([], {"subject": Ref("s1", "text"), "size": 1, "x": 2}, ["s2: 'mail' has no 'x'"]),
        (
            [],
            {"subject": Ref("s1", "text"), "size": Ref("s1", "text")},
            ["s2: 'mail.size' takes integer, and s1.text is string"],
        ),
        ([], {"subject": "x", "size": "y"}, ["s2: 'mail' takes string or object with subject: string, "
         "size: integer, not {'subject': 'x', 'size': 'y'}"]),
        ({"a": Ref("s1", "text")}, "x", ["s2: 'to' takes array, not object"]),
    ],
)  # fmt: skip
def test_references_fit_wherever_they_stand(to: Any, mail: Any, found: list[str]):
    """Inside lists and objects each is checked against what is wanted there."""
    assert checked(MADE, Step("s2", "send", {"to": to, "mail": mail})) == found


ADULTS = Step("s1", "people", {})


@pytest.mark.parametrize(
    ("foreach", "args", "found"),
    [
        (Ref("s1", ""), {"text": Ref("item", "name"), "whole": Ref("item", "age")}, []),
        (["a", "b"], {"text": Ref("item", "")}, []),
        ([], {"text": Ref("item", "")}, []),
        ([Ref("s1", "0.name"), "b"], {"text": Ref("item", "")}, []),
        (
            Ref("s1", ""),
            {"whole": Ref("item", "name")},
            ["s2: 'whole' takes integer, and item.name is string"],
        ),
        (
            Ref("s1", ""),
            {"text": Ref("item", "mail")},
            ["s2: 'text' refers to item.mail, and the items have no such field"],
        ),
        ([1, "b"], {"whole": Ref("item", "")}, ["s2: 'whole' takes integer, and item is integer or string"]),
        (Ref("s1", "0.name"), {}, ["s2: foreach takes a list, and s1.0.name is string"]),
        (Ref("s9", ""), {}, ["s2: foreach refers to 's9', which is not an earlier step"]),
        ("ab", {}, ["s2: foreach takes a list or a reference to one, not 'ab'"]),
        ([Ask("?")], {}, ["s2: foreach cannot ask a question"]),
        (
            None,
            {"text": Ref("item", "name")},
            ["s2: 'text' refers to item.name, and the step has no foreach"],
        ),
    ],
)
def test_a_step_for_each_of_a_list(foreach: Any, args: dict[str, Any], found: list[str]):
    """Only lists are run over, and the item has the type that the list says."""
    assert checked(ADULTS, Step("s2", "take", args, foreach=foreach)) == found


def test_a_step_for_each_gives_a_list():
    """Later steps see a list of results, and its readable form."""
    many = Step("s2", "make", {}, foreach=[1, 2])
    fits = Step("s3", "take", {"text": Ref("s2", "text"), "number": Ref("s2", "1.value")})
    over = Step("s4", "take", {"text": Ref("item", "text")}, foreach=Ref("s2", ""))
    assert checked(many, fits, over) == []
    assert checked(many, Step("s3", "take", {"number": Ref("s2", "value")})) == [
        "s3: 'number' refers to s2.value, and make returns no such field"
    ]


def test_conditions_are_checked_with_what_the_step_sees():
    """The item at hand, and earlier steps."""
    young = Compare("less", Ref("item", "age"), 7)
    wrong = Compare("less", Ref("item", "name"), 7)
    step = Step("s2", "take", {}, foreach=Ref("s1", ""), when=young)
    assert checked(ADULTS, step) == []
    assert checked(ADULTS, Step("s2", "take", {}, foreach=Ref("s1", ""), when=wrong)) == [
        "s2: when: string less integer makes no sense"
    ]
    assert checked(ADULTS, Step("s2", "take", {}, when=young)) == [
        "s2: when refers to item.age, and the step has no foreach"
    ]


@pytest.mark.parametrize("id", ["item", "s1[0]", "", "1", "a.b"])
def test_ids_that_mean_something_else(id: str):
    """No step is called like the item at hand, like a path, or like one item of a step."""
    assert checked(Step(id, "make", {})) == [f"{id}: {id!r} cannot be the id of a step"]
