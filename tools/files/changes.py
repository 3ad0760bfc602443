"""An exact replacement in a text, and the difference that it makes, for people. Pure text, no files."""

import difflib
import hashlib
from dataclasses import dataclass
from itertools import accumulate

from ..errors import ToolRetry
from .texts import fitted

_AROUND = 2
_LONG = 4_000
MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text before and after; `places` are where the new words stand in the new text."""

    before: str
    after: str
    old: str
    new: str
    places: tuple[int, ...]


def replace(text: str, old: str, new: str, shown: str, once: bool = False) -> Replacement:
    """Replace `old` wherever it stands, letter by letter; line breaks fit those of the text.

    Raises ToolRetry when it stands nowhere or, with `once`, more than once.
    """
    old, new = fitted(old, text), fitted(new, text)
    pieces = text.split(old)
    if len(pieces) == 1:
        raise ToolRetry(f"{shown} does not contain {_quoted(old)}.", _nearest(text, old))
    places: list[int] = []
    at = 0
    for piece in pieces[:-1]:
        at += len(piece)
        places.append(at)
        at += len(new)
    if once and len(places) > 1:
        starts = accumulate(piece.count("\n") + old.count("\n") for piece in pieces[:-1][:10])
        where = ", ".join(str(line - old.count("\n") + 1) for line in starts)
        raise ToolRetry(
            f"{shown} contains {_quoted(old)} {len(places)} times (lines {where}).",
            "Give more of the text around the one that is meant.",
        )
    return Replacement(text, new.join(pieces), old, new, tuple(places))


def take_back(text: str, old: str, new: str, places: list[int]) -> str | None:
    """Undo a replacement; None when the words are not where they were put."""
    pieces: list[str] = []
    end = 0
    for place in places:
        if place < end or text[place : place + len(new)] != new:
            return None
        pieces.append(text[end:place])
        end = place + len(new)
    return old.join([*pieces, text[end:]])


def difference(before: str, after: str) -> str:
    """The changed lines with a few around them: those that go begin with -, those that come with +.

    Of a very long one the rest is named by its hash, so that two that differ never look the same.
    """
    old, new = _lines(before), _lines(after)
    shown: list[str] = []
    quick = (
        len(old) + len(new) > _LONG
    )  # lines that are everywhere, such as empty ones, are no landmarks then
    for group in difflib.SequenceMatcher(None, old, new, autojunk=quick).get_grouped_opcodes(_AROUND):
        shown.append(f"@ line {group[0][1] + 1}")
        for kind, old_from, old_to, new_from, new_to in group:
            if kind == "equal":
                shown += [f" {line}" for line in old[old_from:old_to]]
            else:
                shown += [f"-{line}" for line in old[old_from:old_to]]
                shown += [f"+{line}" for line in new[new_from:new_to]]
    if len(shown) <= MOST_LINES:
        return "\n".join(shown)
    rest = "\n".join(shown[MOST_LINES:])
    mark = hashlib.sha256(rest.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return "\n".join([*shown[:MOST_LINES], f"… {len(shown) - MOST_LINES:,} more lines ({mark})"])


def _lines(text: str) -> list[str]:
    """Lines as they are compared; the break after the last one is a line of its own, so that it shows."""
    if "\r" in text and text.count("\r\n") == text.count("\n") == text.count("\r"):
        text = text.replace("\r\n", "\n")
    return text.split("\n") if text else []


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 60 else text[:60] + '…'}”"


def _nearest(text: str, old: str) -> str:
    """The line that is most like what was looked for."""
    wanted = next((line for line in old.splitlines() if line.strip()), old)
    lowered = {line.casefold(): line for line in text.splitlines()[:5_000] if line.strip()}
    inside = [line for folded, line in lowered.items() if wanted.casefold() in folded]
    near = inside or [lowered[one] for one in difflib.get_close_matches(wanted.casefold(), lowered, n=1)]
    if not near:
        return "Read the file first, and copy the words from it."
    return f"The nearest line is {_quoted(near[0].strip())}; upper and lower case count."
