"""Which foreign tools the bundled checkpoint is shown, and what it may say of them.

It knows the built-in tools by heart and a few others once they are listed; more than that confuses it. Pure.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...tools.declaration.phrase import parts_of
from ..model import ToolView
from ..permission.spans import content_words
from ..planning.own_names import ADDED
from ..planning.tool_index import OWN

LISTED_AT_MOST = 4
# Words that requests and descriptions share without having anything to do with each other.
_COMMON = frozenset(
    "all any be by can do doe find from get give have it make me my new one please show tell that thi use "
    "user want will with you your".split()
)


_ALWAYS_SAID = frozenset({"sync", "import", "export"})
"""What nobody wants who does not say so, as tools' names begin."""


def listed(request: str, views: Sequence[ToolView], native: Collection[str]) -> list[ToolView]:
    """Foreign tools that share words with the request, most words first.

    The others are not shown: the model would rather take a tool that does not fit than none. Those that can
    be reached without the list, by phrases of their own or by the name of their source, have to be nearer
    than all that it knows by heart: "convert 5 miles to km" is not about money. Those of others need a word
    that no tool of Homewit's has, or two of their name: "time" alone is not about tea.
    """
    shared = _shared(request, views)
    known = max((shared[view.name] for view in views if view.name in native), default=0)
    foreign = [view for view in views if view.name not in native]
    near = [view for view in foreign if shared[view.name] > (known if _has_other_ways(view) else 0)]
    near = [view for view in near if is_of_others(view) or _speaks_of(request, view)]
    if any(is_of_others(view) for view in near):
        asked = content_words(request) - _COMMON
        usual = frozenset[str]().union(*(words_of(view) for view in views if not is_of_others(view)))
        near = [view for view in near if not is_of_others(view) or _is_meant(view, asked, usual)]
    near.sort(key=lambda view: -shared[view.name])
    return near[:LISTED_AT_MOST]


def is_of_others(view: ToolView) -> bool:
    """Whether a tool came along with a plugin, a server or a program."""
    return view.source not in ("", OWN)


def _speaks_of(request: str, view: ToolView) -> bool:
    """Whether a request has a word of a tool's name or of its sentences, where it has any: "book me a table"
    has one that is said of contacts, and is not about them.
    """
    if not view.phrases:
        return True
    asked = content_words(request) - _COMMON
    if view.name.partition("_")[0] in _ALWAYS_SAID and not asked & _opening_words(tuple(view.phrases)):
        return False
    return bool(asked & _words_in_phrases(view.name, tuple(view.phrases)))


@lru_cache(maxsize=64)
def _opening_words(phrases: tuple[str, ...]) -> frozenset[str]:
    """The words that sentences begin with, of each wording the first."""
    openings = (re.match(r"\(([^()]*)\)|([\w-]+)", phrase) for phrase in phrases)
    wordings = (found[1] or found[2] for found in openings if found)
    return frozenset(content_words(" ".join(one.split()[0] for said in wordings for one in said.split("|"))))


@lru_cache(maxsize=512)
def _words_in_phrases(name: str, phrases: tuple[str, ...]) -> frozenset[str]:
    said = " ".join(part for phrase in phrases for part in parts_of(phrase) if isinstance(part, str))
    return frozenset(content_words(f"{name.replace('_', ' ')} {said}"))


def _is_meant(view: ToolView, asked: Collection[str], usual: Collection[str]) -> bool:
    name = content_words(view.name.replace("_", " "))
    return bool((words_of(view) - set(usual)).intersection(asked)) or len(name.intersection(asked)) > 1


def _has_other_ways(view: ToolView) -> bool:
    return bool(view.phrases) or view.source.startswith(ADDED)


def nearest(request: str, views: Sequence[ToolView]) -> list[ToolView]:
    """Of the tools for one call, those whose names have the most words of the request, when these are two or
    more; else those that share at least half as many words as the one that shares most.
    """
    asked, shared = content_words(request), _shared(request, views)
    in_name = {view.name: len(asked & content_words(view.name.replace("_", " "))) for view in views}
    most_in_name, most = max(in_name.values(), default=0), max(shared.values(), default=0)
    if most_in_name >= 2:
        return [view for view in views if in_name[view.name] == most_in_name]
    return [view for view in views if 2 * shared[view.name] >= most]


def without_unsaid(args: Mapping[str, Any], view: ToolView, request: str) -> dict[str, Any]:
    """Arguments without switches that may be left out and that no word of the request is about."""
    asked, required = content_words(request), view.parameters.get("required", ())
    properties: Mapping[str, Mapping[str, Any]] = view.parameters.get("properties", {})

    def is_said(name: str) -> bool:
        schema = properties.get(name, {})
        if name in required or schema.get("type") != "boolean":
            return True
        return bool(asked & content_words(f"{name.replace('_', ' ')} {schema.get('description', '')}"))

    return {name: value for name, value in args.items() if is_said(name)}


def _shared(request: str, views: Sequence[ToolView]) -> dict[str, int]:
    asked = {word for word in content_words(request) - _COMMON if not word.isdigit()}
    return {view.name: len(asked & words_of(view)) for view in views}


def words_of(view: ToolView) -> frozenset[str]:
    """What a tool says of itself."""
    arguments = " ".join(view.parameters.get("properties", {}))
    return frozenset(content_words(f"{view.name.replace('_', ' ')} {view.description} {arguments}"))
