"""Which mail is meant by what people say of it: its place in the list, or who wrote it and about what.

Only for looking at a mail: what writes or sends takes the id, since another mail may have come meanwhile.
"""

import re
from typing import Any

from ...errors import ToolRetry
from ...numbers.words import digits_for_ordinals
from ...text.wording import plain
from .folders import locate, open_folder, search

_IDENTITY = re.compile(r".+:\d+:\d+")
_NOUN = r"(?:mail|email|e-mail|message)"
_PLACE = re.compile(rf"(?:the\s+)?(?:(?:{_NOUN}|number|no\.?)\s+)*#?(\d{{1,3}})\.?(?:\s+{_NOUN})?")
_NO_WORDS = frozenset("a about by email from last latest mail message my newest of on one that the".split())


def point(client: Any, meant: str) -> tuple[str, int]:
    """Select the folder of the mail that is ``meant``; returns it and the number in it.

    An id names one anywhere. Otherwise it is one of the inbox: a number counts from the latest, as lists do,
    and of those that have all the words in their sender or subject it is the latest. Raises ToolRetry.
    """
    said = meant.strip()
    if _IDENTITY.fullmatch(said):
        return locate(client, said)
    open_folder(client, "INBOX")
    if place := _PLACE.fullmatch(digits_for_ordinals(plain(said))):
        found, back = search(client, ["ALL"]), int(place[1])
    else:
        words = [word for word in plain(said).split() if word not in _NO_WORDS][:12]
        asked = [part for word in words for part in ("OR", "FROM", word, "SUBJECT", word)]
        found, back = search(client, asked or ["ALL"]), 1
    if not 1 <= back <= len(found):
        raise ToolRetry(
            f"No mail in the inbox fits {said[:100]!r}.",
            "Say its number in the list of mails, words of its sender or subject, or its id.",
        )
    return "INBOX", found[-back]
