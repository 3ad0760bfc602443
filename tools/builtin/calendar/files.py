"""Calendars as files: read in and taken back as a whole, and written for other programs."""

from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...dav.shelves import HOME
from ...decorator import tool
from ...errors import ToolFailed
from ...files.new_files import was_written, write_new
from ...spec import Effect
from ...text.wording import counted
from ..exchanged_files import Exported, Imported, Importing, export_path, read_import
from .entries import MAX_FILE_BYTES, joined, split
from .stored import event_fields, live

_IMPORTING = Importing("event", of="calendar", nouns=("entry", "entries"))
FilePath = Annotated[str, Field(min_length=1, max_length=1000, examples=["calendar.ics"])]


@tool(
    effect=Effect.RECORD,
    undo=_IMPORTING.undo,
    untrusted_output=True,
    phrases=(
        "import [the] [calendar] [file] {path:*.ics} [(to|into|in) (my|the) calendar]",
        "add [the] [events|entries|appointments] [of|in|from] {path:*.ics} to (my|the) calendar",
        "(import|load|read in) [the] (events|entries|appointments|calendar) [of|in|from] [the] [file] "
        "{path:*.ics}",
    ),
)
def import_calendar(path: FilePath, *, ctx: ToolContext) -> Imported:
    """Add the events of an iCalendar file (.ics) to the calendar; those that are there already are left out.

    Args:
        path: The file.
    """
    name, data = read_import(path, ctx, MAX_FILE_BYTES, "Give the path of an .ics file.")
    present = {row.uid for row in live(ctx)}
    rows, known, unread = [], 0, 0
    for uid, text in split(data.decode("utf-8-sig", "replace")):
        if uid in present:
            known += 1
            continue
        try:
            rows.append({**event_fields(uid, text), "collection": HOME, "state": "new"})
        except ToolFailed:
            unread += 1
    return _IMPORTING.keep_new(ctx, rows, name, known=known, unread=unread)


def _was_exported(path: FilePath, *, ctx: ToolContext) -> bool | None:
    return was_written(export_path(path, ".ics", ctx), _calendar(ctx))


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_exported,
    phrases=(
        "(export|save|write|back up) [my|the] [whole|entire] (calendar|events) [to|as|into|in] {path:*.ics}",
        "(export|back up) [my|the] [whole|entire] (calendar|events) {path?}",
    ),
)
def export_calendar(path: FilePath, *, ctx: ToolContext) -> Exported:
    """Write the whole calendar to an iCalendar file (.ics).

    Args:
        path: The file to write, which must not exist.
    """
    count = len(live(ctx))
    if not count:
        raise ToolFailed(
            "The calendar is empty, so there is nothing to write. Add an entry, or import a file."
        )
    shown = write_new(export_path(path, ".ics", ctx), _calendar(ctx), ctx)
    return Exported(f"Wrote {counted(count, 'entry', 'entries')} to {shown}.", shown, count)


def _calendar(ctx: ToolContext) -> bytes:
    return joined([row.content for row in live(ctx)]).encode()
