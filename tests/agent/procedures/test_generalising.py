"""What two plans of one shape have in common: constants, slots, and a procedure that gives both back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.plan import Plan, Ref, Step
from homewit.agent.planning.arguments import INPUTS
from homewit.agent.planning.schemas import LITERAL
from homewit.agent.procedures.generalising import Recorded, generalise, match, shape_of
from homewit.agent.procedures.procedure import Procedure
from homewit.agent.values import UNKNOWN

PARAMETERS = {
    "convert": {"properties": {"value": {"type": "number"}, "to": {"type": "string", "enum": ["km", "m"]}}},
    "write": {"properties": {"path": {"type": "string"}, "content": {"type": "string"}}},
}


def plan(value: float, to: str, path: str, **more: Any) -> Plan:
    steps = (
        Step("s1", "convert", {"value": value, "to": to}),
        Step("s2", "write", {"path": path, "content": Ref("s1", "text")}, ("s1",), **more),
    )
    return Plan("plan", steps)


def request(value: float, to: str, path: str) -> str:
    return f"convert {value:g} miles to {to} and save it to {path}"


BACKWARDS = Plan("plan", plan(6, "km", "b.txt").steps[::-1])


def recorded(*values: tuple[float, str, str]) -> list[Recorded]:
    return [Recorded(f"r_{n}", request(*one), plan(*one)) for n, one in enumerate(values)]


def learned(*values: tuple[float, str, str]) -> Procedure:
    found = generalise(recorded(*values), PARAMETERS.__getitem__)
    assert found is not None
    return found


def test_what_differs_is_a_slot_and_what_does_not_is_kept():
    """Slots are named after arguments, and references stay."""
    found = learned((5, "km", "a.txt"), (12.5, "km", "out/b.txt"))
    assert found.name == "convert ‹value› miles to km and save it to ‹path›"
    assert [(slot.name, slot.seen) for slot in found.slots] == [
        ("value", (5, 12.5)),
        ("path", ("a.txt", "out/b.txt")),
    ]
    assert found.steps == plan(Ref(INPUTS, "value"), "km", Ref(INPUTS, "path")).steps  # type: ignore[arg-type]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**6),
            st.sampled_from(["km", "m"]),
            st.from_regex(r"[a-z]{1,8}\.txt", fullmatch=True),
        ),
        min_size=2,
        max_size=4,
    )
)
def test_it_gives_back_what_it_was_learned_from(values: list[tuple[float, str, str]]):
    """The law: each request fills the slots so that exactly its plan comes out, also after storage."""
    found = generalise(recorded(*values), PARAMETERS.__getitem__)
    if found is None:
        return
    again = Procedure.from_wire(found.to_wire())
    assert again == found
    for one in values:
        filled = match(again, request(*one))
        assert filled is not None
        assert again.plan(filled).steps == plan(*one).steps


def test_a_new_request_fills_the_slots_with_its_own_words():
    """Small talk, capitals and endings do not matter."""
    found = learned((5, "km", "a.txt"), (12.5, "m", "out/b.txt"))
    for text in (
        "Convert 7 miles to m and save it to c.txt",
        "please convert 7 miles to m, and save it to c.txt!",
    ):
        assert match(found, text) == {"value": 7, "to": "m", "path": "c.txt"}


@pytest.mark.parametrize(
    "text",
    [
        "convert 7 kilos to km and save it to c.txt",
        "convert 7 miles to km and save it to c.txt and show my tasks",
        "convert 7 miles to km and save it to c.txt tomorrow",
        "do not convert 7 miles to km and save it to c.txt",
        "convert 7 miles to km",
        "convert many miles to km and save it to c.txt",
        "convert 7 miles to feet and save it to c.txt",
        "convert 7 miles to km and save it to everything",
        "convert 7 miles to km and save it to a.txt b.txt",
        "what is 17 * 23?",
        "",
    ],
)
def test_what_does_not_fit_word_by_word_is_planned(text: str):
    """Nothing that was not understood is carried out: more, less, or other words than were learned."""
    assert match(learned((5, "km", "a.txt"), (12.5, "m", "out/b.txt")), text) is None


def test_a_word_that_a_constant_stands_for_has_to_be_there():
    """The unit was the same both times, so it is no slot; another unit is another request."""
    found = learned((5, "km", "a.txt"), (6, "km", "b.txt"))
    assert match(found, "convert 7 miles to m and save it to c.txt") is None
    assert match(found, "convert 7 miles to km and save it to c.txt") == {"value": 7, "path": "c.txt"}


@pytest.mark.parametrize(
    "records",
    [
        recorded((5, "km", "a.txt")),
        [Recorded("r", "convert", Plan("act", plan(5, "km", "a").steps[:1]))] * 2,
        [*recorded((5, "km", "a.txt")), Recorded("r", "do it for 6", plan(6, "km", "b.txt"))],
        [Recorded("r", request(5, "km", "a.txt"), plan(5, "km", "a.txt", suggested=UNKNOWN))] * 2,
        [*recorded((5, "km", "a.txt")), Recorded("r", request(6, "km", "b.txt"), BACKWARDS)],
        [Recorded("r", f"save {n} to {n}", plan(n, "km", f"{n}")) for n in (5, 6)],
    ],
    ids=["once", "one step", "not in the words", "strangers had a part", "another order", "stands twice"],
)  # fmt: skip
def test_what_nothing_can_be_learned_from(records: list[Recorded]):
    """One run, one step, values that the user did not say, words of strangers, another order, ambiguity."""
    assert generalise(records, PARAMETERS.__getitem__) is None


def test_shapes():
    """Literals are no part of a shape; tools, references and conditions are."""
    assert shape_of(plan(1, "km", "a")) == shape_of(plan(2, "m", "b"))
    assert shape_of(plan(1, "km", "a")) != shape_of(plan(1, "km", Ref("s1", "text")))  # type: ignore[arg-type]


def test_values_that_go_together_are_one_slot():
    """A word that is used twice is asked for once."""
    records = [
        Recorded(
            "r",
            f"write both into {name}",
            Plan(
                "plan",
                tuple(
                    Step(id, "write", {"path": name, "content": text})
                    for id, text in (("s1", "x"), ("s2", "y"))
                ),
            ),
        )
        for name in ("a.txt", "b.txt")
    ]
    found = generalise(records, PARAMETERS.__getitem__)
    assert found is not None
    assert [slot.name for slot in found.slots] == ["path"]


def test_what_is_taken_out_of_a_text_is_a_constant():
    """The file may be another one, what is looked for may not: the procedure says that for good."""

    def reading(path: str, words: str) -> Recorded:
        fields = {"value": {"type": "number", "description": words}}
        steps = (
            Step("s1", "read", {"path": path}),
            Step("s2", "extract", {"text": Ref("s1", "text"), "fields": fields}, ("s1",)),
        )
        return Recorded(path, f"what is the {words} in {path}", Plan("plan", steps))

    parameters = {
        "read": {"properties": {"path": {"type": "string"}}},
        "extract": {"properties": {"text": {"type": "string"}, "fields": {"type": "object", LITERAL: True}}},
    }
    same = generalise([reading("a.txt", "price"), reading("b.txt", "price")], parameters.__getitem__)
    assert same is not None
    found = match(same, "what is the price in c.txt")
    assert found is not None
    assert same.plan(found).steps == reading("c.txt", "price").plan.steps
    others = [reading("a.txt", "price"), reading("b.txt", "weight")]
    assert generalise(others, parameters.__getitem__) is None
