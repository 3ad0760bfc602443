"""Words as they are compared when a request is matched with what tools say of themselves.

Endings are cut off in a simple way, the same on both sides; a few words that people say are added to by what
tools call the same thing. Knows nothing of tools and scores.
"""

import re
from collections.abc import Iterator, Mapping

_WORD = re.compile(r"[^\W_]+")
_IGNORED = frozenset(
    "a about all an and any are as at be by can could do does for from get give had has have how i if in "
    "into is it its just like make me my need no not now of off on one only or our out please should so "
    "some tell than that the their them then there these they this to up us use used user want was we were "
    "what when where which who will with would you your".split()
)
_SAID: Mapping[str, str] = {
    **dict.fromkeys(("minus", "plus", "times", "divided", "percent", "math", "maths", "sum"), "calculate"),
    **dict.fromkeys(
        ("convert", "miles", "mph", "km", "kilos", "kg", "lbs", "celsius", "fahrenheit", "pounds"),
        "convert units",
    ),
    **dict.fromkeys(("today", "clock"), "current time date"),
    **dict.fromkeys(("days", "weeks", "until", "since", "long", "far"), "date difference"),
    **dict.fromkeys(("alert", "nudge", "ping", "wake", "forget", "later", "remind"), "set reminder"),
    **dict.fromkeys(("minutes", "noon", "tonight", "tomorrow", "am", "pm"), "remind time"),
    **dict.fromkeys(("buy", "todo", "todos", "chore", "list", "still"), "task list"),
    **dict.fromkeys(("done", "finished", "tick", "cross", "off"), "complete task"),
    **dict.fromkeys(
        ("bill", "bought", "cost", "paid", "pay", "price", "rent", "spent", "log"), "expense add"
    ),
    **dict.fromkeys(("euros", "euro", "dollars", "quid", "bucks", "groceries"), "expense"),
    **dict.fromkeys(("spend", "spending", "costs", "money", "total", "tot", "month"), "expense report"),
    **dict.fromkeys(("jot", "jotted", "keep", "wrote", "written", "noted"), "note"),
    **dict.fromkeys(("remember", "down"), "note remind"),
    **dict.fromkeys(("open", "print", "display", "show", "content", "contents", "inside"), "read file"),
    **dict.fromkeys(("save", "store", "dump", "put", "export", "holds", "create"), "write file"),
    **dict.fromkeys(("folder", "directory", "docs"), "files"),
    **dict.fromkeys(("files", "photos", "pdfs", "jpg"), "list files folder"),
    **dict.fromkeys(("replace", "change", "swap", "substitute", "edit"), "edit file replace words"),
    **dict.fromkeys(("rename", "move", "relocate"), "move file rename"),
    **dict.fromkeys(("copy", "duplicate"), "copy file"),
    **dict.fromkeys(("delete", "remove", "trash", "bin", "erase"), "delete file"),
    **dict.fromkeys(("say", "says", "mention", "mentions"), "document says about"),
    **dict.fromkeys(("csv", "rows", "columns", "spreadsheet"), "read table rows"),
    **dict.fromkeys(("look", "find", "where", "which", "phrase", "grep"), "search"),
    **dict.fromkeys(("google", "internet", "online", "news", "weather", "who", "hours"), "search web"),
    **dict.fromkeys(("browse", "site", "url", "visit", "website", "link"), "fetch page web"),
    **dict.fromkeys(
        ("execute", "terminal", "shell", "script", "git", "python3", "make", "output"), "run command"
    ),
}
_SHAPES = (
    (re.compile(r"\d\s*[-+*/×÷^%]\s*\(?\d|\d\s*%"), "calculate"),
    (re.compile(r"[€£$]\s?\d|\d\s?[€£$]|\b\d+[.,]\d\d\b"), "expense add amount"),
    (
        re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:com|org|net|io|edu|gov)\b", re.IGNORECASE),
        "fetch page url",
    ),
    (
        re.compile(r"(?<![\w.])[~/.]?[\w/-]*[\w-]\.(?!com\b|org\b|net\b)[a-z]{1,5}\b|~?/\w+"),
        "file path read write",
    ),
    (re.compile(r"`[^`]+`"), "run command"),
    (re.compile(r"\bto-do", re.IGNORECASE), "task list"),
    (re.compile(r"\b\d{1,2}(?::\d\d)?\s?(?:am|pm)\b|\bat \d{1,2}\b|\bin \d+ ", re.IGNORECASE), "remind time"),
    (
        re.compile(r"^(?:who|what|when|where|how|is there|do you know)\b.*\?|^who\b", re.IGNORECASE),
        "search web",
    ),
)


def terms(text: str) -> Iterator[str]:
    """The telling words of ``text``, without their endings."""
    for word in _WORD.findall(text.casefold()):
        if word not in _IGNORED:
            yield stem(word)


def asked_terms(request: str) -> list[str]:
    """The terms of a request, with those that tools use for the same: a sum is work for a calculator."""
    words = _WORD.findall(request.casefold())
    said = (_SAID[word] for word in words if word in _SAID)
    shapes = (meant for shape, meant in _SHAPES if shape.search(request))
    return list(dict.fromkeys([*terms(request), *terms(" ".join((*said, *shapes)))]))


def stem(word: str) -> str:
    """``word`` without its ending: ``expenses`` and ``expense`` are the same, ``noted`` and ``note``, too."""
    for ending, shortest in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4), ("e", 4), ("y", 4)):
        if word.endswith(ending) and len(word) >= shortest and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word[:-1] if word.endswith(("e", "i", "y")) and len(word) > 3 else word
