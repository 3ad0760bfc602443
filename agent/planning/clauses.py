"""Where a request may be cut: at "and", "then", a comma or the end of a sentence, and never inside of quotes.

A cut is possible here, not right: "milk and eggs" are two clauses as far as this file knows. It also tells
what may stand alone by its form, and what is said to the program rather than written down for later. Pure;
English only.
"""

import re
from dataclasses import dataclass

from ...tools.when.readable import split_at_time

_QUOTED = re.compile(r"\"[^\"\n]+\"|(?<!\w)'[^'\n]+'(?!\w)|“[^”\n]+”|‘[^’\n]+’|`[^`\n]+`")
_LINKS = r"(?:and|then|also|plus|afterwards|after\s+that|finally|next|lastly|oh|n(?=\s+then\b)|&)"
_BORDER = re.compile(
    rf"(?P<full>(?<=\w[\w)\]\"'”’%])[.!?]+(?=\s)|\s*;(?=\s)|\s*\n)\s*(?:{_LINKS}\b,?\s+)*"
    rf"|\s*,\s+(?:{_LINKS},?\s+)*|\s+(?:{_LINKS}\s+)+",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"(?:(?:please|pls|plz|thanks|thank you|thx|cheers|hi|hey|hello|ok|okay|so|now|well|great|also|and|then|"
    r"oh|btw|by the way|first(?: of all)?|finally|lastly|while you(?:['’]re|\s+are) at it|"
    r"(?:once|when|after) (?:that|this|it)(?:['’]s|\s+is) done)\b[,!.:]*(?:\s+|$))+",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"(?:can|could|will|would)\s+(?:you|u)\s+(?:please\s+|pls\s+|also\s+|then\s+|just\s+)*|"
    r"i(?:\s+(?:want|need)|['’]d\s+like|\s+would\s+like)\s+you\s+to\s+(?:also\s+)?",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"(?:add|append|arrange|book|bring|calculate|cancel|change|check|clear|close|compose|compute|convert|copy|"
    r"count|create|cross|delete|display|divide|double|download|draft|drop|duplicate|edit|email|enter|erase|exchange|"
    r"execute|export|fetch|figure|find|finish|forget|get|give|go|google|import|jot|keep|let|list|log|look|make|mark|"
    r"move|multiply|note|open|play|postpone|preview|print|push|put|read|record|remember|remind|remove|rename|"
    r"reopen|replace|reschedule|run|save|say|schedule|search|send|set|shift|show|store|submit|substitute|subtract|"
    r"sum|summari[sz]e|swap|sync|synchroni[sz]e|tag|take|tell|tick|translate|trash|turn|uncheck|untick|update|"
    r"work|write|what|whats|which|who|whos|when|where|why|how|is|are|am|do|does|did|have|has|can|could|will|"
    r"would|should|any|anything|"
    r"(?:i\s+(?:just\s+)?)?(?:spent|paid|bought(?=.*(?:\bfor\s+\d|[$€£]|\d\s*[a-z]*\s+for\b))))\b(?!\s+and\b)",
    re.IGNORECASE,
)
_TO_PROGRAM = re.compile(
    r"(?:show|list|display|tell|give|get|read|open)\s+(?:me|my|the|all)\b|remind me\b|remember (?:that|my)\b|"
    r"(?:what|whats|which|how|when|where|who|is|are|am|do|does|did|have)\b|(?:log|spent|convert|calculate)\b|"
    r".*\b(?:to|in|into|on|from)\s+my\s+(?:\w+\s+)?(?:tasks?|todos?|list|notes?|calendar|contacts|agenda|diary)\b",
    re.IGNORECASE,
)
_WRITTEN_DOWN = re.compile(
    r"(?:remind\s+me|note|jot|todo|task|(?:add|make|create)\s+(?:a\s+)?(?:new\s+)?(?:task|todo|to-do|note)|"
    r"(?:set|add|make|create)\s+(?:a\s+|another\s+)?(?:new\s+)?(?:one|reminder)|every\b|each\b)\b|"
    r".*\b(?:saying|that\s+says|with\s+the\s+text)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:note|jot)\s+(?:down\s+)?(?:it|that|this|them|these|those|the\s+(?:result|answer|number|sum))(?:\s+down)?",
    re.IGNORECASE,
)
"""What is written down is said with it, so that nothing can be more of it."""
_THANKS = re.compile(r"(?:,?\s+(?:please|pls|plz|thanks|thank you|thx|too|as well|for me))+$", re.IGNORECASE)
_ENDS = re.compile(r"[;\n]|[.:!?]\s|\b(?:then|also|afterwards)\b", re.IGNORECASE)
_FEW_WORDS = re.compile(
    r"(?!(?:my|the|a|an|our|this|that)\b)(?!.*\b(?:for|in|at|on|to|from|as|into|with|by)\b)"
    r"[^\W\d][\w'’-]*(?: [^\W\d][\w'’-]*){0,2}",
    re.IGNORECASE,
)
_SOMEBODY = r"(?:it|they|that|there|we|he|she|i)"
_EXPLAINS = re.compile(
    rf"(?:(?:its|im|{_SOMEBODY}['’](?:s|re|m|ve)|{_SOMEBODY}\s+(?:is|are|am|was|were|have|has|had|just|no|do|"
    r"don['’]?t|can['’]?t|forgot|lost|need|needed|finished|already))\b|(?:because|cause|cos|since)\b)",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(?:not\s+sure|maybe|perhaps|meant|mean|wait|no(?!\s+longer)|sorry|actually|instead|rather|only|unless|"
    r"except|if|but|changed)\b",
    re.IGNORECASE,
)
MOST = 8
"""A request with more clauses is a text rather than things to do."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a request between two borders; ``full`` is set where a sentence ended before it."""

    text: str
    start: int
    end: int
    full: bool = False

    @property
    def opens(self) -> bool:
        """Whether it begins as what asks for something does."""
        return opens(self.text)

    @property
    def to_program(self) -> bool:
        """Whether it is said to the program: nobody writes "show my tasks" on a list of things to do."""
        return says_to_program(self.text)


def clauses(request: str) -> list[Clause]:
    """The clauses of a request in their order, without words that only link or are polite."""
    quoted = [match.span() for match in _QUOTED.finditer(request)]
    found: list[Clause] = []
    start, full = 0, True
    for border in _BORDER.finditer(request):
        if any(first < border.end() and border.start() < last for first, last in quoted):
            continue
        found += _clause(request, start, border.start(), full)
        start, full = border.end(), border["full"] is not None
    return [*found, *_clause(request, start, len(request), full)]


def opens(text: str) -> bool:
    """Whether words begin as what asks for something does."""
    return _OPENS.match(text) is not None


def says_to_program(text: str) -> bool:
    """Whether words are plainly said to the program and not written down for somebody."""
    return _TO_PROGRAM.match(text) is not None


def is_one_thing(text: str) -> bool:
    """Whether "and" and commas in it join a few plain words, and no requests or moments."""
    found = clauses(text)
    if not found or _ENDS.search(text) or any(split_at_time(f"x {one.text}") for one in found):
        return False
    return all(
        _FEW_WORDS.fullmatch(one.text) and not one.opens and not explains(one.text) for one in found[1:]
    )


def writes_down(text: str) -> bool:
    """Whether what it says at its end is kept as it is, so that what follows may be more of the same."""
    return _WRITTEN_DOWN.match(text) is not None and _WHOLE.fullmatch(text) is None


def explains(text: str) -> bool:
    """Whether words give a reason, and nothing that changes what is asked for."""
    return _EXPLAINS.match(text) is not None and not _TAKES_BACK.search(text) and not opens(text)


def _clause(request: str, start: int, end: int, full: bool) -> list[Clause]:
    """The clause between two places; none where nothing is left of it."""
    while polite := _POLITE.match(request, start, end) or _ASKING.match(request, start, end):
        start = polite.end()
    text = request[start:end].strip().rstrip(".!?,;").rstrip()
    text = _THANKS.sub("", text)
    if not text:
        return []
    start = request.index(text, start)
    return [Clause(text, start, start + len(text), full)]
