"""Which part of a parameter is wanted, and which rows of which stored tensors that is.

Plain ranges: it knows neither torch nor files, nor who wants what.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .tensor_names import Piece


@dataclass(frozen=True, slots=True)
class Cut:
    """Some rows of a parameter, in ascending ranges, and some columns; None is all.

    Of experts, rows and columns are those of each one.
    """

    rows: tuple[range, ...] | None = None
    columns: range | None = None


WHOLE = Cut()


def rows_of(pieces: Sequence[Piece], rows: int, cut: Cut) -> Iterator[tuple[Piece, range]]:
    """Each piece that holds something of `cut`, with the rows of its own.

    The ranges of `cut` count the first `rows` rows, and then the next ones again.
    """
    start = 0
    for piece in pieces:
        if cut.rows is None:
            yield piece, range(piece.rows)
            continue
        for wanted in cut.rows:
            inside = range(max(wanted.start - start, 0), min(wanted.stop - start, piece.rows))
            if inside:
                yield piece, inside
        start = (start + piece.rows) % rows
