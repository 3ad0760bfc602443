"""The status of a run, from how its steps ended."""

import pytest

from homewit.agent.events import StepFinished
from homewit.agent.plan import Plan, Step
from homewit.agent.runs.outcome import Outcome


def end(id: str, status: str) -> StepFinished:
    return StepFinished(id=id, tool="t", args={}, status=status)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ([], "done"),
        (["done", "omitted"], "done"),
        (["failed", "done"], "failed"),
        (["skipped"], "failed"),
        (["failed", "denied", "done"], "approval_needed"),
        (["denied", "unknown", "failed"], "unknown"),
    ],
)
def test_the_gravest_end_decides(ends, status):
    """What the plan left out is no failure; what nobody knows is the gravest."""
    outcome = Outcome()
    for number, one in enumerate(ends):
        outcome.note(end(f"s{number}", one))
    assert outcome.status == status


def test_only_the_latest_end_of_a_step_that_the_plan_has_counts():
    """A step that was corrected is not held against the run, nor one that another plan has no more; an effect
    of which nobody can tell always is.
    """
    outcome = Outcome(Plan("plan", (Step("s2", "t", {}), Step("s1", "t", {}))))
    for one in (end("s1", "failed"), end("s2", "done"), end("s1", "done"), end("s9", "failed")):
        outcome.note(one)
    assert ([step.id for step in outcome.steps], outcome.status) == (["s2", "s1"], "done")
    outcome.note(end("s8", "unknown"))
    assert outcome.status == "unknown"


def test_a_run_that_ends_early_has_that_status():
    """Unless an effect is unknown."""
    outcome = Outcome()
    outcome.worsen("failed")
    outcome.end("budget")
    assert outcome.status == "budget"
    outcome.note(end("s1", "unknown"))
    assert outcome.status == "unknown"
