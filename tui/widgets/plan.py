"""The plan of a run with the state of each step; results and exact arguments are shown on demand.

Knows nothing of how steps are run.
"""

from ..narrate import MARKS, args_text
from ..run_view import RunView, StepView
from ..safe_text import one_line
from .safe import Part, SafeText

_STYLES = {
    "todo": "$muted",
    "running": "bold $primary",
    "waiting": "bold $warning",
    "done": "$success",
    "failed": "$error",
    "unknown": "$warning",
    "denied": "$error",
    "skipped": "$muted",
    "omitted": "$muted",
}
_SAYS = {
    "waiting": "needs your OK ↓",
    "denied": "denied",
    "unknown": "outcome unknown",
    "skipped": "skipped",
    "omitted": "left out",
}


class PlanView(SafeText):
    """Hidden without steps."""

    def follow(self, run: RunView, details: bool) -> None:
        self.display = bool(run.steps)
        self.set_class(details, "-details")
        if run.steps:
            self.show(*_parts(run, details))


def _parts(run: RunView, details: bool) -> list[Part]:
    parts: list[Part] = []
    if len(run.planned) > 1:
        note = f"  {one_line(run.plan_note)}" if run.plan_note else ""
        parts += [(f"Plan {run.steps_done}/{len(run.planned)}", "$muted"), (f"{note}\n", "$warning")]
    for step in run.steps:
        parts += [*_step(step), *(_details(step) if details else _summary(step, run)), "\n"]
    return parts[:-1]


def _step(step: StepView) -> list[Part]:
    """What became of it stands before its arguments, which may be cut at the end of the line."""
    style, says = _STYLES[step.state], _SAYS.get(step.state, "")
    took = f"  {step.seconds:.1f} s" if not says and step.seconds >= 0.05 else ""
    return [
        (f"{MARKS[step.state]} ", style),
        (step.tool, "bold" if step.state == "running" else ""),
        (f"  {says}" if says else "", style),
        (f"  {args_text(step.args)}", "$muted"),
        (took, "$faint"),
    ]


def _summary(step: StepView, run: RunView) -> list[Part]:
    """A failure is told unless the answer says why, a result until the answer words it."""
    if step.state == "failed" and not (step.result and step.result.rstrip(".") in run.answer):
        return [(f"\n  {one_line(step.result, 300)}", "$error")]
    if step.state == "running" and step.live:
        return [(f"\n  {one_line(step.live.splitlines()[-1])}", "$muted")]
    if step.state == "done" and step.result and not run.answer:
        return [(f"\n  {one_line(step.result)}", "$muted")]
    return []


def _details(step: StepView) -> list[Part]:
    lines = [f"\n    {name}: {one_line(args_text({name: value}, 400).removeprefix(f'{name}: '), 400)}"
             for name, value in step.args.items()]  # fmt: skip
    output = (step.result or step.live).splitlines()[:40]
    return [("".join(lines), "$muted"), ("".join(f"\n    │ {line}" for line in output), "$muted")]
