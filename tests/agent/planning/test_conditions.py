"""Conditions: what they say of values, their wire form, and what can be known wrong about them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.errors import ConditionError
from homewit.agent.plan import Ask, Ref
from homewit.agent.planning.condition_checks import check_condition
from homewit.agent.planning.conditions import (
    COMPARISONS,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Empty,
    Not,
    condition_from_wire,
    condition_to_wire,
    holds,
    same,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text("ab ", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
    max_leaves=4,
)
equalities = st.builds(Compare, st.sampled_from(["equals", "not_equals"]), values, values)
conditions = st.recursive(
    equalities | st.builds(Empty, values, st.booleans()),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=5,
)


@given(conditions)
def test_a_condition_survives_the_wire(condition: Condition):
    """The JSON form says the same thing."""
    assert condition_from_wire(condition_to_wire(condition)) == condition


@given(conditions, conditions)
def test_the_laws_of_logic_hold(one: Condition, other: Condition):
    """Double negation, and the two laws of De Morgan."""
    assert holds(Not(Not(one))) == holds(one)
    assert holds(Not(AllOf((one, other)))) == holds(AnyOf((Not(one), Not(other))))
    assert holds(Not(AnyOf((one, other)))) == holds(AllOf((Not(one), Not(other))))


@given(values, values)
def test_equality_is_an_equivalence_that_knows_types(left: Any, right: Any):
    """Everything equals itself, both ways round, and a truth value is never a number."""
    assert same(left, left)
    assert same(left, right) == same(right, left)
    assert not same(True, 1)
    assert same([1, {"a": 2.0}], [1.0, {"a": 2}])


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ({"equals": ["a", "A"]}, False),
        ({"less": [1, 1.5]}, True),
        ({"less_or_equal": [2, 2]}, True),
        ({"greater": ["2026-03-02", "2026-03-01"]}, True),
        ({"greater_or_equal": [1, 2]}, False),
        ({"contains": ["Sold OUT today", "sold out"]}, True),
        ({"contains": [["a", "b"], "b"]}, True),
        ({"contains": [[1, 2], 2.0]}, True),
        ({"contains": [["ab"], "a"]}, False),
        ({"empty": " \n"}, True),
        ({"empty": []}, True),
        ({"empty": None}, True),
        ({"empty": 0}, False),
        ({"empty": False}, False),
        ({"not_empty": ["x"]}, True),
        ({"and": [{"equals": [1, 1]}, {"not": {"empty": "x"}}]}, True),
        ({"or": [{"equals": [1, 2]}, {"empty": "x"}]}, False),
    ],
)
def test_what_a_condition_says(wire: dict[str, Any], expected: bool):
    """Each operator on plain values."""
    assert holds(condition_from_wire(wire)) is expected


@pytest.mark.parametrize(
    "wire",
    [
        "1 == 1",
        {},
        {"equals": [1]},
        {"equals": [1, 2], "empty": 3},
        {"and": []},
        {"eval": "1"},
        {"not": {"not": "x"}},
    ],
)
def test_what_is_no_condition_is_refused(wire: Any):
    """Nothing but the known forms is read; text is never evaluated."""
    with pytest.raises(ConditionError):
        condition_from_wire(wire)


def test_a_condition_cannot_be_nested_without_end():
    """A hostile plan cannot exhaust the stack."""
    wire: dict[str, Any] = {"empty": ""}
    for _ in range(5000):
        wire = {"not": wire}
    with pytest.raises(ConditionError, match="nested"):
        condition_from_wire(wire)


@pytest.mark.parametrize("wire", [{"less": [1, "2"]}, {"less": [True, 2]}, {"contains": [5, 5]}])
def test_values_without_an_order_are_no_answer(wire: dict[str, Any]):
    """Neither true nor false: the step that asks cannot run."""
    with pytest.raises(ConditionError):
        holds(condition_from_wire(wire))


class Scope:
    """Schemas by name."""

    known: dict[str, Any] = {  # noqa: RUF012
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "maybe": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "names": {"type": "array", "items": {"type": "string"}},
        "flag": {"type": "boolean"},
        "anything": {},
    }

    def find(self, ref: Ref) -> Any:
        return self.known.get(ref.path, "refers to nothing")


def problems(wire: dict[str, Any]) -> list[str]:
    return list(check_condition(condition_from_wire(wire), Scope()))


def ref(path: str) -> dict[str, str]:
    return {"$ref": f"s1.{path}"}


@pytest.mark.parametrize(
    "wire",
    [
        *({op: [ref("anything"), 1]} for op in COMPARISONS),
        {"equals": [ref("text"), "a"]},
        {"equals": [ref("maybe"), None]},
        {"less": [ref("count"), ref("maybe")]},
        {"contains": [ref("text"), "x"]},
        {"contains": [ref("names"), "x"]},
        {"empty": ref("names")},
        {"not": {"or": [{"empty": ref("text")}, {"equals": [ref("flag"), True]}]}},
    ],
)
def test_conditions_that_make_sense(wire: dict[str, Any]):
    """Types fit, or are not known."""
    assert problems(wire) == []


@pytest.mark.parametrize(
    ("wire", "problem"),
    [
        ({"equals": [ref("text"), 1]}, "when: string equals integer makes no sense"),
        ({"less": [ref("count"), "9"]}, "when: integer less string makes no sense"),
        ({"less": [ref("flag"), True]}, "when: boolean less boolean makes no sense"),
        ({"contains": [ref("names"), [1]]}, "when: array contains array makes no sense"),
        ({"contains": [ref("count"), 1]}, "when: integer contains integer makes no sense"),
        ({"empty": ref("count")}, "when: integer is never empty"),
        ({"empty": ref("lost")}, "when refers to nothing"),
        ({"equals": [[ref("text")], []]}, "when has s1.text inside a list or an object; "
         "compare references and literals"),
        ({"equals": [{"$ask": "?"}, 1]}, "when asks a question; compare references and literals"),
        ({"and": [{"empty": ref("text")}, {"not": {"empty": ref("flag")}}]}, "when: boolean is never empty"),
    ],
)  # fmt: skip
def test_conditions_that_make_no_sense(wire: dict[str, Any], problem: str):
    """Each is named with both types, wherever it stands."""
    assert problems(wire) == [problem]


def test_the_control_of_a_question():
    """Control: the same comparison with a literal in place of the question is fine."""
    assert list(check_condition(Compare("equals", Ask("?"), 1), Scope())) != []
    assert list(check_condition(Compare("equals", Ref("s1", "count"), 1), Scope())) == []
