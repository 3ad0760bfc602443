"""The reducer: events in, state out, nothing else touched."""

from dataclasses import replace

from homewit.agent import events as ev
from homewit.agent.requests import HostStatus
from homewit.tui import state as st
from homewit.tui.run_view import RunView, StepView, fold, replay
from homewit.tui.testing import STATUS

READY = st.host_status(st.State(), HostStatus.model_validate(STATUS), "ready")


def bodies(wires):
    return [ev.parse_body(wire) for wire in wires]


def started(state: st.State, *prompts: str) -> st.State:
    """``prompts`` sent; the first one runs as r_1."""
    for prompt in prompts:
        state = st.submit(state, prompt)
    state, prompt = st.begin(state)
    assert prompt == prompts[0]
    return st.accepted(state, "r_1", "s_1")


def test_a_recorded_run_folds_into_one_view(recording):
    """A whole log gives the run as the screen shows it."""
    run = replay(bodies(recording("calculate")))
    assert run == RunView(
        prompt="what is 17 * 23?",
        phase="finished",
        status="done",
        route="act",
        steps=(StepView("s1", "calculate", {"expression": "17 * 23"}, "done", "", "17 * 23 = 391", 0.02),),
        answer="17 × 23 is **391**.",
        answered=True,
        usage=ev.UsageReported(
            prompt=412, cached=380, forced=9, generated=31, seconds=0.9, first_token_s=0.31
        ),
    )


def test_steps_wait_while_approval_is_open(recording):
    """The step to approve waits, and goes on once the user has answered."""
    log = bodies(recording("approval"))
    asked = next(number for number, body in enumerate(log) if isinstance(body, ev.ApprovalRequested))
    waiting = replay(log[: asked + 1])
    assert [step.state for step in waiting.steps] == ["done", "waiting"]
    assert waiting.approval == log[asked]
    allowed = fold(waiting, log[asked + 1])
    assert [step.state for step in allowed.steps] == ["done", "todo"]
    assert allowed.approval is None


def test_an_answered_approval_is_not_shown_twice(recording):
    """The card goes when the user answers, before the host confirms it."""
    log = bodies(recording("approval"))
    asked = next(number for number, body in enumerate(log) if isinstance(body, ev.ApprovalRequested))
    state = replace(started(READY, "x"), runs=(replay(log[: asked + 1]),))
    decided = st.decided(state)
    assert decided.current is not None
    assert decided.current.approval is None
    assert [step.state for step in decided.current.steps] == ["done", "todo"]


def test_a_run_that_ends_early_leaves_no_open_ends():
    """What did not run is skipped, what was running is of unknown outcome, and nothing waits any more."""
    step = {"tool": "t", "args": {}}
    run = replay(
        bodies(
            [
                {"type": "plan", "steps": [{"id": "s1", **step}, {"id": "s2", **step}]},
                {"type": "step.started", "id": "s1", **step},
                {"type": "text.delta", "text": "so far"},
                {"type": "run.finished", "status": "cancelled", "exit_code": 130},
            ]
        )
    )
    assert [step.state for step in run.steps] == ["unknown", "skipped"]
    assert (run.answer, run.status, run.finished) == ("so far", "cancelled", True)


def test_a_changed_plan_keeps_what_already_ran():
    """Replanning replaces the steps that have not begun."""
    run = replay(
        bodies(
            [
                {
                    "type": "plan",
                    "steps": [{"id": "s1", "tool": "a", "args": {}}, {"id": "s2", "tool": "b", "args": {}}],
                },
                {
                    "type": "step.finished",
                    "id": "s1",
                    "tool": "a",
                    "args": {},
                    "status": "done",
                    "text": "ok",
                },
                {
                    "type": "plan.changed",
                    "steps": [{"id": "s1", "tool": "a", "args": {}}, {"id": "s3", "tool": "c", "args": {}}],
                    "reason": "b failed",
                },
            ]
        )
    )
    assert [(step.id, step.state) for step in run.steps] == [("s1", "done"), ("s3", "todo")]
    assert run.plan_note == "b failed"


def test_messages_wait_until_the_model_is_loaded():
    """Before the engine is ready a message is queued, and it begins when it is."""
    state = st.submit(st.State(), "hello")
    assert st.begin(state) == (state, None)
    state = replace(state, host=READY.host)
    state, prompt = st.begin(state)
    assert prompt == "hello"
    assert state.queue == ()
    assert [run.prompt for run in state.runs] == ["hello"]


def test_one_run_at_a_time():
    """A second message waits for the first, and is sent when it is done."""
    state = started(READY, "one", "two")
    assert st.begin(state) == (state, None)
    done = ev.RunFinished(status="done", exit_code=0)
    state = st.on_event(state, ev.Event(seq=1, run="r_1", ts="2026-05-03T00:00:00Z", body=done))
    assert st.begin(state)[1] == "two"


def test_stopping_pauses_the_queue():
    """After a stop nothing is sent by itself; the user lets it go on."""
    state = st.stopping(started(READY, "one", "two"))
    done = ev.RunFinished(status="cancelled", exit_code=130)
    state = st.on_event(state, ev.Event(seq=1, run="r_1", ts="2026-05-03T00:00:00Z", body=done))
    assert st.begin(state)[1] is None
    assert st.begin(st.continued(state))[1] == "two"


def test_a_queued_message_can_be_taken_back():
    """The newest one comes back for editing."""
    state = st.submit(st.submit(st.State(), "one"), "two")
    assert st.unqueue(state) == (replace(state, queue=("one",)), "two")


def test_events_of_another_run_change_nothing():
    """Late events of a run that is over do not reach the current one."""
    state = started(READY, "one")
    late = ev.Event(seq=9, run="r_0", ts="2026-05-03T00:00:00Z", body=ev.TextDelta(text="old"))
    assert st.on_event(state, late) == state


def test_what_a_lost_host_asked_is_withdrawn(recording):
    """Nobody could hear the answer: the card goes until the run goes on and asks again."""
    log = bodies(recording("approval"))
    asked = next(number for number, body in enumerate(log) if isinstance(body, ev.ApprovalRequested))
    open_card = replace(replay(log[: asked + 1]), run="r_1")
    lost = st.host_lost(replace(started(READY, "x"), runs=(open_card,)), "it stopped")
    assert lost.host.engine == "starting"
    assert lost.current is not None
    assert (lost.current.run, lost.current.approval) == ("r_1", None)
    assert [step.state for step in lost.current.steps] == ["done", "todo"]


def test_a_dead_host_ends_the_run_and_keeps_its_answer():
    """Engine death is a state: the partial answer stays, the queue is kept."""
    state = started(READY, "one", "two")
    delta = ev.Event(seq=1, run="r_1", ts="2026-05-03T00:00:00Z", body=ev.TextDelta(text="so far"))
    state = st.host_problem(st.on_event(state, delta), "the engine process stopped", stopped=True)
    assert state.host.engine == "stopped"
    assert state.queue == ("two",)
    assert state.paused
    assert (state.runs[0].answer, state.runs[0].error) == ("so far", "the engine process stopped")


def test_an_answered_question_stays_in_view():
    """What was asked and what was answered are kept with the run."""
    state = started(READY, "remind me")
    asked = ev.Question(question="q1", text="When?")
    state = st.on_event(state, ev.Event(seq=1, run="r_1", ts="2026-05-03T00:00:00Z", body=asked))
    state = st.answered(state, "at nine")
    assert state.current is not None
    assert (state.current.question, state.current.replies) == (None, (("When?", "at nine"),))


def test_items_of_a_step_stand_behind_it_and_are_not_counted():
    """A step that runs over a list shows each item below itself; the plan has as many steps as before."""
    planned = tuple(ev.PlannedStep(id=id, tool="t", args={}) for id in ("s1", "s2"))
    log = [
        ev.Planned(steps=planned),
        *(ev.StepStarted(id=id, tool="t", args={}) for id in ("s1", "s1[0]", "s1[1]", "s2")),
        ev.StepFinished(id="s1[0]", tool="t", args={}, status="done"),
    ]
    run = replay(log)
    assert [(step.id, step.state) for step in run.steps] == [
        ("s1", "running"),
        ("s1[0]", "done"),
        ("s1[1]", "running"),
        ("s2", "running"),
    ]
    assert ([step.id for step in run.planned], run.steps_done) == (["s1", "s2"], 0)
