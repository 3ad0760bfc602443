"""Tells a model's thinking aloud from its answer, and ends the thinking when its budget is used up.

Chat templates of thinking models put the thoughts between two markers. What is between them is free of any
grammar; the answer begins behind them. Works on text, because a marker may be one control token or several
ordinary ones. It knows neither models nor sampling.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..tokenizer import Tokenizer
from .stops import StopMatcher

MARKERS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("◁think▷", "◁/think▷"),
)
MANY = 1 << 20
_LINE_ENDS = r"((?:\\n|\n)*)"  # as a literal of the template, or as its plain text

Phase = Literal["undecided", "thinking", "answer"]


@dataclass(frozen=True, slots=True)
class ThinkingMarkers:
    """What begins and ends the thoughts, and the line ends that the template puts around the end."""

    opening: str
    closing: str
    before_closing: str = ""
    after_closing: str = ""


def find_markers(template: str) -> ThinkingMarkers | None:
    """The markers that a chat template writes; None when the model does not think aloud."""
    for opening, closing in MARKERS:
        if opening in template and closing in template:
            before, after = zip(*_around(template, opening, closing), strict=True)
            return ThinkingMarkers(opening, closing, max(before), max(after))
    return None


def _around(template: str, opening: str, closing: str) -> Iterator[tuple[str, str]]:
    """The line ends before and behind each end of thoughts that a template writes."""
    for found in re.finditer(_LINE_ENDS + re.escape(closing) + _LINE_ENDS, template):
        before, after = (ends.replace("\\n", "\n") for ends in found.groups())
        # Of the line ends between the markers of empty thoughts the first belongs to the opening.
        empty = template.endswith(opening, 0, found.start())
        yield before[1:] if empty else before, after


def phase_after(prompt: str, markers: ThinkingMarkers) -> Phase:
    """Where an answer starts that continues `prompt`, which ends in text written by the template."""
    end = prompt.rstrip()
    if end.endswith(markers.opening):
        return "thinking"
    return "answer" if end.endswith(markers.closing) else "undecided"


class Thinking:
    """Follows one output. Push every token; read `phase` and `dictated` before choosing the next."""

    def __init__(
        self,
        markers: ThinkingMarkers,
        phase: Phase,
        tokenizer: Tokenizer,
        budget: int | None = None,
        constrained: bool = False,
    ) -> None:
        """With `constrained`, a grammar holds for the answer and nothing else may stand before it."""
        self.phase = phase
        self._markers = markers
        self._budget = budget
        self._constrained = constrained
        self._tokenizer = tokenizer
        self._opening = tokenizer.encode(markers.opening, specials=True)
        closing = tokenizer.encode(markers.closing, specials=True)
        # A marker that is one control token may have no text in the stream, so its text comes from here.
        self._spelled = {
            ids[0]: text
            for ids, text in ((self._opening, markers.opening), (closing, markers.closing))
            if len(ids) == 1
        }
        self._held = ""
        self._end = StopMatcher((markers.closing,))
        self._used = 0
        self._dictated: list[int] = []
        self._closed = False
        self._line_ends = 0  # how many may still be dropped at the beginning of the answer
        self._close_if_used_up()

    @property
    def opening(self) -> int | None:
        """The token that would begin the thoughts, where they may begin now beside a grammar's tokens."""
        allowed = self.phase == "undecided" and self._budget != 0 and not self._held
        return self._opening[0] if allowed and self._constrained else None

    @property
    def left(self) -> int | None:
        """Tokens that may still be thought; None is no limit."""
        return None if self._budget is None else max(self._budget - self._used, 0)

    def dictated(self) -> list[int]:
        """Tokens that have to come now, whatever the model would say."""
        tokens, self._dictated = self._dictated, []
        return tokens

    def decline(self) -> None:
        """There will be no thoughts: what comes next belongs to the answer."""
        self.phase = "answer"

    def push(self, token: int, text: str) -> tuple[str, str]:
        """The thoughts and the answer that the next token, with its `text`, shows."""
        text = self._spelled.get(token, text)
        if self.phase == "thinking":
            self._used += 1
        elif self.phase == "undecided":
            text = self._decide(token, text)
        thoughts = ""
        if self.phase == "thinking":
            thoughts, text = self._think(text)
        return thoughts, self._without_line_ends(text) if self.phase == "answer" else ""

    def finish(self, text: str) -> tuple[str, str]:
        """What was held back, and the `text` behind it, when the output has ended."""
        if self.phase == "thinking":
            return self._end.push(text) + self._end.finish(), ""
        held, self._held = self._held, ""
        return "", self._without_line_ends(held + text)

    def _decide(self, token: int, text: str) -> str:
        """Text that is not held back; sets the phase once it is clear."""
        opening = self._markers.opening
        if self._constrained and not self._held and token != self._opening[0]:
            self.phase = "answer"
            return text
        if self._constrained and not self._held:
            self._dictated = self._opening[1:]
        held, self._held = self._held + text, ""
        begun = held.lstrip()
        if begun.startswith(opening):
            self.phase = "thinking"
            return begun.removeprefix(opening)
        if opening.startswith(begun):
            self._held = held
            return ""
        self.phase = "answer"
        return held

    def _think(self, text: str) -> tuple[str, str]:
        thoughts = self._end.push(text)
        if not self._end.stopped:
            self._close_if_used_up()
            return thoughts, ""
        self.phase = "answer"
        behind = self._end.rest
        if not self._constrained:
            self._line_ends = MANY
            return thoughts, behind
        after = self._markers.after_closing
        if not after.startswith(behind):
            return thoughts, ""  # what shares a token with the marker stands before the grammar's text
        if not self._closed:
            self._dictated = self._tokenizer.encode(after.removeprefix(behind))
        self._line_ends = len(after)
        return thoughts, behind

    def _close_if_used_up(self) -> None:
        if self.phase == "thinking" and not self._closed and self.left == 0:
            marks = self._markers
            self._closed = True
            ending = marks.before_closing + marks.closing + (marks.after_closing if self._constrained else "")
            self._dictated = self._tokenizer.encode(ending, specials=True)

    def _without_line_ends(self, text: str) -> str:
        """Without those that the template puts between thoughts and answer."""
        bare = text.lstrip("\n")
        dropped = min(len(text) - len(bare), self._line_ends)
        self._line_ends = self._line_ends - dropped if dropped == len(text) else 0
        return text[dropped:]


def ends_as(prompt: Sequence[tuple[str, bool]], markers: ThinkingMarkers) -> Phase:
    """`phase_after` for rendered parts, of which only what the template wrote itself can open thoughts."""
    end = ""
    for text, trusted in reversed(prompt):
        if not trusted:
            break
        end = text + end
    return phase_after(end, markers)
