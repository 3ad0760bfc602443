"""Keeps pasted text from being taken for keys: what was copied may hold the bytes that keys send.

A terminal marks a paste with a sequence before and one after it (bracketed paste). Textual reads escape
sequences inside the marks as keys, some terminals let the closing mark itself through, and others mark
nothing. ``PasteGuard`` stands before the reader of keys: text inside the marks is cleaned, and so is text
without marks that comes faster than anybody types and holds what a key would send. Knows nothing of widgets.
"""

import re

from .safe_text import clean

START, END = "\x1b[200~", "\x1b[201~"
MOST_TYPED = 16
"""Letters that may come in one go from a person: with more, control characters among them are no keys."""

# What a terminal says by itself (focus, answers to questions, its size), and every other sequence of a key.
_REPORT = re.compile(r"\x1b\[(?:[IO]|\?[\d;]+\$y|48;[\d:;]+t)")
_SEQUENCE = re.compile(r"\x1b(?:\[[\d:;<=>?]*[ -/]*[@-~]|O[ -~]|[ -~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LAST_BREAK = re.compile(rf"\n(?=(?:{_REPORT.pattern})*$)")


def typed_before(burst: str) -> str:
    """``burst`` was typed before the program read the terminal, which made a line break of each enter; the
    last one is a key again.
    """
    return _LAST_BREAK.sub("\r", burst)


class PasteGuard:
    """``take`` what the terminal sent; what comes back may be read as keys and marked pastes."""

    def __init__(self) -> None:
        self._inside = False
        self._held: list[str] = []
        self._passed = ""
        """The end of what was passed on, in which an opening mark may have begun."""
        self._unmarked = False

    def take(self, burst: str, follows: bool = False) -> str:
        """``burst`` is all that had come when the terminal was read; ``follows``: right after another."""
        taken: list[str] = []
        while burst:
            if self._inside:
                inside, burst = self._paste(burst)
                taken.append(inside)
                continue
            joined = self._passed + burst
            at = joined.find(START)
            if at < 0:
                taken.append(self._typed(burst, follows))
                self._passed = joined[-len(START) + 1 :]
                break
            opened = at + len(START) - len(self._passed)
            before = burst[: max(opened - len(START), 0)]
            taken += [self._typed(before, follows), burst[len(before) : opened]]
            burst, self._inside, self._passed, self._unmarked = burst[opened:], True, "", False
        return "".join(taken)

    def _paste(self, burst: str) -> tuple[str, str]:
        """The cleaned paste once its end has come, and what follows it; until then all is held back.

        The last closing mark counts: an earlier one stood in the text, to make the rest of it keys.
        """
        self._held.append(burst)
        if END[-1] not in burst:
            return "", ""
        text = "".join(self._held)
        end = text.rfind(END)
        if end < 0:
            self._held = [text]
            return "", ""
        self._inside, self._held = False, []
        return clean(text[:end]) + END, text[end + len(END) :]

    def _typed(self, text: str, follows: bool) -> str:
        """``text`` as it is when a person may have typed it, otherwise as a marked paste."""
        self._unmarked = bool(text) and (_is_paste(text) or (follows and self._unmarked))
        return f"{START}{clean(text)}{END}" if self._unmarked else text


def _is_paste(text: str) -> bool:
    """Whether ``text`` holds more letters than one types at once, and a control character before its end.

    At its end it is a key: a text and enter may well come together.
    """
    said = _REPORT.sub("", text)
    letters = len(_CONTROL.sub("", _SEQUENCE.sub("", said)))
    return letters > MOST_TYPED and _CONTROL.search(said[:-1]) is not None
