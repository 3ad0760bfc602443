"""Origins: joining, trust, and the stored form."""

from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.values import (
    MODEL,
    USER,
    MemoryOrigin,
    ModelOrigin,
    ToolOrigin,
    UserOrigin,
    Value,
    join,
    origins_from_wire,
    origins_to_wire,
)

simple = st.one_of(
    st.just(UserOrigin()),
    st.just(ModelOrigin()),
    st.builds(ToolOrigin, st.text(max_size=8), st.text(max_size=4), st.booleans()),
)
origin = st.one_of(simple, st.builds(MemoryOrigin, st.text(max_size=8), simple))
origins = st.frozensets(origin, max_size=4)


@given(origins)
def test_origins_survive_storage(given_: frozenset):
    """What is read back is what was stored, in one order."""
    assert origins_from_wire(origins_to_wire(given_)) == given_
    assert origins_to_wire(given_) == origins_to_wire(frozenset(reversed(list(given_))))


@given(origins, origins)
def test_a_derived_value_is_trusted_only_if_all_its_sources_are(one: frozenset, other: frozenset):
    """Joining never makes anything more trusted."""
    derived = Value(1, join(one, other))
    if derived.trusted:
        assert all(part.trusted for part in one | other)
    assert derived.origins == one | other


def test_a_value_from_nowhere_is_not_trusted():
    """Trust has to come from somewhere."""
    assert not Value(1, frozenset()).trusted
    assert Value(1, USER | MODEL).trusted


def test_an_origin_of_a_later_version_is_not_trusted():
    """A stored kind that is not known is kept as an untrusted source."""
    assert not Value(1, origins_from_wire([{"kind": "satellite"}])).trusted


def test_origins_are_described_for_a_card():
    """Where a value comes from, in words."""
    value = Value(1, USER | {ToolOrigin("fetch_page", "s1", trusted=False)})
    assert value.describe() == "fetch_page (s1), untrusted and you"
