"""Whether words may be somebody's name: neither a day, a file or another thing, nor the verb of a request.

By form alone; whom the user knows is for others to look up. Pure.
"""

import re

from .clauses import opens

_PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,3}")
_BEGINS_NONE = frozenset(
    "my your our his her their its the a an this that these those everyone everybody someone somebody anyone "
    "anybody nobody me you him them us it all who what some any no another other next last from to about by "
    "for of in at on".split()
)
_IN_NONE = frozenset(
    "today tonight tomorrow yesterday week month year monday tuesday wednesday thursday friday saturday "
    "sunday account accounts address addresses app box client draft drafts file files filter filters folder "
    "folders history inbox list lists notification notifications password rules server settings signature "
    "status template templates with without than".split()
)
"""Words that often stand where a name may."""
_VERBS_AND_NAMES = ("mark", "will")
_FILE = re.compile(r".*\.[a-z]\w{0,4}", re.DOTALL)


def may_be_person(text: str) -> bool:
    words = re.split(r"\s+|['’]", text.lower().strip())
    if words[0] in _BEGINS_NONE or words == ["new"] or not _IN_NONE.isdisjoint(words):
        return False
    if not _PERSON.fullmatch(text) or _FILE.fullmatch(text):
        return False
    return words[0] in _VERBS_AND_NAMES or not opens(text)
