"""Finds the one record that some words mean: its id, its number in a list, or words that it holds.

When several fit, nothing is chosen and they are named. Also takes changes back for the tools' undo.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ..context import ToolContext
from ..errors import ToolFailed, ToolRetry
from ..text.wording import plain

Row = TypeVar("Row")
_NAMED = 10


def the_one(
    wanted: str, rows: Sequence[Row], said: Callable[[Row], str], what: str, lists: str, numbered: bool = True
) -> Row:
    """The row that is meant; raises ToolRetry when there is none or more than one.

    ``said`` gives the words of a row; ``what`` is its noun, and ``lists`` names the tool that lists all.
    """
    words = plain(wanted).strip("\"'").removeprefix(f"{what} ").removeprefix("number ").lstrip("#")
    by_id = [row for row in rows if getattr(row, "id", None) == wanted.strip()]
    exact = [row for row in rows if plain(said(row)) == words]
    part = [row for row in rows if all(word in plain(said(row)) for word in words.split())] if words else []
    for fits in (by_id, exact[-1:], part):
        if len(fits) == 1:
            return fits[0]
    if len(part) > 1:
        raise ToolRetry(
            f"{wanted!r} fits more than one {what}: {named(map(said, part))}.", "Name one in full."
        )
    if numbered and words.isdecimal() and 1 <= int(words) <= len(rows):
        return rows[int(words) - 1]
    if not rows:
        raise ToolRetry(f"There is no {what} {wanted!r}; there are none at all.")
    raise ToolRetry(f"There is no {what} {wanted!r}.", f"`{lists}` shows what there is.")


def named(texts: Iterable[str]) -> str:
    """Some texts, shortened, in one line."""
    short = [text if len(text) <= 60 else f"{text[:57]}…" for text in (" ".join(t.split()) for t in texts)]
    more = f" and {len(short) - _NAMED} more" if len(short) > _NAMED else ""
    return "; ".join(short[:_NAMED]) + more


def take_back(changes: Sequence[str], ctx: ToolContext, what: str) -> None:
    """Undo changes, the latest first; raises ToolFailed when the record was changed again since."""
    for change in reversed(changes):
        if ctx.records.take_back(change) is None:
            raise ToolFailed(f"The {what} was changed since, or a month has passed, so it stays as it is.")
