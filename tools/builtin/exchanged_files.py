"""Files by which records come and go: read in, what is new in them kept, taken back as a whole, and written.

What an import brings is kept in pieces that are small enough to be handed from one process to another; a call
that ends in between is undone by whoever made it. Knows no format.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..context import ToolContext
from ..errors import ToolFailed, ToolRetry
from ..files.reading import read_bytes
from ..isolation.paths import readable_path, shown_path, writable_path
from ..text.wording import counted, gone

_PIECE_CHARS = 1_000_000
_MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import kept; `id` is what undo needs."""

    text: str
    id: str
    new: int
    known: int


@dataclass(frozen=True, slots=True)
class Exported:
    """Records that were written to a file."""

    text: str
    path: str
    count: int


@dataclass(frozen=True, slots=True)
class Importing:
    """One kind of record, as imports bring it.

    Attributes:
        kind: of the records.
        of: what is imported, such as "calendar".
        nouns: singular and plural of the records.
    """

    kind: str
    of: str
    nouns: tuple[str, str]

    def keep(self, ctx: ToolContext, rows: list[dict[str, Any]], name: str) -> str:
        """Store rows that came from the file `name`; returns the id of the import."""
        batch = ctx.records.add("import", kind=self.of, name=name, count=len(rows))
        for piece in _pieces(rows):
            ctx.records.add_all(self.kind, [{**row, "batch": batch.id} for row in piece])
        return str(batch.id)

    def undo(self, result: Imported, *, ctx: ToolContext) -> str:
        """Remove what an import brought, for good; the `undo` of its tool."""
        brought = ctx.records.find("import", result.id)
        if brought is None:
            return gone("import")
        removed = ctx.records.remove_all(self.kind, batch=result.id)
        ctx.records.remove("import", result.id)
        return f"Removed {counted(removed, *self.nouns)} that came from {brought.name}."

    def keep_new(
        self, ctx: ToolContext, rows: list[dict[str, Any]], name: str, *, known: int, unread: int
    ) -> Imported:
        """`keep`, and what came of it in words; raises ToolFailed where nothing is new."""
        if not rows:
            raise ToolFailed(
                f"Nothing to import from {name}: {known} known already, {unread} that cannot be read."
            )
        said = [f"Imported {counted(len(rows), *self.nouns)} from {name}."]
        said += [f"{known} were there already."] if known else []
        said += [f"{unread} could not be read."] if unread else []
        return Imported(" ".join(said), self.keep(ctx, rows, name), len(rows), known)


def read_import(path: str, ctx: ToolContext, max_bytes: int, hint: str) -> tuple[str, bytes]:
    """Name and content of a file; raises ToolRetry with `hint` for none, ToolFailed for one too large."""
    file = readable_path(path, ctx)
    name = shown_path(file, ctx)
    if not file.is_file():
        raise ToolRetry(f"There is no file {name}.", hint)
    return name, read_bytes(file, name, max_bytes)


def export_path(path: str, ending: str, ctx: ToolContext) -> Path:
    """The file that an export goes to, with the ending of its format; raises PathDenied."""
    return writable_path(path if path.lower().endswith(ending) else f"{path}{ending}", ctx)


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
