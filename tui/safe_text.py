"""The one place that makes foreign text printable: what a model, a tool, a file or a web page says cannot
drive the terminal.

Escape sequences are removed whole, also when they arrive in pieces; so are the characters that hide or
reorder text. ``reveal`` does the opposite for approvals: nothing disappears, everything hidden is spelled
out. Knows nothing of widgets or streams; the rules follow ECMA-48 and Unicode TR36.
"""

import json
import re
import unicodedata
from typing import Any

# Joiners (U+200C, U+200D) and the emoji variation selectors stay: ordinary writing needs them.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_SURROGATE = "\ud800-\udfff"
_SUSPECT = re.compile(f"[{_CONTROL}{_HIDDEN}{_SURROGATE}\u2028\u2029]")
_REVEALED = re.compile(f"[{_CONTROL}{_HIDDEN}{_SURROGATE}\u2028\u2029\u200c\u200d]")

# What stands where an address has its host.
_HOST = re.compile(r"(?:://|@)([^\s/?#:@\"'<>,;)\]]{1,300})")

_ESC, _BEL, _CAN, _SUB = "\x1b", "\x07", "\x18", "\x1a"
_STRING_STARTS = frozenset("P]X^_")  # after ESC: DCS, OSC, SOS, PM, APC
_STRING_STARTS_C1 = frozenset("\x90\x9d\x98\x9e\x9f")
_CSI_C1, _ST_C1 = "\x9b", "\x9c"
_LONGEST_STRING = 4096


class StreamSanitizer:
    """Cleans text that arrives in chunks; how it was cut makes no difference to what comes out.

    A control string without an end is dropped up to the next line only, so that hostile text cannot swallow
    the rest.
    """

    __slots__ = ("_length", "_return_pending", "_state")

    def __init__(self) -> None:
        self._state = "text"
        self._length = 0
        self._return_pending = False

    def push(self, chunk: str) -> str:
        if self._state == "text" and not self._return_pending and not _SUSPECT.search(chunk):
            return chunk
        return "".join(self._step(character) for character in chunk)

    def finish(self) -> str:
        """End of the stream: what a lone carriage return at the very end stood for."""
        ending = "\n" if self._return_pending else ""
        self.__init__()
        return ending

    def _step(self, character: str) -> str:
        if self._state == "text":
            return self._plain(character)
        if self._state == "escape":
            return self._after_escape(character)
        if self._state == "csi":
            return self._in_csi(character)
        return self._in_string(character)

    def _plain(self, character: str) -> str:
        before = ""
        if self._return_pending:
            self._return_pending = False
            before = "" if character == "\n" else "\n"
        if not _SUSPECT.match(character):
            return before + character
        if character == "\r":
            self._return_pending = True
        elif character == _ESC:
            self._state = "escape"
        elif character == _CSI_C1:
            self._state = "csi"
        elif character in _STRING_STARTS_C1:
            self._state, self._length = "string", 0
        elif character in "\u2028\u2029\x85\x0b\x0c":
            return before + "\n"
        elif "\ud800" <= character <= "\udfff":
            return before + "\ufffd"
        return before

    def _after_escape(self, character: str) -> str:
        if character == _ESC:
            return ""
        if character == "[":
            self._state = "csi"
            return ""
        if character in _STRING_STARTS:
            self._state, self._length = "string", 0
            return ""
        if " " <= character <= "/":  # intermediate bytes: one more follows
            return ""
        self._state = "text"
        if "0" <= character <= "~":
            return ""
        return self._plain(character)

    def _in_csi(self, character: str) -> str:
        if " " <= character <= "?":
            return ""
        self._state = "text"
        if "@" <= character <= "~":
            return ""
        return self._plain(character)

    def _in_string(self, character: str) -> str:
        self._length += 1
        if character == _ESC:  # ST is ESC \; any other ESC starts a new sequence
            self._state = "escape"
        elif character in (_BEL, _ST_C1, _CAN, _SUB):
            self._state = "text"
        elif character == "\n" or self._length > _LONGEST_STRING:
            self._state = "text"
            return self._plain(character)
        return ""


def clean(text: str) -> str:
    """``text`` with everything removed that a terminal would act on or that a reader would not see."""
    if not _SUSPECT.search(text):
        return text
    sanitizer = StreamSanitizer()
    return sanitizer.push(text) + sanitizer.finish()


def one_line(text: str, limit: int = 200) -> str:
    """Clean, on one line, cut with an ellipsis at ``limit`` characters."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def reveal(text: str) -> str:
    """Everything stays and everything hidden is spelled out (``⟨U+202E⟩``); line breaks and tabs stay
    themselves.
    """
    return _REVEALED.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def has_hidden(text: str) -> bool:
    """Whether ``text`` holds characters that a reader would not see as they are."""
    return _SUSPECT.search(text) is not None


def lookalikes(text: str) -> tuple[str, ...]:
    """Names of letters that sit in a Latin word without being Latin, such as a Cyrillic ``а`` in an
    address.
    """
    found: dict[str, None] = {}
    for word in re.findall(r"[^\W\d_]+", text):
        if not word.isascii() and any(letter.isascii() for letter in word):
            for letter in word:
                name = unicodedata.name(letter, "")
                if not letter.isascii() and name.startswith(("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")):
                    found[f"{letter} is {name}"] = None
    return tuple(found)


def foreign_hosts(text: str) -> tuple[str, ...]:
    """Hosts of addresses in letters beyond ASCII, each with the name that is looked up: a word of another
    alphabet can look like one that everybody knows.
    """
    found: dict[str, None] = {}
    for host in _HOST.findall(text):
        if host.isascii():
            continue
        try:
            looked_up = host.encode("idna").decode("ascii")
        except UnicodeError:
            looked_up = "no name that can be looked up"
        found[f"{host} is {looked_up}"] = None
    return tuple(found)


def show_value(value: Any) -> str:
    """A JSON value as people read it, exact and with hidden characters spelled out; text stays unquoted."""
    if isinstance(value, str):
        return reveal(value)
    if isinstance(value, dict) and set(value) == {"$ref"}:
        return f"← {reveal(str(value['$ref']))}"
    if isinstance(value, dict) and set(value) == {"$ask"}:
        return f"? {reveal(str(value['$ask']))}"
    if isinstance(value, dict) and set(value) == {"$text"} and isinstance(value["$text"], list):
        return " + ".join(
            show_value(p) if isinstance(p, dict) else reveal(json.dumps(p)) for p in value["$text"]
        )
    return reveal(json.dumps(value, ensure_ascii=False))


def json_line(value: Any) -> str:
    """Compact JSON on one line that a terminal may show: unsafe characters are written as ``\\uXXXX``, none
    is lost.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _REVEALED.sub(lambda match: _escaped(ord(match[0])), text)


def _escaped(point: int) -> str:
    if point < 0x10000:
        return f"\\u{point:04x}"
    point -= 0x10000
    return f"\\u{0xD800 + (point >> 10):04x}\\u{0xDC00 + (point & 0x3FF):04x}"
