"""Reads requests that are, word for word, a sentence that a tool's author foresaw, such as "delete {path}".

For models too small to fill every tool that they are shown. Such a sentence, from its first word to its last,
means that call and no other. Where several fit, the one that spells out all that the others do and more is
meant ("cancel the reminder about {reminder}", not "cancel {event}"); what could mean two calls then, or goes
on behind the sentence, is left to the model. Pure; knows nothing of models.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...tools.declaration.phrase import slots_of
from ..model import ToolView
from .sentences import MISSING, Back, Fit, FromCall, Missing, fit

__all__ = ["MISSING", "Back", "FromCall", "Missing", "Said", "claimed", "said"]

_DEFINITE = re.compile(r"(?:the|this|that|these|those|it|all)\b", re.IGNORECASE)
_POLITE = re.compile(
    r"\s*(?:(?:hey|hi|hello|ok|okay|so|actually|oh)[,!]?\s+)?"
    r"(?:please\s+|(?:can|could|would|will)\s+you\s+(?:please\s+)?|can\s+i\s+(?=see\b)|"
    r"i(?:\s+want|\s+need|['’]d\s+like|\s+would\s+like)\s+(?:you\s+)?to\s+)?(?:tell\s+me\s+(?=wh|how))?"
    r"(?P<core>.*?)"
    r"(?:\s+for\s+me)?"
    r"(?:(?<!\bsaying)(?<!\bsay)(?<!\bthat)(?<!\bwith)(?<!:),?\s+"
    r"(?:please|thanks|thank\s+you|thx))?(?:\s*[!?]+|(?<=[^\s.!?/])[.!?]+)?\s*",
    re.IGNORECASE,
)

_BEGINNINGS = (
    (re.compile(r"(?:get rid of|throw (?:away|out)|scrap|bin)\s+(?=\S)", re.IGNORECASE), "delete "),
    (re.compile(r"call off\s+(?=\S)", re.IGNORECASE), "cancel "),
    (re.compile(r"call\s+(\S.*?)\s+off(?=\s|$)", re.IGNORECASE), r"cancel \1"),
    (re.compile(r"throw\s+(\S.*?)\s+(?:away|out)$", re.IGNORECASE), r"delete \1"),
    (re.compile(r"(?:stick|pop|chuck|bung)\s+(?=\S)", re.IGNORECASE), "put "),
    (
        re.compile(r"(?:pull up|bring up|let me see|can i see|i want to see)\s+(?=\S)", re.IGNORECASE),
        "show me ",
    ),
    (
        re.compile(
            r"(delete|remove|change|edit|update|cancel|move|tag|show me|show|open|read)\s+(?:that|this)\s+"
            r"(?=\w+\s+\S)",
            re.IGNORECASE,
        ),
        r"\1 the ",
    ),
    (
        re.compile(
            r"i\s+(?:don['’]?t|do\s+not|no\s+longer)\s+need\s+(?P<what>.*\S)\s+(?:any\s?more|any\s+longer)\s*$|"
            r"i\s+no\s+longer\s+need\s+(?P<thing>.*\S)",
            re.IGNORECASE,
        ),
        r"delete \g<what>\g<thing>",
    ),
)
"""What people begin with, and the words that phrases have for it."""


@dataclass(frozen=True, slots=True)
class Said:
    """The one call that a request says word for word; `MISSING` is what the user has to be asked for, `Back`
    what the step before has, `FromCall` what another call gives, whose values are those named with its tool.
    """

    tool: str
    args: Mapping[str, Any]
    others: tuple["Said", ...] = ()
    """Other calls that it may be, where what stands before tells which: "delete it"."""

    @property
    def points_back(self) -> bool:
        return any(isinstance(value, Back) for value in self.args.values())

    @property
    def takes_text(self) -> bool:
        """Whether it is about a text that stands elsewhere: what a step before gave, or one beside it."""
        return any(isinstance(value, Back) and value.given for value in self.args.values())


def said(request: str, tools: Iterable[ToolView], behind: bool = False) -> Said | None:
    """The call that a request is the foreseen sentence for; None when it is none, or could be several.

    ``behind``: whether it stands behind another one, so that "it" may mean something.
    """
    fits = _fits(request, tools, behind)
    best = [one for one in fits if not any(_says_more(other, one) for other in fits)]
    found: list[Said] = []
    for tool, one in best:
        if (call := Said(tool, one.args)) not in found:
            found.append(call)
    if len(found) > 1 and all(call.points_back for call in found):
        return replace(found[0], others=tuple(found[1:]))
    return found[0] if len(found) == 1 else None


def claimed(request: str, tools: Iterable[ToolView]) -> list[str]:
    """The names of the tools that foresaw a request."""
    return list(dict.fromkeys(tool for tool, _ in _fits(request, tools)))


def _fits(request: str, tools: Iterable[ToolView], behind: bool = False) -> list[tuple[str, Fit]]:
    polite = _POLITE.fullmatch(request)
    if polite is None or not (core := _as_authors_say(polite["core"])):
        return []
    found = (
        (tool, one)
        for tool in tools
        for phrase in tool.phrases
        if (one := fit(phrase, core, tool.parameters.get("properties", {}), behind)) is not None
    )
    return [(tool.name, one) for tool, one in found if not behind or not _may_be_given(tool, one)]


def _says_more(one: tuple[str, Fit], than: tuple[str, Fit]) -> bool:
    """Whether a sentence spells out what the other does and more; of sentences of one tool also more times:
    mails "from last week" are by nobody of that name, and a "by" that is spelled out is no part of a time.
    """
    (tool, fit), (other_tool, other) = one, than
    if tool != other_tool:
        return other.spelled < fit.spelled
    said, other_said = fit.spelled | fit.times, other.spelled | other.times
    return other_said < said or (other_said == said and other.spelled < fit.spelled)


def _as_authors_say(request: str) -> str:
    """A request with the word that authors write down for what it begins with, and without pointing at things
    that it names: "get rid of that note about milk" is "delete the note about milk".
    """
    for words, usual in _BEGINNINGS:
        if begins := words.match(request):
            request = begins.expand(usual) + request[begins.end() :]
    return request


def _may_be_given(tool: ToolView, one: Fit) -> bool:
    """Whether words may name the result before them as nobody foresaw: "write the same to b.txt"."""
    given = {slot.name for phrase in tool.phrases for slot in slots_of(phrase) if slot.kind == "result"}
    return any(
        name in given and isinstance(value, str) and _DEFINITE.match(value)
        for name, value in one.args.items()
    )
