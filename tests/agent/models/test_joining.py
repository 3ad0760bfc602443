"""The steps of a request in parts as one plan."""

from collections.abc import Mapping, Sequence

from homewit.agent.model import ToolView, TurnContext
from homewit.agent.models.joining import Joined, joined
from homewit.agent.plan import Ask, Ref, Step
from homewit.agent.planning.parts import Part
from homewit.agent.planning.phrases import MISSING, Back, FromCall, Said
from homewit.agent.testing import FakeClock

TEXT = {"type": "string"}
TOOLS = [
    ToolView("look", "Look.", {"properties": {"at": TEXT}}, {"properties": {"text": TEXT}}),
    ToolView(
        "keep", "Keep.", {"properties": {"text": TEXT, "where": TEXT}}, {"properties": {}}, changes=True
    ),
]
LOOK = Step("s1", "look", {"at": "b"})
REQUEST = "look at a, look at b and keep it"


def result(parts: Sequence[Part[Said]], made: Mapping[str, Sequence[Step]]) -> Joined:
    """With a model that makes these steps of these words, and none of others."""
    return joined(
        TurnContext(REQUEST, FakeClock()(), TOOLS),
        parts,
        lambda text: Joined(tuple(made.get(text, ())), () if text in made else (text,)),
    )


def test_steps_are_numbered_on_and_refer_to_each_other():
    """Those that a model wrote by their new ids; what a sentence leaves out is asked for."""
    two = [Step("s1", "look", {"at": "a"}), Step("s2", "keep", {"text": Ref("s1", "text")}, ("s1",))]
    keep = Part("keep it", 25, 32, Said("keep", {"text": Back(given=True), "where": MISSING}))
    looks = [Part("look at a", 0, 9), Part("look at b", 11, 20)]
    found = result([*looks, keep], dict.fromkeys(("look at a", "look at b"), two))
    assert found.steps == (
        two[0],
        two[1],
        Step("s3", "look", {"at": "a"}),
        Step("s4", "keep", {"text": Ref("s3", "text")}, ("s3",)),
        Step("s5", "keep", {"text": Ref("s3", "text"), "where": Ask("Where?")}, ("s3",)),
    )
    assert not found.not_understood


def test_what_nothing_can_be_made_of_is_reported_in_its_words():
    """And so is "it" where there is nothing that it could be."""
    keep = Part("keep it", 25, 32, Said("keep", {"where": Back()}))
    look = Part("look at b", 11, 20, Said("look", {"at": "b"}))
    found = result([Part("look at a", 0, 9), look, keep], {})
    assert found == Joined((Step("s1", "look", {"at": "b"}),), ("look at a", "keep it"))


def test_where_it_is_nothing_the_model_reads_it_with_what_is_before_it():
    """Control: only if it makes more of both."""
    keep = Part("keep it", 25, 32, Said("keep", {"where": Back()}))
    parts = [Part("look at b", 11, 20), keep]
    one, other = Step("s1", "look", {"at": "b"}), Step("s2", "keep", {"text": "b"})
    made = {"look at b": [one], "look at b and keep it": [one, other]}
    assert result(parts, made) == Joined((one, other))
    assert result(parts, {**made, "look at b and keep it": [one]}) == Joined((one,), ("keep it",))


def test_a_part_that_asks_by_itself_is_read_with_what_is_before_it():
    """What the step before gives is taken, and the rest of the part stays. Control: read with something else
    before it, it asks, and so it does where that asks as well.
    """
    parts = [Part("look at b", 11, 20, Said("look", {"at": "b"})), Part("keep it", 25, 32)]
    asking = Step("s1", "keep", {"text": Ask("What?"), "where": "here"})
    given = Step("s2", "keep", {"text": Ref("s1", "text"), "where": "there"}, ("s1",))
    kept = Step("s2", "keep", {"text": Ref("s1", "text"), "where": "here"}, ("s1",))
    both = "look at b and keep it"
    assert result(parts, {"keep it": [asking], both: [LOOK, given]}).steps == (LOOK, kept)
    left = (LOOK, Step("s2", "keep", {"text": Ask("What?"), "where": "here"}))
    assert result(parts, {"keep it": [asking], both: [Step("s1", "keep", {"text": "x"}), LOOK]}).steps == left
    assert result(parts, {"keep it": [asking], both: [LOOK]}).steps == left
    look_on = [LOOK, Step("s2", "look", {"at": Ref("s1", "text")}, ("s1",))]
    assert result(parts, {"keep it": [asking], both: look_on}).steps == tuple(look_on)
    asks_too = [LOOK, Step("s2", "look", {"at": Ask("Where?")})]
    assert result(parts, {"keep it": [asking], both: asks_too}).steps == left


def test_what_another_call_gives_is_called_for_first():
    """With the values that are named with it. Control: where there is no such tool, the part is reported."""
    kept = Said("keep", {"look.at": "a", "text": FromCall("look", "text"), "where": "b"})
    found = result([Part("look at b", 11, 20), Part("keep it", 25, 32, kept)], {"look at b": [LOOK]})
    assert found.steps == (
        LOOK,
        Step("s2", "look", {"at": "a"}),
        Step("s3", "keep", {"text": Ref("s2", "text"), "where": "b"}, ("s2",)),
    )
    unknown = Said("keep", {"find.at": "a", "text": FromCall("find", "text")})
    assert result([Part("keep it", 25, 32, unknown)], {}) == Joined((), ("keep it",))


def test_of_several_calls_the_one_that_fits_what_stands_before_is_meant():
    """Control: where two fit, it is not clear which."""
    again = Said("look", {"at": Back()})
    keep = Said("keep", {"where": Back()}, others=(again,))
    part = [Part("look at b", 11, 20), Part("keep it", 25, 32, keep)]
    assert result(part, {"look at b": [LOOK]}).steps == (LOOK, Step("s2", "look", {"at": "b"}))
    both = [part[0], Part("keep it", 25, 32, Said("look", {"at": Back()}, others=(again,)))]
    assert result(both, {"look at b": [LOOK]}) == Joined((LOOK,), ("keep it",))
