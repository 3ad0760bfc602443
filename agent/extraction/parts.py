"""Cuts a text that is too long for one reading into parts that follow on each other.

A part ends where a paragraph, a line, a sentence or a word does, and the next begins a little before that, so
that a value at the seam is whole in one of them. Pure; knows nothing of tokens beyond a measure of length.
"""

from collections.abc import Callable, Iterator

OVERLAP = 200
"""Characters that stand in two parts."""
_SEAMS = ("\n\n", "\n", ". ", " ")


def parts_of(text: str, measure: Callable[[str], int], most: int) -> Iterator[str]:
    """Parts of at most so much by ``measure``, such as tokens; together they are the whole text."""
    total = measure(text)
    if total <= most:
        yield text
        return
    start, size = 0, max(2 * OVERLAP, len(text) * most // total)
    while start < len(text):
        end = _seam(text, start, start + size)
        while measure(text[start:end]) > most and end - start > 1:
            end = _seam(text, start, start + (end - start) * 3 // 4)
        yield text[start:end]
        if end >= len(text):
            return
        start = max(end - OVERLAP, start + (end - start + 1) // 2)


def _seam(text: str, start: int, end: int) -> int:
    """The last good place to cut in the second half before ``end``."""
    if end >= len(text):
        return len(text)
    half = start + (end - start) // 2
    for seam in _SEAMS:
        if (at := text.rfind(seam, half, end)) > 0:
            return at + len(seam)
    return max(end, start + 1)
