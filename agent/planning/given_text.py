"""Tells what is asked from the text that it is about, where one is pasted or piped: "save this as a note: …".

The text is data. A model that reads one short request at a time would take its sentences for requests, and
act on what others wrote. Told apart are only texts that are long or have lines, by where the request stands:
before a colon, in the first or last paragraph, or at either end of a long one. Pure; English only.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ..model import ToolView
from ..schedules.recognising import asks_to_be_reminded
from .clauses import clauses, opens
from .named_text import is_marked, needs_reading, without_mark
from .phrases import Said, said
from .pleasantries import without_greeting
from .spelling import spelled

_MOST_ASKED, _LONGEST = 30, 400
"""Words and letters of a request that a text may stand beside."""
_SHORT = 8
"""Words of a text that may stand on the line of the request."""
_LONG = 60
"""Words of a paragraph that nobody types as a request."""
_LINES = 3
_POINTS = re.compile(r"\b(?:this|that|these|those|them|it|following|below)\b", re.IGNORECASE)
_ALL_OF_IT = re.compile(
    r"(?:(?:do|carry\s+out|handle|work\s+through|go\s+through)\b|(?:please\s+)?(?:remember|forget)\b)",
    re.IGNORECASE,
)
"""What is asked of a text that is nothing but requests, or things to remember."""
_GAP = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*")
_A_NOTE = re.compile(
    r"(?:(?:make|take|add|save|keep|create|write)\s+)?(?:a\s+)?(?:new\s+)?note(?:\s+down)?|(?:jot|write)\s+down",
    re.IGNORECASE,
)
_TO_DO = re.compile(r"(?:my\s+|new\s+)*(?:to-?\s?dos?|tasks?)(?:\s+list)?", re.IGNORECASE)
"""A heading that says what becomes of the list below it; another one says nothing of that."""
_LOOKED_AT = 40
"""Lines or sentences of a text that are looked at, to see whether they are requests."""

IsRequest = Callable[[str], bool]
"""Whether words are, for certain, something that a tool does."""


@dataclass(frozen=True, slots=True)
class Apart:
    """``asked`` is empty where nothing says what is to be done with the text."""

    asked: str
    text: str


def told_apart(whole: str, tools: Collection[ToolView]) -> Apart | None:
    """The request and the text that it is about; None where all of it may be asked."""
    whole = whole.strip("\n").rstrip()

    def is_request(words: str) -> bool:
        if len(words) > _LONGEST:
            return False
        call = meant(words, tools)
        return asks_to_be_reminded(words) or (call is not None and not _is_heading(words, call, tools))

    ways = (_before_colon, _beside, _below_question, _alone)
    return next((found for way in ways if (found := way(whole, is_request)) is not None), None)


def meant(words: str, tools: Collection[ToolView]) -> Said | None:
    """The call that words beside a text are a foreseen sentence for."""
    return said(without_greeting(spelled(words).text), tools, behind=True)


def _is_heading(words: str, call: Said, tools: Collection[ToolView]) -> bool:
    """Whether words without a verb only name what a tool would show: above a text, they name what it is."""
    shows = not any(tool.changes for tool in tools if tool.name == call.tool)
    return shows and not opens(words) and not words.endswith("?") and not call.takes_text


def _before_colon(whole: str, is_request: IsRequest) -> Apart | None:
    line, _, below = whole.partition("\n")
    asked, colon, behind = line.partition(":")
    text = whole[len(asked) + 1 :].lstrip(" \t") if behind.strip() else below.strip("\n")
    if not (colon and text):
        return None
    if not (_A_NOTE.fullmatch(asked) or _may_ask(asked, is_request)):
        if behind.strip() or not is_marked(text):
            return None
        return Apart("add these to my tasks", text) if _TO_DO.fullmatch(asked) else Apart("", whole)
    lines = [without_mark(line) for line in text.splitlines() if line.strip()][:_LOOKED_AT]
    if _ALL_OF_IT.match(asked) or (not is_request(asked) and all(map(is_request, lines))):
        return None  # each line is a request of its own
    in_line = _POINTS.search(asked) and (len(lines) > 1 or len(text.split()) >= _SHORT)
    if behind.strip() and not in_line:
        several = _A_NOTE.fullmatch(asked) and len(lines) > 1
        if not several or any(map(is_request, lines[1:])):
            return None
    return Apart(asked.strip(), text)


def _beside(whole: str, is_request: IsRequest) -> Apart | None:
    """A request in a paragraph of its own, above or below the text."""
    gaps = list(_GAP.finditer(whole))
    if not gaps or all(_may_ask(one, is_request) for one in _GAP.split(whole)):
        return None
    above = Apart(whole[: gaps[0].start()].rstrip(" \t:"), whole[gaps[0].end() :])
    below = Apart(whole[gaps[-1].end() :].strip(), whole[: gaps[-1].start()].rstrip())
    kept = [way for way in (above, below) if _is_long(way.text) and _may_ask(way.asked, is_request)]
    return next((way for way in kept if is_request(way.asked)), kept[0] if kept else None)


def _below_question(whole: str, is_request: IsRequest) -> Apart | None:
    question, _, text = whole.partition("\n")
    if not question.rstrip().endswith("?") or not _may_ask(question, is_request) or not _is_long(text):
        return None
    if any(_may_ask(line, is_request) for line in text.splitlines()[:_LOOKED_AT]):
        return None  # another question, or the next thing to do
    return Apart(question.strip(), text)


def _alone(whole: str, is_request: IsRequest) -> Apart | None:
    """A text that is too long to be asked, with a sentence at either end that is a request for certain."""
    several = len(whole.splitlines()) > _LINES
    if len(whole.split()) <= (_MOST_ASKED if several else _LONG):
        return None
    sentences = [one for one in _SENTENCE.split(whole) if one]
    looked_at = sentences[:_LOOKED_AT]
    if 2 * sum(_may_ask(one, is_request) for one in looked_at) > len(looked_at):
        return None  # a list of things to do
    for one in (sentences[0], sentences[-1]):
        if is_request(one):
            return Apart(one, whole.removeprefix(one).removesuffix(one).strip())
    return Apart("", whole)


def _is_long(text: str) -> bool:
    return len(text.split()) > _MOST_ASKED or len(text.splitlines()) >= _LINES


def _may_ask(words: str, is_request: IsRequest) -> bool:
    """Whether a line may be a request, by its length and by how it begins."""
    if len(words) > _LONGEST or "\n" in words.strip() or len(words.split()) > _MOST_ASKED:
        return False
    found = clauses(words)
    return bool(found) and (found[0].opens or needs_reading(words) or is_request(words))
