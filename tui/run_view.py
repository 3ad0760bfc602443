"""One request with everything that came of it, as plain values: a pure reducer from events.

Shared by the full-screen program, the line mode and replay. Knows nothing of widgets, and does no input or
output.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..agent import events as ev

StepState = Literal["todo", "running", "waiting", "done", "failed", "unknown", "denied", "skipped", "omitted"]
Phase = Literal["sent", "running", "stopping", "finished"]


@dataclass(frozen=True, slots=True)
class StepView:
    id: str
    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    state: StepState = "todo"
    live: str = ""
    """Output while the step runs."""
    result: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunView:
    """One request with everything that came of it."""

    prompt: str
    run: str = ""
    phase: Phase = "sent"
    status: ev.RunStatus | None = None
    route: str = ""
    recalled: tuple[ev.RecalledItem, ...] = ()
    steps: tuple[StepView, ...] = ()
    plan_note: str = ""
    thinking: str = ""
    answer: str = ""
    answered: bool = False
    citations: tuple[str, ...] = ()
    memory: tuple[ev.MemoryWritten, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str = ""
    approval: ev.ApprovalRequested | None = None
    question: ev.Question | None = None
    replies: tuple[tuple[str, str], ...] = ()
    """Questions of this run with the user's answers."""
    usage: ev.UsageReported | None = None
    rests: Literal["", "cut off", "elsewhere"] = ""
    """Of one that was loaded and has no end: nobody carries it out, or another program does."""

    @property
    def finished(self) -> bool:
        return self.phase == "finished"

    @property
    def planned(self) -> tuple[StepView, ...]:
        """The steps of the plan, without the single items of those that run over a list and without those of
        sub-tasks.
        """
        return tuple(step for step in self.steps if not _is_part(step.id))

    @property
    def steps_done(self) -> int:
        return sum(step.state not in ("todo", "running", "waiting") for step in self.planned)


def fold(run: RunView, body: ev.EventBody) -> RunView:
    """``run`` after one more event."""
    match body:
        case ev.RunStarted():
            return replace(run, prompt=body.prompt, phase=_forward(run))
        case ev.Planned() | ev.PlanChanged() if body.parent:
            return _with_sub_task(run, body.steps)
        case ev.RouteChosen() | ev.Answered() | ev.Errored() if body.parent:
            return run
        case ev.RouteChosen():
            return replace(run, route=body.route)
        case ev.Recalled():
            return replace(run, recalled=body.items)
        case ev.Planned():
            return replace(run, steps=_planned(run.steps, body.steps))
        case ev.PlanChanged():
            return replace(run, steps=_planned(run.steps, body.steps), plan_note=body.reason)
        case ev.StepStarted():
            return _step(run, StepView(body.id, body.tool, body.args, "running"))
        case ev.StepOutput():
            return replace(
                run, steps=tuple(_live(step, body) if step.id == body.id else step for step in run.steps)
            )
        case ev.StepFinished():
            result = body.text or _error_of(body.output)
            return _step(run, StepView(body.id, body.tool, body.args, body.status, "", result, body.seconds))
        case ev.ApprovalRequested():
            return _waiting(replace(run, approval=body), {step.id for step in body.steps}, "waiting")
        case ev.ApprovalResolved():
            return decided(run)
        case ev.Question():
            return replace(run, question=body)
        case ev.TextDelta():
            return replace(run, answer=run.answer + body.text)
        case ev.ThinkingDelta():
            return replace(run, thinking=run.thinking + body.text)
        case ev.Answered():
            return replace(run, answer=body.text, answered=True, citations=body.citations)
        case ev.MemoryWritten():
            return replace(run, memory=(*run.memory, body))
        case ev.UsageReported():
            return replace(run, usage=body)
        case ev.Warned():
            return replace(run, warnings=(*run.warnings, body.message))
        case ev.Errored(code=code):
            return run if code in ev.TOLD_BY_THE_ANSWER else replace(run, error=body.message)
        case ev.RunFinished():
            return finished(run, body.status)


def replay(bodies: Iterable[ev.EventBody], prompt: str = "") -> RunView:
    """A run as its log tells it."""
    run = RunView(prompt)
    for body in bodies:
        run = fold(run, body)
    return run


def going_on(run: RunView) -> RunView:
    """A run that waited for the user is carried on; what was refused or left out may run now."""
    again: dict[StepState, StepState] = {"denied": "todo", "skipped": "todo"}
    return replace(
        run,
        phase="running",
        status=None,
        answered=False,
        answer="",
        error="",
        question=None,
        rests="",
        steps=tuple(replace(step, state=again.get(step.state, step.state)) for step in run.steps),
    )


def decided(run: RunView) -> RunView:
    """The open approval has its answer: it is asked once."""
    waiting = {step.id for step in run.steps if step.state == "waiting"}
    return _waiting(replace(run, approval=None), waiting, "todo")


def withdrawn(run: RunView) -> RunView:
    """Without the card and the question that were open."""
    return decided(replace(run, question=None))


def at_rest(run: RunView, status: str) -> RunView:
    """A loaded run without an end, by its ``status``: what it asked can only be answered where it goes on."""
    rests = "cut off" if status == "interrupted" else "elsewhere"
    return replace(withdrawn(run), phase="finished", rests=rests)


def finished(run: RunView, status: ev.RunStatus) -> RunView:
    """A finished run waits for nothing; what did not run is skipped, what was running is of unknown
    outcome.
    """
    ends: dict[StepState, StepState] = {"todo": "skipped", "waiting": "skipped", "running": "unknown"}
    return replace(
        run,
        phase="finished",
        status=status,
        approval=None,
        question=run.question if status == "input_needed" else None,
        steps=tuple(replace(step, state=ends.get(step.state, step.state)) for step in run.steps),
    )


def _forward(run: RunView) -> Phase:
    return "running" if run.phase == "sent" else run.phase


def _planned(known: tuple[StepView, ...], planned: tuple[ev.PlannedStep, ...]) -> tuple[StepView, ...]:
    """Steps that already ran keep what they are; the rest is replaced."""
    ran = {step.id: step for step in known if step.state != "todo"}
    return tuple(ran.get(step.id) or StepView(step.id, step.tool, step.args) for step in planned)


def _with_sub_task(run: RunView, planned: tuple[ev.PlannedStep, ...]) -> RunView:
    """The steps of a sub-task stand behind the step that it is."""
    known = {step.id for step in run.steps}
    for step in planned:
        if step.id not in known:
            run = _step(run, StepView(step.id, step.tool, step.args))
    return run


def _is_part(step: str) -> bool:
    """Whether it is an item of a step over a list, ``s2[0]``, or a step of a sub-task, ``s2/s1``."""
    return "[" in step or "/" in step


def _owner(step: str) -> str:
    return re.split(r"[\[/]", step, maxsplit=1)[0]


def _step(run: RunView, new: StepView) -> RunView:
    """A part of a step stands behind those before it, as ``s2[0]`` behind ``s2``."""
    if any(step.id == new.id for step in run.steps):
        return replace(run, steps=tuple(new if step.id == new.id else step for step in run.steps))
    owner = _owner(new.id)
    places = (place for place, step in enumerate(run.steps, 1) if _owner(step.id) == owner)
    place = max(places, default=len(run.steps))
    return replace(run, steps=(*run.steps[:place], new, *run.steps[place:]))


def _live(step: StepView, body: ev.StepOutput) -> StepView:
    """Progress has lines of its own; pieces of output are put together."""
    text = f"{body.text}\n" if body.kind == "progress" else body.text
    return replace(step, live=(step.live + text)[-4000:])


def _waiting(run: RunView, ids: set[str], state: StepState) -> RunView:
    return replace(
        run, steps=tuple(replace(step, state=state) if step.id in ids else step for step in run.steps)
    )


def _error_of(output: Any) -> str:
    return str(output["error"]) if isinstance(output, dict) and "error" in output else ""
