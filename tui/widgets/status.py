"""The one status line: model, what is going on, how fast, how full, and the keys that matter now.

Knows nothing of how the numbers are made. Nothing in it moves while nothing happens.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal

from ..narrate import tokens_per_second
from ..output import cell_width
from ..run_view import RunView
from ..safe_text import one_line
from ..state import State
from .safe import Part, SafeText

NARROW = 72
_WORTH_TELLING = 0.01
_ENGINE = {
    "starting": ("◐ starting", "$warning"),
    "loading": ("◐ loading", "$warning"),
    "ready": ("● ready", "$success"),
    "problem": ("✗ model unavailable", "$error"),
    "stopped": ("✗ engine stopped", "$error"),
}


class StatusLine(Horizontal):
    """``follow`` brings it up to date."""

    def __init__(self) -> None:
        super().__init__()
        self._left = SafeText(classes="left")
        self._right = SafeText(classes="right")
        self._state = State()
        self._seconds: int | None = None

    def compose(self) -> ComposeResult:
        yield self._left
        yield self._right

    def follow(self, state: State, seconds: int | None) -> None:
        """``seconds`` of the running request, once there is one worth counting."""
        self._state, self._seconds = state, seconds
        self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        """What is going on and the keys always, the numbers as far as there is room for them."""
        state, width = self._state, self.size.width or self.app.size.width
        current = state.current
        name: list[Part] = [(f"{one_line(state.host.model, 24)}  ", "bold")] if state.host.model else []
        doing = _ENGINE[state.host.engine] if current is None else _doing(current, self._seconds)
        keys = _keys(state, narrow=self.app.size.width < NARROW)
        left, right = [doing], keys
        room = width - _cells(left) - _cells(right) - 1
        if _cells(name) <= room:
            left, room = [*name, *left], room - _cells(name)
        if _cells(context := _context(state)) <= room:
            right, room = [*context, *right], room - _cells(context)
        for pace in _pace(state):
            if _cells(pace) <= room:
                left, room = [*left, *pace], room - _cells(pace)
        self._left.show(*left)
        self._right.show(*right)


def _pace(state: State) -> list[list[Part]]:
    """How fast the last answer came."""
    last = _last_usage(state)
    parts: list[list[Part]] = []
    if last is not None and last.usage is not None:
        if speed := tokens_per_second(last.usage):
            parts.append([(f"  {speed:.0f} tokens/s", "$muted")])
        if last.usage.first_token_s is not None:
            parts.append([(f"  first after {last.usage.first_token_s:.2f} s", "$muted")])
    return parts


def _doing(run: RunView, seconds: int | None) -> Part:
    time = f"  {seconds} s" if seconds else ""
    if run.phase == "stopping":
        return "◐ stopping", "$warning"
    if run.approval is not None:
        return "◆ needs your OK", "bold $warning"
    if run.question is not None:
        return "◆ asks you", "bold $warning"
    steps = f" {run.steps_done}/{len(run.planned)}" if run.steps else ""
    return f"● running{steps}{time}", "$primary"


def _context(state: State) -> list[Part]:
    last = _last_usage(state)
    if last is None or last.usage is None or not state.host.context:
        return []
    used = (last.usage.prompt + last.usage.generated) / state.host.context
    return [(f"  context {used:.0%} full   ", "$muted")] if used >= _WORTH_TELLING else []


def _keys(state: State, narrow: bool) -> list[Part]:
    stop: list[Part] = [("esc", "bold"), (" stop", "$muted")]
    helped: list[Part] = [("F1", "bold"), (" help", "$muted")]
    if narrow:
        return stop if state.current else helped
    return [*([*stop, "  "] if state.current else []), *helped, "  ", ("^p", "bold"), (" commands", "$muted")]


def _cells(parts: list[Part]) -> int:
    return sum(cell_width(part if isinstance(part, str) else part[0]) for part in parts)


def _last_usage(state: State) -> RunView | None:
    return next((run for run in reversed(state.runs) if run.usage is not None), None)
