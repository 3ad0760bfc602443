"""The wire forms: plans as ``homewit plan --json`` prints them, events as flat objects."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from homewit.agent import events as ev
from homewit.agent.plan import Ask, Plan, Ref, Step
from homewit.agent.planning.conditions import AllOf, Compare, Empty, Not
from homewit.agent.planning.plan_schema import step_from_wire
from homewit.agent.values import ToolOrigin

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
words = st.text(max_size=12)
args = st.dictionaries(words, json_values, max_size=3)
conditions = st.dictionaries(words, json_values, min_size=1, max_size=1)
planned = st.builds(
    ev.PlannedStep,
    id=words,
    tool=words,
    args=args,
    after=st.tuples(words),
    foreach=st.none() | st.lists(json_values, max_size=2),
    when=st.none() | conditions,
)
for kind in (*ev.Body.__subclasses__(), ev.PlannedStep, ev.SinkShown, ev.ApprovalStep, ev.RecalledItem):
    kind.model_rebuild()  # they are made ready when they are first used, and hypothesis reads them before
bodies = st.one_of(
    st.builds(ev.RunStarted, prompt=words, session=words, model=words),
    st.builds(ev.RouteChosen, scores=st.dictionaries(words, st.floats(-100, 0), max_size=2)),
    st.builds(ev.Recalled),
    st.builds(ev.Planned, steps=st.lists(planned, max_size=2).map(tuple)),
    st.builds(ev.PlanChanged, steps=st.lists(planned, max_size=2).map(tuple)),
    st.builds(ev.StepStarted, args=args),
    st.builds(ev.StepOutput),
    st.builds(ev.StepFinished, args=args, output=json_values, seconds=st.floats(0, 9)),
    st.builds(
        ev.ApprovalRequested,
        steps=st.tuples(
            st.builds(
                ev.ApprovalStep, args=args, when=st.none() | conditions, open=st.just(()) | st.tuples(words)
            )
        ),
        sinks=st.tuples(st.builds(ev.SinkShown, value=json_values)),
    ),
    st.builds(ev.ApprovalResolved),
    st.builds(ev.Question),
    st.builds(ev.TextDelta),
    st.builds(ev.ThinkingDelta),
    st.builds(ev.Answered),
    st.builds(ev.MemoryWritten),
    st.builds(ev.UsageReported, seconds=st.floats(0, 9), first_token_s=st.none() | st.floats(0, 9)),
    st.builds(ev.Warned),
    st.builds(ev.Errored),
    st.builds(ev.RunFinished),
)


@given(bodies, st.integers(1, 10**6))
def test_every_event_survives_the_wire(body: ev.EventBody, seq: int):
    """Flat form and back gives the same event, through JSON text as well."""
    event = ev.Event(seq=seq, run="r_1", ts=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), body=body)
    text = TypeAdapter(dict).dump_json(event.to_wire())
    assert ev.Event.from_wire(TypeAdapter(dict).validate_json(text)) == event


@given(bodies)
def test_a_stored_body_is_the_body(body: ev.EventBody):
    """The log keeps the type in its own column; together they give the body back."""
    stored = body.model_dump(mode="json", exclude={"type"})
    assert ev.parse_body({"type": body.type, **stored}) == body


def test_the_envelope_comes_first_and_a_strange_field_is_refused():
    """``v, seq, run, ts, type`` lead; an event of another shape is not silently accepted."""
    event = ev.Event(seq=1, run="r", ts=datetime(2026, 1, 1, tzinfo=UTC), body=ev.Warned(message="m"))
    assert list(event.to_wire()) == ["v", "seq", "run", "ts", "type", "message"]
    with pytest.raises(ValidationError):
        ev.Event.from_wire({**event.to_wire(), "extra": 1})


def test_a_plan_has_the_contract_s_wire_form():
    """References and questions are written ``$ref`` and ``$ask``; ``model_dump`` is the same object."""
    plan = Plan(
        "plan",
        (
            Step("s1", "convert_units", {"value": 5}),
            Step("s2", "write_file", {"path": Ask("Where?"), "content": Ref("s1", "text")}, ("s1",)),
        ),
    )
    wire = {
        "route": "plan",
        "steps": [
            {"id": "s1", "tool": "convert_units", "args": {"value": 5}, "after": []},
            {
                "id": "s2",
                "tool": "write_file",
                "args": {"path": {"$ask": "Where?"}, "content": {"$ref": "s1.text"}},
                "after": ["s1"],
            },
        ],
        "question": None,
        "procedure": None,
    }
    assert plan.to_wire() == wire == plan.model_dump()
    assert tuple(map(step_from_wire, wire["steps"])) == plan.steps


def test_loops_and_branches_are_added_to_the_wire_form():
    """``foreach`` and ``when`` stand there only where the plan has them; an empty list is one to run over."""
    wire = [
        {"id": "s1", "tool": "find", "args": {}, "after": []},
        {
            "id": "s2",
            "tool": "mail",
            "args": {"to": [{"$ref": "item.mail"}, {"$ask": "Who else?"}]},
            "after": ["s1"],
            "foreach": {"$ref": "s1.people"},
            "when": {"and": [{"less": [{"$ref": "item.age"}, 7]}, {"not": {"empty": {"$ref": "s1"}}}]},
        },
        {"id": "s3", "tool": "find", "args": {}, "after": [], "foreach": []},
    ]
    steps = tuple(map(step_from_wire, wire))
    assert steps[1] == Step(
        "s2",
        "mail",
        {"to": [Ref("item", "mail"), Ask("Who else?")]},
        ("s1",),
        Ref("s1", "people"),
        AllOf((Compare("less", Ref("item", "age"), 7), Not(Empty(Ref("s1", ""))))),
    )
    assert Plan("plan", steps).to_wire()["steps"] == wire
    logged = [ev.PlannedStep.model_validate(step).model_dump(mode="json") for step in wire]
    assert logged == wire


def test_words_that_were_in_view_are_kept_with_a_step():
    """What a stranger's words may have suggested is known of the step after a restart, too."""
    step = Step("s1", "mail", {"to": "x"}, suggested=frozenset({ToolOrigin("fetch", "s0", trusted=False)}))
    logged = ev.PlannedStep.model_validate(step.to_wire()).model_dump(mode="json")
    assert step_from_wire(logged) == step


def test_an_event_of_before_loops_and_branches_is_read():
    """Old logs have neither field."""
    body = ev.parse_body({"type": "plan", "steps": [{"id": "s1", "tool": "t", "args": {"x": 1}}]})
    assert isinstance(body, ev.Planned)
    assert [step_from_wire(step.model_dump()) for step in body.steps] == [Step("s1", "t", {"x": 1})]
