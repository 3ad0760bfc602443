"""The approval card: exactly what would be done, docked above the composer, impossible to answer by
accident.

It opens inert. Letters count only once Tab or a click has put the focus on it, and never in the half second
after it appeared or changed, so that a message being typed cannot approve anything. The choices stay in
view however long the arguments are: once, no, and what the card offers for longer. Knows nothing of policy.
"""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message

from ...agent.events import CONDITION, ApprovalRequested, ApprovalScope
from ..narrate import cautions, lasting_rules, preview_lines, what_it_does, why_asked, wider_choices
from ..safe_text import one_line, reveal, show_value
from .safe import Part, SafeText, trimmed

GRACE_S = 0.5
LETTERS: dict[ApprovalScope, str] = {"plan": "p", "session": "s", "date": "u"}
_DIFF_STYLES = {"+": "$success", "-": "$error"}


class Choice(SafeText):
    """A choice that can also be clicked."""

    class Clicked(Message):
        def __init__(self, choice: "Choice") -> None:
            self.choice = choice
            super().__init__()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self))


class ApprovalCard(Vertical, can_focus=True):
    """Hidden while nothing needs approval."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "allow", "allow once"),
        Binding("d,n", "deny", "deny"),
        *(Binding(letter, f"allow_for('{scope}')", show=False) for scope, letter in LETTERS.items()),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
    ]

    class Decided(Message):
        def __init__(self, request: ApprovalRequested, allow: bool, scope: ApprovalScope = "once") -> None:
            """``request``: what was shown, which by now may not be what is open."""
            self.request = request
            self.allow = allow
            self.scope: ApprovalScope = scope
            super().__init__()

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.display = False
        self._clock = clock
        self._armed_at = 0.0
        self._focused_at = 0.0
        self._answered_at = 0.0
        """When the key was pressed that is being handled: an answer counts from then, however late it is."""
        self._request: ApprovalRequested | None = None
        self._what = SafeText(classes="what")
        self._allow = Choice(("[a]", "bold $success"), " allow once", classes="choice")
        self._deny = Choice(("[d]", "bold $error"), " deny", classes="choice")
        self._wider: dict[ApprovalScope, Choice] = {scope: Choice(classes="choice") for scope in LETTERS}
        self._scopes: dict[Choice, ApprovalScope] = {one: scope for scope, one in self._wider.items()}

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self._what
        with Horizontal(classes="choices"):
            yield self._allow
            yield self._deny
            yield from self._wider.values()

    def follow(self, request: ApprovalRequested | None) -> bool:
        """Show ``request``; True when the card has just gone while it had the focus."""
        if request == self._request:
            return False
        had_focus = self.has_focus
        self._request = request
        self.display = request is not None
        if request is None:
            return had_focus
        self._armed_at = self._clock() + GRACE_S
        self._what.show(*_what(request))
        self._offer(request)
        tools = [step.tool for step in request.steps]
        count = f" · {tools[0]}" if len(tools) == 1 else f" · {len(tools)} steps"
        self.border_title = _border(f"needs your OK{count}")
        self._subtitle(self.has_focus)
        return False

    def hold(self) -> None:
        """Ignore answers for a moment, as after the window came back to the front."""
        self._armed_at = max(self._armed_at, self._clock() + GRACE_S)

    def _offer(self, request: ApprovalRequested) -> None:
        """The choices beyond once and no, as short as the smallest screen needs them."""
        words = dict(wider_choices(request))
        for scope, choice in self._wider.items():
            choice.display = scope in words
            choice.show(
                (f"[{LETTERS[scope]}]", "bold $success"), f" {words.get(scope, '').removeprefix('this ')}"
            )
        self._allow.show(("[a]", "bold $success"), " once" if words else " allow once")
        self.set_class(bool(words), "-wider")

    def action_allow(self) -> None:
        self._decide(True)

    def action_allow_for(self, scope: ApprovalScope) -> None:
        if self._wider[scope].display:
            self._decide(True, scope)

    def action_deny(self) -> None:
        self._decide(False)

    def action_scroll(self, lines: int) -> None:
        # At once: later, every key pressed before the next refresh would count from the same place.
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False, immediate=True)

    def on_key(self, event: events.Key) -> None:
        self._answered_at = self._clock() - (time.monotonic() - event.time)

    def on_choice_clicked(self, event: Choice.Clicked) -> None:
        """The click that brings the focus does not answer as well."""
        event.stop()
        self._answered_at = self._clock()
        if self._clock() >= self._focused_at + GRACE_S:
            self._decide(event.choice is not self._deny, self._scopes.get(event.choice, "once"))

    def on_focus(self) -> None:
        self._focused_at = self._clock()
        self._subtitle(True)

    def on_blur(self) -> None:
        self._subtitle(False)

    def _decide(self, allow: bool, scope: ApprovalScope = "once") -> None:
        if self._request is None or not self.has_focus:
            return
        if self._answered_at >= self._armed_at:
            self.post_message(self.Decided(self._request, allow, scope))

    def _subtitle(self, focused: bool) -> None:
        inert = "tab to answer · you are still typing below"
        text = "a letter answers · ↑↓ scroll · esc back to typing" if focused else inert
        self.border_subtitle = _border(text)


def _border(text: str) -> str:
    """Border titles read markup; a bracket in them is only a bracket."""
    return one_line(text).replace("[", "\\[")


def _what(request: ApprovalRequested) -> list[Part]:
    """Cautions first, then where it goes and what it does: they must be seen however long the rest is."""
    parts: list[Part] = [(f"! {caution}\n", "bold $error") for caution in cautions(request)]
    for step in request.steps:
        parts += [(step.tool, "bold"), (f"  {what_it_does(step.tool, step.effect)}\n", "$warning")]
        sinks = {sink.argument: sink.origin for sink in request.sinks if sink.step == step.id}
        named = [name for name in step.args if name in sinks]
        others = [name for name in step.args if name not in sinks]
        parts += [part for name in named for part in _argument(name, step.args[name], sinks[name])]
        if not step.preview:
            parts += [part for name in others for part in _argument(name, step.args[name])]
        if step.when is not None:
            parts += [
                (f"  {CONDITION}  ", "$muted"),
                (one_line(show_value(step.when), 400), "bold" if CONDITION in sinks else ""),
            ]
            parts.append((f"  ← {reveal(sinks[CONDITION])}\n" if CONDITION in sinks else "\n", "$secondary"))
        parts += [(f"  {line}\n", _DIFF_STYLES.get(line[:1], "$muted")) for line in preview_lines(step)]
        if step.preview:  # what comes of them is what matters, and has to be seen without scrolling
            parts += [part for name in others for part in _argument(name, step.args[name])]
    if rules := lasting_rules(request):
        parts.append((f"for longer: {', '.join(map(reveal, rules))}\n", "$muted"))
    if why := why_asked(request):
        parts.append((f"why: {one_line(why, 300)}", "$muted"))
    return trimmed(parts)


def _argument(name: str, value: object, origin: str = "") -> list[Part]:
    """One line for an argument, or several; one that decides where something goes with its ``origin``."""
    body = show_value(value).replace("\n", "\n    ")
    return [
        (f"  {reveal(name)}  ", "$muted"),
        (f"\n    {body}" if "\n" in body else body, "bold" if origin else ""),
        (f"  ← {reveal(origin)}\n" if origin else "\n", "$secondary"),
    ]
