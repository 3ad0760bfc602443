"""How a request speaks of the text that stands beside it: "this recipe", "the following", "these" of a list.

And what a request about a list says of each of its lines. Pure; English only.
"""

import re

from .clauses import clauses

_BULLET = re.compile(r"\A\s*(?:[-*•–]|\d{1,3}[.)]|\[[ xX]?\])\s+")
_READS = re.compile(
    r"(?:analy[sz]e|answer|check|classify|clean|comment|compare|correct|count|draft|edit|explain|extract|fix|"
    r"format|give|improve|list|make\s+(?:it|this|a\s+summary)|paraphrase|pick|polish|proofread|reply|respond|review|"
    r"rewrite|say|shorten|show|simplify|sort|sum|summari[sz]e|tell|translate|turn|use|write|"
    r"what|whats|who|whos|whose|when|where|which|why|how|is|are|am|was|were|do|does|did|has|have|can|could|"
    r"should|would|will|any|anything|add\b.*\b(?:up|together))\b",
    re.IGNORECASE,
)
"""What is asked of a text by somebody who wants it read."""
_KEEPS = re.compile(
    r"(?:add|create|enter|keep|log|make|note|put|record|save|set|start|store|write)\b", re.IGNORECASE
)
_NO_THING = r"(?!(?:to|in|into|on|onto|as|from|for|at|under|down|by|with|and|is|was|are)\b)[a-z]+"
_PLACEHOLDER = re.compile(
    rf"\b(?:(?:all\s+(?:of\s+)?)?(?:these|those)|them(?:\s+all)?|this|it|(?:all\s+)?the\s+following)"
    rf"(?:\s+(?P<thing>{_NO_THING}s))?(?=\s|$)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    rf"\b(?:(?:this|that|the\s+following)\b(?:\s+{_NO_THING})?|(?:these|those)\b(?:\s+(?:lines|words|points|notes))?|"
    r"the\s+\w+(?=\s+(?:below|above)))(?:\s+(?:below|above))?",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\b(?:these|those|them|following)\b", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:(?:all\s+(?:of\s+)?)?(?:this|that|these|those|it|them)|(?:this|that|the|the\s+following|these|those)\s+"
    r"(?:text|notes?|e?mails?|messages?|lists?|letter|article|page|document|recipe|lines?|following)|following)",
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"\W*(?:(?:oh|ok|okay|sorry|please)\W+)*(?:no|nope|nothing|none|never\s?mind|(?:forget|leave|skip|ignore|drop)"
    r"(?:\s+(?:it|that|this))?|cancel|stop|don['’]?t|do\s+nothing)(?:\W+(?:thanks?|thank\s+you|alone|please))*\W*",
    re.IGNORECASE,
)
_LONGEST_ITEM = 15
"""Words of a line of a list."""


def without_mark(line: str) -> str:
    """A line of a list without its number or mark."""
    return _BULLET.sub("", line)


def is_marked(text: str) -> bool:
    """Whether it is a list whose lines are all numbered or marked."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and all(map(_BULLET.match, lines))


def without_marks(request: str) -> str:
    """A request whose lines are all numbered or marked, without the marks."""
    return "\n".join(map(without_mark, request.splitlines())) if is_marked(request) else request


def needs_reading(asked: str) -> bool:
    """Whether only one who understands the text can do what is asked: "summarise this", "who wrote it?"."""
    found = clauses(asked)
    return bool(found) and _READS.match(found[0].text) is not None


def is_about_several(asked: str) -> bool:
    """Whether a request is about each of several things: "add these to my tasks"."""
    return _SEVERAL.search(asked) is not None and not needs_reading(asked)


def points(asked: str) -> bool:
    """Whether a request speaks of the text at all."""
    return _PLACEHOLDER.search(asked) is not None


def declines(reply: str) -> bool:
    """Whether somebody who was asked what to do with a text wants nothing done."""
    return _DECLINES.fullmatch(reply) is not None


def with_this(asked: str) -> str:
    """The request with "this" for whatever it calls the text: "save the following recipe as a note"."""
    return _CALLED.sub("this", asked)


def is_placeholder(value: object) -> bool:
    """Whether a value only points at a text, as "this" and "the following list" do."""
    return isinstance(value, str) and _NAMED.fullmatch(value.strip(" \t\"'“”‘’.,:")) is not None


def items(text: str) -> list[str]:
    """The lines of a list without their marks; none where the text is no list."""
    found = [without_mark(line).strip() for line in text.splitlines() if line.strip()]
    return found if len(found) > 1 and all(len(line.split()) <= _LONGEST_ITEM for line in found) else []


def about_one(asked: str, item: str) -> list[str]:
    """What a request about a list says of one of its items, in the ways that it may be said; "add these to my
    tasks" of "milk".
    """
    if (place := _PLACEHOLDER.search(asked)) is None:
        verb, _, rest = asked.partition(" ")
        return [f"{asked}: {item}", f"{verb} {item} {rest}"]
    before, behind = asked[: place.start()], asked[place.end() :]
    ways = [f"{before}{item}{behind}", f'{before}"{item}"{behind}']
    if place["thing"]:
        thing = place["thing"].removesuffix("s")
        named = f"a {thing}: {item}" if _KEEPS.match(asked) else f"the {thing} {item}"
        ways.insert(0, f"{before}{named}{behind}")
    return ways
