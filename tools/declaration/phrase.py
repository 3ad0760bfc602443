"""The form in which a tool's author writes down sentences that mean one call of it, such as "delete {path}".

``(a|b)`` is one of several wordings and ``[a]`` may be missing. In braces stands a parameter:

- ``{title}``: words that are its value; numbers, paths and choices follow its type
- ``{start:when}``: words that say when; right behind a text it is the longest time at the end of both; a
  parameter called ``period`` does not take words for how often, such as "every monday"
- ``{period:year}``: a year by its number, such as "2026"
- ``{who:name}``, ``{to:email}``, ``{number:phone}``, ``{sum:amount}``: a person, an address, a number, money
- ``{sum:price}``: money that cannot be a year, for sentences so short that it might be meant
- ``{page:url}``: the address of a page, with its "https://"
- ``{start:hour}``: an hour without a word for it, "12" or "4:30", behind a word such as "to"
- ``{path:*.csv}``: a path with this ending
- ``{command:shell}``: a command line such as "ls -la; pwd", as it stands
- ``{about:words}``: words among which an "and" may be, such as "terms and conditions"
- ``{title:~meeting|call}``: words with one of these among them
- ``{category:=food|lunch}``: one of these and nothing else
- ``{query:^news about|weather}``: words that begin with one of these
- ``{about:topic}``: words that do not begin as a request does, "notice period" but not "show me the period"
- ``{text:literal}``: words that are written down as they stand, "buy milk" but not "my tasks"
- ``{what:sum}``: a calculation such as "17 * 23" or "15% of 80"
- ``{folder:path}``: a path, where the type takes any text
- ``{text:result}``: what a step before gave, called "it", "that" or "the result"
- ``{path:it}``: what the step before was about, called "it", "that" or "them"
- ``{status=done}``: takes no words and has this value; ``{last=@first}`` that of the parameter ``first``
- ``{body?}``: takes no words; the user is asked for it
- ``{_:amount}``: words that the call does not need
- ``{find_contacts.words:name}``: words for a parameter of another tool, which is called first
- ``{to<find_contacts.email}``: takes no words; a field of what that other call gives

Pure; knows nothing of requests and calls.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PART = re.compile(
    r"\{(\w+(?:\.\w+)?)(?:(\?)|=([^{}]*)|<(\w+\.\w+)|:([^{}]*))?\}|([(\[|\])])|([^{}()\[\]|]+)|(.)"
)
_KINDS = re.compile(
    r"when|hour|year|name|email|url|phone|amount|price|shell|words|topic|literal|path|sum|result|it|"
    r"\*\.\w+|[~^][\w |'-]+|=[^{}]+"
)
_CLOSES = {"(": ")", "[": "]"}


IGNORED = "_"
"""The name of a slot whose words say nothing that the call needs."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter in a phrase; `kind` is "" where its type says what it takes, `given` what another call
    gives.
    """

    name: str
    kind: str = ""
    constant: str | None = None
    asked: bool = False
    given: str | None = None

    @property
    def own(self) -> bool:
        """Whether it is a parameter of the tool whose phrase it is."""
        return self.name != IGNORED and "." not in self.name

    @property
    def takes_words(self) -> bool:
        return self.constant is None and self.given is None and not self.asked


Part = Slot | str
"""A slot, a sign such as "(" or "|", or words."""


def parts_of(phrase: str) -> Iterator[Part]:
    """The parts of a phrase in their order; raises ValueError for one that is not well formed."""
    open_signs: list[str] = []
    for match in _PART.finditer(phrase):
        name, asked, constant, given, kind, sign, words, odd = match.groups()
        if odd is not None:
            raise ValueError(f"{odd!r} has no counterpart")
        if name is not None:
            if kind is not None and not _KINDS.fullmatch(kind):
                raise ValueError(f"{kind!r} is no kind of value")
            yield Slot(name, kind or "", constant, asked is not None, given)
            continue
        if sign in _CLOSES:
            open_signs.append(_CLOSES[sign])
        elif sign in (")", "]") and (not open_signs or open_signs.pop() != sign):
            raise ValueError(f"{sign!r} has no counterpart")
        elif sign == "|" and not open_signs:
            raise ValueError("'|' stands outside of brackets")
        yield sign or words
    if open_signs:
        raise ValueError(f"{open_signs[-1]!r} is missing")


def slots_of(phrase: str) -> list[Slot]:
    """The parameters that a phrase gives values to."""
    return [part for part in parts_of(phrase) if isinstance(part, Slot)]
