"""From the events of a call to its result: what the tool gave, or why it gave nothing and what would help.

Pure; knows nothing of how events arrive.
"""

import shlex
from dataclasses import dataclass, field
from typing import Any

from mcp_types import CallToolResult, TextContent

from ...agent import events as ev


@dataclass(slots=True)
class Outcome:
    """Takes the events in their order; ``result`` is there after the last one."""

    run: str
    _step: ev.StepFinished | None = None
    _errors: list[str] = field(default_factory=list)
    _rules: list[str] = field(default_factory=list)
    _refused: bool = False

    def take(self, body: ev.EventBody) -> None:
        match body:
            case ev.StepFinished(parent=""):
                self._step = body
            case ev.Errored(message=message):
                self._errors.append(message)
            case ev.ApprovalRequested(steps=steps):
                self._rules = [step.rule for step in steps]
            case ev.ApprovalResolved(decision="deny", by="user"):
                self._refused = True

    def result(self, status: ev.RunStatus) -> CallToolResult:
        """After the run has ended with that status."""
        if status == "done" and self._step is not None and self._step.status == "done":
            return succeeded(self._step)
        return failed("\n".join(filter(None, (self._reason(status), self._advice(status)))))

    def _reason(self, status: ev.RunStatus) -> str:
        if self._refused:
            return "This call was put before the user and not allowed, so it was not made."
        told = self._step.text or _error_in(self._step.output) if self._step is not None else ""
        return told or "\n".join(self._errors) or f"The call ended without a result ({status})."

    def _advice(self, status: ev.RunStatus) -> str:
        if status == "approval_needed" and not self._refused:
            return how_to_allow(self.run, self._rules)
        if status == "unknown":
            return f"Whether it took effect is not known. To look at it: homewit runs show {self.run}"
        return ""


def succeeded(step: ev.StepFinished) -> CallToolResult:
    """A result that is an object is there as data, too."""
    structured: Any = step.output if isinstance(step.output, dict) else None
    return CallToolResult(content=[_text(step.text)], structured_content=structured)


def failed(message: str) -> CallToolResult:
    """What the client's model reads instead of a result."""
    return CallToolResult(content=[_text(message)], is_error=True)


def how_to_allow(run: str, rules: list[str]) -> str:
    """For the person who set the client up: it cannot show them a question."""
    if not rules or "" in rules:
        return f"It needs an answer of the user, and this client cannot ask. The run is {run}."
    allowed = " ".join(f"--allow {shlex.quote(rule)}" for rule in rules)
    return (
        "It needs the user's approval, and this client cannot ask for it. The user can allow such calls "
        f"with: homewit mcp {allowed}\nor just this one, with: homewit resume {run} {allowed}"
    )


def _error_in(output: Any) -> str:
    return str(output.get("error", "")) if isinstance(output, dict) else ""


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)
