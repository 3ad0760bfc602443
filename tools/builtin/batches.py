"""Keeps what an import brings, in pieces that are small enough to be handed from one process to another.

A call that ends in between is undone by whoever made it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..context import ToolContext

_PIECE_CHARS = 1_000_000
_MOST_ROWS = 2_000


def keep_batch(ctx: ToolContext, kind: str, rows: list[dict[str, Any]], *, of: str, name: str) -> str:
    """Store rows that an import has brought; returns the id by which all of it is taken back.

    Args:
        of: what was imported, such as "calendar".
        name: the file that it came from.
    """
    batch = ctx.records.add("import", kind=of, name=name, count=len(rows))
    for piece in _pieces(rows):
        ctx.records.add_all(kind, [{**row, "batch": batch.id} for row in piece])
    return str(batch.id)


def _pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    piece: list[Mapping[str, Any]] = []
    chars = 0
    for row in rows:
        size = len(str(row.get("content", "")))
        if piece and (chars + size > _PIECE_CHARS or len(piece) == _MOST_ROWS):
            yield piece
            piece, chars = [], 0
        piece.append(row)
        chars += size
    if piece:
        yield piece
