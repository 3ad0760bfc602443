"""Find a text in tokens, so that what was computed from it can be dropped.

The same words are split into other tokens behind other words, so it is the decoded text that is searched.
Case and white space do not count. It knows nothing of what is done with what it finds.
"""

from collections.abc import Callable, Sequence

from .prefix_folder import plain_text

Find = Callable[[Sequence[int]], int | None]


def finder(texts: Sequence[str], decode: Callable[[Sequence[int]], str]) -> Find:
    """What gives the index of the token in which the first of `texts` begins, or None where none occurs."""
    unwanted = [plain for text in texts if (plain := plain_text(text))]

    def contains(tokens: Sequence[int]) -> bool:
        text = plain_text(decode(tokens))
        return any(one in text for one in unwanted)

    def find(tokens: Sequence[int]) -> int | None:
        if not contains(tokens):
            return None
        end = _first(len(tokens), lambda count: contains(tokens[:count]))
        # The start is looked for from behind, so that it is that of the occurrence that ends there.
        return end - _first(end, lambda count: contains(tokens[end - count : end]))

    return find


def _first(most: int, holds: Callable[[int], bool]) -> int:
    """The smallest count from 1 to `most` that `holds`, for a condition that stays true once it is."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
