"""What is said where nothing here can do what was asked: that, and in one line what can be done instead.

For what people ask assistants for and no tool of Homewit does, the nearest that some do is known. English
only. Pure.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from ..model import ToolView
from ..permission.spans import content_words

NO_TOOL = "I have no tool that can do this."
_OFTEN_MEANT = (
    ("calculate", "calculate and convert"),
    ("add_note", "keep notes, tasks and reminders"),
    ("list_events", "keep your calendar and contacts"),
    ("add_expense", "add up expenses"),
    ("read_file", "work with files"),
    ("read_mail", "read and write mail"),
    ("web_search", "search the web"),
)


_CANNOT_READ = (
    "I can keep this text, as a note or a file, but not read it. A larger model can: "
    "`homewit model list` shows which there are."
)


@dataclass(frozen=True, slots=True)
class _Instead:
    """What requests begin with, and what can be offered where these tools are there."""

    asked: re.Pattern[str]
    tools: frozenset[str]
    offer: str


def _instead(words: str, tools: str, offer: str) -> _Instead:
    begins = rf"\W*(?:(?:please|pls|can you|could you|hey|ok)\W+)*(?:{words})\b"
    return _Instead(re.compile(begins, re.IGNORECASE), frozenset(tools.split()), offer)


_INSTEAD = (
    _instead(
        r"(?:(?:whats?|hows?|will|is|do|does)\b.*)?\b(?:weather|forecast|rain|raining|snow|snowing|sunny)",
        "web_search",
        "I can search the web for it: “weather in Berlin tomorrow”.",
    ),
    _instead(
        "call|phone|ring|text|sms|message|whatsapp|tell (?!me)",
        "send_mail set_reminder",
        "I can write a mail, or remind you to do it.",
    ),
    _instead(
        "order|buy|book|reserve|pay|rent|get me|find me",
        "web_search add_task",
        "I can search the web for it, or put it on your tasks.",
    ),
    _instead(
        "play|pause|turn|switch|dim|lock|unlock|start|stop|close|put on|set the",
        "set_reminder",
        "I can remind you to do it.",
    ),
    _instead(
        "translate|draw|paint|write|compose|sing|tell me a|summari[sz]e|explain|rewrite|correct|proofread",
        "",
        "A larger model can write: `homewit model list` shows which there are.",
    ),
)


def cannot(request: str, offered: Collection[ToolView], names: Collection[str], text: bool = False) -> str:
    """The line for a request; ``offered`` are the tools that it may have meant, ``names`` those of all.

    ``text``: whether it is about a text that was given along.
    """
    if text:
        return _CANNOT_READ
    if nearest := _nearest(request, offered):
        return f"{NO_TOOL} The nearest that I have is {nearest.name}: {nearest.description.rstrip('.')}."
    for one in _INSTEAD:
        if one.asked.match(request) and one.tools <= set(names):
            return f"{NO_TOOL} {one.offer}"
    if usual := _usual(names):
        return f"{NO_TOOL} I can {usual}."
    some = ", ".join(list(names)[:5])
    return f"{NO_TOOL} {f'What I have are tools such as {some}.' if some else 'There are no tools at all.'}"


def abilities(names: Collection[str]) -> str:
    """What can be done with these tools, and where they are listed."""
    usual = f"I can {_usual(names)}. “Remember that …” keeps a fact about you. " if _usual(names) else ""
    return (
        f"{usual}Say it in a sentence, such as “remind me at 6 to water the plants”. "
        f"`homewit tools list` lists all {len(names)} tools, in a chat `/tools` does; `/help` lists commands."
    )


def _usual(names: Collection[str]) -> str:
    """What people often ask for and these tools do; empty for tools of another kind."""
    known = [words for name, words in _OFTEN_MEANT if name in names]
    return f"{', '.join(known[:-1])}, and {known[-1]}" if len(known) > 2 else ""


def _nearest(request: str, tools: Collection[ToolView]) -> ToolView | None:
    """The tool with most words of the request, among them one of its name."""
    asked = content_words(request)
    named = [tool for tool in tools if asked & content_words(tool.name.replace("_", " "))]
    return max(named, key=lambda tool: len(asked & content_words(tool.description)), default=None)
