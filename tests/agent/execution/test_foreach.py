"""A step for each of a list: how it is taken apart, and whose words the parts are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.errors import MissingField, TooManyItems
from homewit.agent.execution.foreach import chooses_items, expand, item_id, step_of
from homewit.agent.execution.resolve import Sources, resolve
from homewit.agent.log.ledger import Output
from homewit.agent.plan import Ref, Step
from homewit.agent.planning.conditions import Compare
from homewit.agent.values import USER, ToolOrigin, Value

WEB = frozenset({ToolOrigin("fetch", "s1", trusted=False)})
PARAMETERS = {"properties": {"to": {"type": "string"}, "body": {"type": "string"}}}


def test_the_item_at_hand_becomes_a_reference_into_the_list():
    """Each item is a plain step of its own, without the list; its condition goes with it."""
    step = Step(
        "s2",
        "mail",
        {"to": Ref("item", "mail"), "body": [Ref("item", ""), Ref("s0", "text"), "hi"]},
        ("s0",),
        foreach=Ref("s1", "people"),
        when=Compare("equals", Ref("item", "age"), 7),
    )
    outputs = {"s1": Output({"people": [{"mail": "a"}, {"mail": "b"}]}, "", USER)}
    first, second = expand(step, outputs, 10)
    assert first == Step(
        "s2[0]",
        "mail",
        {"to": Ref("s1", "people.0.mail"), "body": [Ref("s1", "people.0"), Ref("s0", "text"), "hi"]},
        when=Compare("equals", Ref("s1", "people.0.age"), 7),
        listed=USER,
    )
    assert second.args["to"] == Ref("s1", "people.1.mail")
    assert chooses_items(step)
    assert not chooses_items(first)


def test_a_literal_list_may_hold_references():
    """What an item is, it is; a path goes on inside of what it refers to."""
    foreach = ["plain", Ref("s1", "x"), {"a": [1, Ref("s1", "y")]}]
    outputs = {"s1": Output(None, "", USER)}
    whole = expand(Step("s2", "t", {"v": Ref("item", "")}, foreach=foreach), outputs, 3)
    assert [step.args["v"] for step in whole] == foreach
    part = expand(Step("s2", "t", {"v": Ref("item", "a.1.z")}, foreach=foreach[2:]), outputs, 3)
    assert part[0].args["v"] == Ref("s1", "y.z")
    with pytest.raises(MissingField):
        expand(Step("s2", "t", {"v": Ref("item", "b")}, foreach=foreach[2:]), outputs, 3)


@given(st.lists(st.text(max_size=3) | st.integers(), max_size=6))
def test_each_item_gets_its_own_value_with_the_origin_of_the_list(items):
    """In order, none left out, and strangers' items stay strangers'."""
    step = Step("s2", "t", {"body": Ref("item", "")}, foreach=Ref("s1", ""))
    outputs = {"s1": Output(items, "", WEB)}
    steps = expand(step, outputs, 6)
    values = [resolve(one, {}, outputs, Sources("x")).values["body"] for one in steps]
    assert values == [Value(item, WEB) for item in items]
    assert [one.id for one in steps] == [item_id("s2", number) for number in range(len(items))]
    assert {step_of(one.id) for one in steps} <= {"s2"}


def test_a_list_that_is_none_or_too_long():
    """Nothing is no item; text is no list; one item too many is refused before any of them runs."""
    step = Step("s2", "t", {}, foreach=Ref("s1", "rows"))

    def rows(data: object) -> dict[str, Output]:
        return {"s1": Output({"rows": data}, "", USER)}

    assert expand(step, rows(None), 3) == ()
    assert len(expand(step, rows([1, 2, 3]), 3)) == 3
    with pytest.raises(MissingField, match="foreach takes a list"):
        expand(step, rows("abc"), 3)
    with pytest.raises(TooManyItems, match=r"s1.rows has 4 items, and 3 are allowed\. Raise max_items"):
        expand(step, rows([1, 2, 3, 4]), 3)


def test_an_argument_is_derived_from_all_that_is_in_it():
    """A list of typed words is the user's; one word of a stranger's makes it a stranger's."""
    outputs = {"s1": Output("x@evil.org", "", WEB)}
    own = resolve(Step("s2", "t", {"to": ["ann", {"name": "bob"}]}), {}, outputs, Sources("mail ann and bob"))
    mixed = resolve(Step("s2", "t", {"to": ["ann", Ref("s1", "")]}), {}, outputs, Sources("mail ann"))
    named = {"properties": {"to": {"items": {"properties": {"name": {}}}}}}
    known = resolve(Step("s2", "t", {"to": ["ann", {"name": "bob"}]}), named, {}, Sources("mail ann and bob"))
    assert known.values["to"].origins == USER
    assert own.values["to"].origins > USER  # a name that no schema knows was chosen by the model
    assert mixed.values["to"] == Value(["ann", "x@evil.org"], USER | WEB)
    assert mixed.open == {}


def test_what_waits_is_shown_as_a_reference_and_the_rest_as_it_is():
    """A list may be known in part; once all is known it is shown as what will be passed."""
    step = Step("s3", "t", {"to": ["ann", Ref("s1", ""), Ref("s2", "")]})
    half = resolve(step, PARAMETERS, {"s1": Output("bob", "", USER)}, Sources("ann"))
    assert half.open == {"to": frozenset({Ref("s2", "")})}
    assert half.shown(step) == {"to": ["ann", "bob", {"$ref": "s2"}]}
    full = {"s1": Output("bob", "", USER), "s2": Output("cat", "", USER)}
    whole = resolve(step, PARAMETERS, full, Sources("ann"))
    assert whole.shown(step) == {"to": ["ann", "bob", "cat"]}
    assert whole.shown(step, {Ref("s2", "")}) == half.shown(step)
