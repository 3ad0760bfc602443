"""A request about what the one before it was about: "delete it", "make it 6pm", "save that to result.txt".

Only sentences that somebody foresaw. What was looked up is looked up again where its result is needed; what
was changed is not done again. Pure but for the callable that gives the steps of the request before.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..model import TurnContext
from ..plan import Step
from ..planning.follow_ups import in_full
from ..planning.phrases import Said, said
from .joining import numbered, said_steps


def points_back(turn: TurnContext) -> bool:
    """Whether a request by itself means nothing, and does behind the one before it."""
    return _call(turn) is not None


def pointed_back(turn: TurnContext, steps_of: Callable[[TurnContext], Sequence[Step]]) -> tuple[Step, ...]:
    """The steps of such a request, with those of the one before that it needs; none where it is none, or
    nothing before it fits.
    """
    if (call := _call(turn)) is None:
        return ()
    earlier, history = turn.history[-1].user, turn.history[:-1]
    before = steps_of(replace(turn, request=in_full(earlier, history) or earlier, history=history))
    views = {view.name: view for view in turn.every_tool()}
    if not before or any(step.tool not in views for step in before):
        return ()
    found = said_steps(call, before, views)
    needed = _needed(found, before)
    if not found or any(views[step.tool].changes for step in needed):
        return ()
    kept = [*needed, *found]
    return tuple(numbered(kept, 0))


def _call(turn: TurnContext) -> Said | None:
    if not turn.history or not turn.typed or turn.text or said(turn.request, turn.every_tool()) is not None:
        return None
    call = said(turn.request, turn.every_tool(), behind=True)
    return call if call is not None and call.points_back else None


def _needed(steps: Sequence[Step], before: Sequence[Step]) -> list[Step]:
    """Those of the steps before whose results the steps use, and what these use."""
    names = {ref.step for step in steps for ref in step.refs()}
    while more := {ref.step for step in before if step.id in names for ref in step.refs()} - names:
        names |= more
    return [step for step in before if step.id in names]
