"""Sentences that name a foreign tool, or the source it comes from, such as "read notes.txt with filesystem".

For a model that would rather take a tool that it knows by heart. Whoever names an added source wants one of
its tools; whoever begins with a tool's name and goes on with its one argument wants that tool. Pure.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ..model import ToolView
from ..permission.spans import content_words
from .phrases import Said, said

ADDED = ("mcp:", "openapi:")
"""How `ToolView.source` begins for servers and services that the user has added."""
_WHAT_IT_IS = r"(?:\s+(?:mcp\s+)?(?:server|tools?))?"
_ASKING = "[show|get|give|tell|print|run|call|use|list|fetch|make|do|what is] [me] [the|a|an]"
_BEFORE = "[of|for|in|on|at|from|to|about|called|named] [the] [file|folder|directory|repository|text|message]"
_TELLS_NOTHING = frozenset(
    "a an and are be can could do does get give he hello help hey hi how i is it me my please say show tell "
    "that the this what when where which who why will would you your".split()
)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A request to one source.

    Attributes:
        source: as `ToolView.source` has it.
        request: what is left without the name.
    """

    source: str
    request: str


def addressed(request: str, views: Collection[ToolView]) -> Addressed | None:
    """The source that a request names as what to do it with, when the rest has a word of a tool's name in it.

    None when it names none, or when it could be several.
    """
    found = [
        Addressed(source, match["request"])
        for source in dict.fromkeys(view.source for view in views)
        if source.startswith(ADDED)
        for form in _forms(source.partition(":")[2])
        if (match := form.fullmatch(request.strip()))
    ]
    if len(found) != 1:
        return None
    own = [view for view in views if view.source == found[0].source]
    known = frozenset[str]().union(*(content_words(_own_name(view)) for view in own))
    return found[0] if known & content_words(found[0].request) else None


def _forms(name: str) -> tuple[re.Pattern[str], ...]:
    words = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", name)))
    it = rf"(?:the\s+)?{words}{_WHAT_IT_IS}"
    forms = (
        rf"(?P<request>.+?),?\s+(?:with|using|via|through)\s+{it}\s*[.!?]*",
        rf"(?:with|using|via|through)\s+{it},?\s+(?P<request>.+)",
        rf"(?:please\s+)?(?:ask|let|have)\s+{it}\s+(?:to\s+)?(?P<request>.+)",
        rf"{words}:\s+(?P<request>.+)",
    )
    return tuple(re.compile(form, re.IGNORECASE | re.DOTALL) for form in forms)


def named(request: str, views: Iterable[ToolView], taken: Collection[str] = ()) -> Said | None:
    """The call of a foreign tool that a request says by the tool's name and the one argument that it needs,
    or the two numbers.

    Args:
        taken: words that other tools say of themselves. A name that has one of these means the foreign tool
            only with the name of its source before it.
    """
    added = [view for view in views if view.source.startswith(ADDED)]
    return said(request, [replace(view, phrases=_phrases(view, taken)) for view in added]) if added else None


def _phrases(view: ToolView, taken: Collection[str]) -> tuple[str, ...]:
    """The sentences, as a tool's author would write them."""
    own, source = _own_name(view), _words(view.source.partition(":")[2])
    if set(own.split()) <= _TELLS_NOTHING:
        return ()
    before = f"{source} " if content_words(own).intersection(taken) else f"[{source}] "
    name = f"{_ASKING} {before}" + " [the|a|an] ".join(own.removeprefix("get ").split())
    properties, needed = view.parameters.get("properties", {}), list(view.parameters.get("required", ()))
    numbers = all(properties.get(one, {}).get("type") in ("number", "integer") for one in needed)
    match needed:
        case []:
            return (name,)
        case [one]:
            return (f"{name} {_BEFORE} {{{one}}}",)
        case [one, other] if numbers:
            return (f"{name} [of|for] {{{one}}} (and|to) {{{other}}}",)
    return ()


def _own_name(view: ToolView) -> str:
    """A tool's name in words, without that of its source."""
    source = _words(view.source.partition(":")[2])
    return _words(view.name).removeprefix(f"{source} ")


def _words(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()
