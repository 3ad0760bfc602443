"""The text of a page from its bytes: as a mark, the header or a `meta` says, else by a guess."""

import codecs
import re

from ..text.charsets import charset

_META = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]+encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 4096


def page_text(body: bytes, announced: str = "") -> str:
    """Decode a page; `announced` is the charset of the header, if any. What cannot be decoded is U+FFFD."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for name in (announced, *_named(body[:_LOOKED_AT])):
        if name and (encoding := _known(name)):
            return body.decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes  # slow to load

        best = from_bytes(body[:100_000]).best()
        return body.decode(best.encoding if best is not None else "cp1252", "replace")


def announced_charset(content_type: str) -> str:
    """The charset of a Content-Type header, "" when it names none."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    return found[1] if found else ""


def _named(head: bytes) -> list[str]:
    return [match[1].decode("ascii", "replace") for form in (_XML, _META) if (match := form.search(head))]


def _known(name: str) -> str:
    """A charset as browsers read its name: Latin-1 is taken for the Windows page that contains it."""
    found = charset(name)
    return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(found, found)
