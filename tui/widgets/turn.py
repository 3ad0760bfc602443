"""One request with all that came of it: what was recalled, the plan, the answer, and how it ended.

Shows a ``RunView`` and nothing else; it can be called as often as there is something new.
"""

from textual.app import ComposeResult
from textual.containers import Vertical

from ..narrate import memory_word, usage_summary
from ..run_view import RunView
from ..safe_text import one_line
from .answer import Answer
from .plan import PlanView
from .safe import Part, SafeText, trimmed

_ENDS = {
    "failed": ("failed", "$error"),
    "unavailable": ("model unavailable", "$error"),
    "budget": ("stopped: budget used up", "$warning"),
    "approval_needed": ("not approved", "$warning"),
    "input_needed": ("waits for your answer", "$warning"),
    "unknown": ("outcome unknown", "$warning"),
    "cancelled": ("stopped", "$warning"),
}
_RESTS = {
    "cut off": ("cut off before it ended; enter goes on with it", "$warning"),
    "elsewhere": ("still going on in another program", "$warning"),
}


class Turn(Vertical):
    """``follow`` brings it up to date."""

    def __init__(self, run: RunView, details: bool) -> None:
        super().__init__()
        self.run = run
        self.details = details
        self._prompt = SafeText(run.prompt, classes="prompt")
        self._recalled = SafeText(classes="aside")
        self._plan = PlanView()
        self._exchange = SafeText(classes="exchange")
        self._thinking = SafeText("thinking …", classes="thinking")
        self._answer = Answer()
        self._notes = SafeText(classes="aside notes")
        self._footer = SafeText(classes="footer")

    def compose(self) -> ComposeResult:
        yield self._prompt
        yield self._recalled
        yield self._plan
        yield self._exchange
        yield self._thinking
        yield self._answer
        yield self._notes
        yield self._footer

    async def on_mount(self) -> None:
        await self.follow(self.run, self.details)

    async def follow(self, run: RunView, details: bool) -> None:
        """Show ``run``; what did not change is not drawn again."""
        self.run, self.details = run, details
        self._prompt.show(run.prompt)
        _fill(self._recalled, _recalled(run))
        self._plan.follow(run, details)
        _fill(self._exchange, _exchange(run))
        self._thinking.display = not (run.finished or run.steps or run.answer or run.question)
        self._answer.display = bool(run.answer)
        if run.answered or run.finished:
            await self._answer.settle(run.answer)
        else:
            await self._answer.grow(run.answer)
        _fill(self._notes, _notes(run))
        _fill(self._footer, _footer(run, details))


def _fill(widget: SafeText, parts: list[Part]) -> None:
    widget.display = bool(parts)
    widget.show(*parts)


def _recalled(run: RunView) -> list[Part]:
    if not run.recalled:
        return []
    texts = "; ".join(one_line(item.text, 80) for item in run.recalled[:3])
    more = f" and {len(run.recalled) - 3} more" if len(run.recalled) > 3 else ""
    return [("◈ ", "$secondary"), (f"{texts}{more}", "$muted")]


def _exchange(run: RunView) -> list[Part]:
    parts: list[Part] = []
    for asked, given in run.replies:
        parts += [(f"? {one_line(asked, 400)}  ", "$warning"), f"{one_line(given, 400)}\n"]
    if run.question is not None and run.finished and run.question.text.strip() != run.answer.strip():
        parts += [(f"? {one_line(run.question.text, 400)}\n", "$warning")]
    return trimmed(parts)


def _notes(run: RunView) -> list[Part]:
    parts: list[Part] = []
    for written in run.memory:
        word = memory_word(written.action)
        parts += [("◈ ", "$secondary"), (f"{word}: {one_line(written.text)}\n", "$muted")]
    for warning in run.warnings:
        parts += [(f"! {one_line(warning, 400)}\n", "$warning")]
    if run.error:
        parts += [(f"✗ {one_line(run.error, 600)}\n", "$error")]
    return trimmed(parts)


def _told(run: RunView) -> bool:
    """Whether the answer already says that something failed, and what."""
    return run.status == "failed" and run.answered and not run.error


def _footer(run: RunView, details: bool) -> list[Part]:
    parts: list[Part] = []
    if run.phase == "stopping":
        parts.append(("stopping …", "$warning"))
    elif run.rests:
        parts.append(_RESTS[run.rests])
    elif run.status in _ENDS and not _told(run):
        parts.append(_ENDS[run.status])
    if details and run.usage is not None and run.finished:
        parts.append(("  " * bool(parts) + usage_summary(run.usage), "$faint"))
    return [part for part in parts if part[0]]
