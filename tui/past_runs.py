"""The requests of an earlier session as they are shown again: from what was said, and from the logs of runs.

Pure; knows nothing of where either comes from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..agent.events import Event, Question
from .run_view import RunView, at_rest, replay


def from_turns(turns: Iterable[Mapping[str, Any]]) -> tuple[RunView, ...]:
    """Stored turns as finished runs: each request with what was replied and answered after it."""
    runs: list[RunView] = []
    for turn in turns:
        last = runs[-1] if runs else None
        goes_on = last is not None and bool(last.run) and last.run == turn.get("run")
        if last is not None and turn["role"] != "user":
            text = "\n\n".join(part for part in (last.answer, turn["text"]) if part)
            runs[-1] = replace(last, answer=text, answered=True)
        elif last is not None and goes_on and turn.get("piped"):
            runs[-1] = replace(last, prompt=f"{last.prompt}\n\n{turn['text']}")
        elif last is not None and goes_on:
            runs[-1] = replace(last, replies=(*last.replies, ("", turn["text"])))
        elif turn["role"] == "user":
            runs.append(RunView(turn["text"], run=turn.get("run") or "", phase="finished", status="done"))
        else:
            runs.append(RunView("", phase="finished", status="done", answer=turn["text"], answered=True))
    return tuple(runs)


def as_logged(run: RunView, item: Mapping[str, Any]) -> RunView:
    """``run`` with its steps, as ``item``, the run's log, tells it; one without a log stays as it was."""
    bodies = [Event.from_wire(wire).body for wire in item.get("events", [])]
    asked = [body.text for body in bodies if isinstance(body, Question)]
    replies = tuple((question, text) for question, (_, text) in zip(asked, run.replies, strict=False))
    past = replace(replay(bodies, run.prompt), run=run.run, replies=replies or run.replies)
    if past.finished:
        return past
    return at_rest(past, str(item["status"])) if "status" in item else run
