"""What the words of a value have to be where a phrase says so: a topic, words as they stand, and words with
or beginning with others. English only. Pure.
"""

from .clauses import opens

_NO_TOPIC = frozenset("i you we it that this what see please to".split())
_MOST_OF_TOPIC = 5
_STANDS_ELSEWHERE = frozenset("my our your all these those".split())
"""What words begin with that name something instead of saying it: "my tasks"."""


def are_of_kind(text: str, kind: str) -> bool:
    """Whether a text may be a value of this kind of words; of any other kind it may."""
    words = text.lower().split()
    if kind.startswith("~"):
        return not set(kind[1:].lower().split("|")).isdisjoint(words)
    if kind.startswith("^"):
        beginnings = (one.split() for one in kind[1:].lower().split("|"))
        return any(words[: len(one)] == one for one in beginnings)
    if kind == "literal":
        return words[0] not in _STANDS_ELSEWHERE
    return kind != "topic" or (
        not opens(text) and _NO_TOPIC.isdisjoint(words) and len(words) <= _MOST_OF_TOPIC
    )
