"""References and questions anywhere inside an argument, and their way over the wire."""

from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.plan import Ask, Ref
from homewit.agent.planning.arguments import (
    argument_from_wire,
    argument_to_wire,
    parts_of,
    refs_in,
    replaced,
)

words = st.text("abcxyz_", min_size=1, max_size=5)
paths = st.lists(words | st.integers(0, 9).map(str), max_size=3).map(".".join)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.text(max_size=5)
    | st.builds(Ref, words, paths)
    | st.builds(Ask, words)
)
arguments = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(arguments)
def test_an_argument_survives_the_wire(argument):
    """References and questions come back as what they were, however deep they stand."""
    assert argument_from_wire(argument_to_wire(argument)) == argument


@given(arguments)
def test_what_is_replaced_is_exactly_what_is_found(argument):
    """After an exchange for a literal nothing is left, and an exchange for itself changes nothing."""
    assert list(parts_of(replaced(argument, lambda part: 0))) == []
    assert replaced(argument, lambda part: part) == argument


def test_a_reference_names_a_step_and_a_path():
    """Without a path it is the whole result."""
    wire = {"to": [{"$ref": "s1.people.0.mail"}, {"$ask": "Who else?"}], "body": {"$ref": "s2"}}
    read = {"to": [Ref("s1", "people.0.mail"), Ask("Who else?")], "body": Ref("s2", "")}
    assert argument_from_wire(wire) == read
    assert argument_to_wire(read) == wire
    assert list(refs_in(read)) == [Ref("s1", "people.0.mail"), Ref("s2", "")]
