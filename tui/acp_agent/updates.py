"""What editors show of a run: each event as updates of the protocol.

A reducer without input or output: ``Telling`` remembers what was said already. Knows nothing of connections.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from acp import (
    plan_entry,
    start_tool_call,
    text_block,
    tool_content,
    update_agent_message_text,
    update_agent_thought_text,
    update_plan,
    update_tool_call,
    update_user_message_text,
)
from acp.schema import PlanEntryStatus, ToolCallLocation, ToolCallStatus, ToolKind

from ...agent import events as ev
from ..narrate import args_text, memory_word
from ..run_view import RunView, StepView
from ..safe_text import clean, one_line
from .foreign_markdown import Stream, fenced, shown

Update = Any
"""One of the protocol's session updates."""
_KINDS: dict[str, ToolKind] = {
    "read": "read",
    "record": "other",
    "network": "fetch",
    "write": "edit",
    "send": "other",
    "spend": "other",
    "execute": "execute",
}
_OF_NAMES: dict[str, ToolKind] = {"search": "search", "find": "search", "delete": "delete", "move": "move"}
_PLANNED: dict[str, PlanEntryStatus] = {"todo": "pending", "waiting": "pending", "running": "in_progress"}
_OVER = frozenset({"done", "failed", "unknown", "denied"})
_WORTH_A_PLAN = 2
_LONGEST = 20_000
"""Characters of a result that an editor is sent; the log has all of them."""


class Telling:
    """Of one run. ``effects``: what each tool does, by its name."""

    def __init__(self, effects: Mapping[str, str], folder: Path) -> None:
        self._effects = effects
        self._folder = folder
        self._announced: set[str] = set()
        self._plan: list[Any] = []
        self._stream = Stream()
        self._streamed = ""

    def updates(self, event: ev.Event, run: RunView) -> Iterable[Update]:
        """What an event is told by; ``run`` is the whole run after it."""
        yield from self._of(event.run, event.body, run)
        entries = [_entry(step) for step in run.planned] if len(run.planned) >= _WORTH_A_PLAN else []
        if entries and entries != self._plan:
            self._plan = entries
            yield update_plan(entries)

    def pending(self, run: str, step: str, tool: str, args: Mapping[str, Any]) -> Iterable[Update]:
        """A call that waits for a yes."""
        if (id_ := call_id(run, step)) not in self._announced:
            yield self._announce(id_, tool, args, "pending")

    def again(self, run: RunView) -> Iterable[Update]:
        """A whole run of earlier, without what was only worth seeing as it happened."""
        for step in run.steps:
            if step.state in _OVER:
                yield from self._ended(run.run, step)
        for asked, given in run.replies:
            yield from self._apart(asked)
            yield update_user_message_text(shown(given))
            self._streamed = ""
        if run.answer:
            yield from self._apart(run.answer)
        if run.rests == "cut off":
            yield from self._apart(f"This was cut off; to go on with it: homewit resume {run.run}")

    def _of(self, run: str, body: ev.EventBody, view: RunView) -> Iterable[Update]:
        match body:
            case ev.TextDelta(text=text):
                self._streamed += text
                yield from _message(self._stream.push(text))
            case ev.ThinkingDelta(text=text):
                yield update_agent_thought_text(shown(text))
            case ev.Answered(text=text, parent=""):
                yield from self._answer(text)
            case ev.StepStarted(id=step, tool=tool, args=args):
                yield from self._begun(call_id(run, step), tool, args)
            case ev.StepOutput(id=step):
                live = next((one.live for one in view.steps if one.id == step), "")
                yield update_tool_call(call_id(run, step), content=_content(live))
            case ev.StepFinished():
                step = next((one for one in view.steps if one.id == body.id), None)
                yield from self._ended(run, step, body.output) if step is not None else ()
            case ev.Question(text=text):
                yield from self._apart(text)
            case ev.Recalled(items=items) if items:
                told = "\n".join(f"recalled: {one_line(item.text)}" for item in items)
                yield update_agent_thought_text(f"{shown(told)}\n")
            case ev.MemoryWritten(action=action, text=text):
                yield update_agent_thought_text(f"{shown(f'{memory_word(action)}: {one_line(text)}')}\n")
            case ev.Warned(message=message):
                yield from self._apart(f"Warning: {one_line(message, 400)}")
            case ev.Errored(message=message, code=code, parent="") if code not in ev.TOLD_BY_THE_ANSWER:
                yield from self._apart(f"Problem: {one_line(message, 400)}")
            case ev.RunFinished():
                yield from _message(self._stream.finish())

    def _answer(self, text: str) -> Iterable[Update]:
        """The whole answer, unless it was written piece by piece."""
        yield from _message(self._stream.finish())
        if self._streamed.strip() != text.strip():
            yield from self._apart(text)
        self._streamed = text

    def _apart(self, text: str) -> Iterable[Update]:
        """A paragraph of its own."""
        yield from _message(self._stream.finish())
        gap = "\n\n" if self._streamed else ""
        yield from _message(gap + shown(text))
        self._streamed += text

    def _begun(self, id_: str, tool: str, args: Mapping[str, Any]) -> Iterable[Update]:
        if id_ not in self._announced:
            yield self._announce(id_, tool, args, "in_progress")
        else:
            yield update_tool_call(
                id_, title=title_of(tool, args), status="in_progress", raw_input=dict(args)
            )

    def _ended(self, run: str, step: StepView, output: Any = None) -> Iterable[Update]:
        id_ = call_id(run, step.id)
        if step.state in ("skipped", "omitted") and id_ not in self._announced:
            return  # the plan says so
        if id_ not in self._announced:
            yield self._announce(id_, step.tool, step.args, "in_progress")
        words = {"denied": "denied", "unknown": f"outcome unknown: {step.result}"}
        status: ToolCallStatus = "completed" if step.state == "done" else "failed"
        content = _content(words.get(step.state, step.result))
        yield update_tool_call(id_, status=status, content=content, raw_output=output)

    def _announce(self, id_: str, tool: str, args: Mapping[str, Any], status: ToolCallStatus) -> Update:
        self._announced.add(id_)
        return start_tool_call(
            id_,
            title_of(tool, args),
            kind=_kind(tool, self._effects.get(tool, "")),
            status=status,
            locations=_locations(args, self._folder),
            raw_input=dict(args),
        )


def call_id(run: str, step: str) -> str:
    """What a step is called in the protocol, where calls of all runs of a session meet."""
    return f"{run}/{step}"


def title_of(tool: str, args: Mapping[str, Any]) -> str:
    return shown(f"{tool}  {args_text(args)}".rstrip())


def _kind(tool: str, effect: str) -> ToolKind:
    return _OF_NAMES.get(tool.partition("_")[0], _KINDS.get(effect, "other"))


def _locations(args: Mapping[str, Any], folder: Path) -> list[ToolCallLocation]:
    """The file that a call is about, so that the editor can follow."""
    path = args.get("path")
    return [ToolCallLocation(path=str(folder / path))] if isinstance(path, str) and path else []


def _content(text: str) -> list[Any]:
    """A result as it is, for it is no Markdown."""
    told = clean(text).rstrip()
    cut = f"{told[:_LONGEST]}\n…" if len(told) > _LONGEST else told
    return [tool_content(text_block(fenced(cut)))] if cut else []


def _message(text: str) -> Iterable[Update]:
    if text:
        yield update_agent_message_text(text)


def _entry(step: StepView) -> Any:
    content = title_of(step.tool, step.args)
    return plan_entry(content, status=_PLANNED.get(step.state, "completed"))
