"""Which names of character sets are believed of a stranger's text: those that decode in one pass.

Python knows encodings that are no character sets but transformations; some take a time that grows with the
square of the text. Knows nothing of where a text comes from.
"""

import codecs

_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})


def charset(name: str) -> str:
    """The name by which Python knows a character set; "" for one that it does not, and for what is none."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):  # the latter for a name with a NUL
        return ""
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name.replace("_", "-") not in _NO_CHARSETS else ""
