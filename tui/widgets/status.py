"""The one status line: model, what is going on, how fast, how full, and the keys that matter now.

Knows nothing of how the numbers are made. Nothing in it moves while nothing happens.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal

from ..narrate import tokens_per_second
from ..safe_text import one_line
from ..state import RunView, State
from .safe import Part, SafeText

NARROW = 72
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

    def compose(self) -> ComposeResult:
        yield self._left
        yield self._right

    def follow(self, state: State, seconds: int | None) -> None:
        """``seconds`` of the running request, once there is one worth counting."""
        self._left.show(*_left(state, seconds))
        self._right.show(*_right(state, narrow=self.app.size.width < NARROW))


def _left(state: State, seconds: int | None) -> list[Part]:
    current = state.current
    parts: list[Part] = [(f"{one_line(state.host.model, 24)}  " if state.host.model else "", "bold")]
    if current is None:
        parts.append(_ENGINE[state.host.engine])
    else:
        parts.append(_doing(current, seconds))
    last = _last_usage(state)
    if last is not None and last.usage is not None:
        if speed := tokens_per_second(last.usage):
            parts.append((f"  {speed:.0f} tok/s", "$muted"))
        if last.usage.first_token_s is not None:
            parts.append((f"  first {last.usage.first_token_s:.2f} s", "$muted"))
    return parts


def _doing(run: RunView, seconds: int | None) -> Part:
    time = f"  {seconds} s" if seconds else ""
    if run.phase == "stopping":
        return "◐ stopping", "$warning"
    if run.approval is not None:
        return "◆ needs your OK", "bold $warning"
    if run.question is not None:
        return "◆ asks you", "bold $warning"
    steps = f" {run.steps_done}/{len(run.steps)}" if run.steps else ""
    return f"● running{steps}{time}", "$primary"


def _right(state: State, narrow: bool) -> list[Part]:
    parts: list[Part] = []
    last = _last_usage(state)
    if last is not None and last.usage is not None and state.host.context:
        used = last.usage.prompt + last.usage.generated + last.usage.forced
        parts.append((f"ctx {_thousands(used)}/{_thousands(state.host.context)}   ", "$muted"))
    if narrow:
        return (
            [("esc", "bold"), (" stop", "$muted")] if state.current else [("F1", "bold"), (" help", "$muted")]
        )
    key = [("esc", "bold"), (" stop  ", "$muted")] if state.current else []
    return [
        *parts,
        *key,
        ("F1", "bold"),
        (" help  ", "$muted"),
        ("^p", "bold"),
        (" commands", "$muted"),
    ]


def _last_usage(state: State) -> RunView | None:
    return next((run for run in reversed(state.runs) if run.usage is not None), None)


def _thousands(number: int) -> str:
    return str(number) if number < 1000 else f"{number / 1000:.1f}k"
