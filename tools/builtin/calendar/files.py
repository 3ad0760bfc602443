"""Calendars as files: read in and taken back as a whole, and written for other programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...dav.shelves import HOME
from ...decorator import tool
from ...errors import ToolFailed, ToolRetry
from ...files.new_files import was_written, write_new
from ...paths import readable_path, shown_path, writable_path
from ...spec import Effect
from ...wording import counted, gone
from ..batches import keep_batch
from .entries import MAX_FILE_BYTES, joined, split
from .shelf import event_fields, live

FilePath = Annotated[str, Field(min_length=1, max_length=1000, examples=["calendar.ics"])]


@dataclass(frozen=True, slots=True)
class CalendarImported:
    """What an import kept; `id` is what undo needs."""

    text: str
    id: str
    new: int
    known: int


@dataclass(frozen=True, slots=True)
class CalendarExported:
    """A calendar that was written to a file."""

    text: str
    path: str
    count: int


def _undo_import(result: CalendarImported, *, ctx: ToolContext) -> str:
    brought = ctx.records.find("import", result.id)
    if brought is None:
        return gone("import")
    removed = ctx.records.remove_all("event", batch=result.id)
    ctx.records.remove("import", result.id)
    return f"Removed {counted(removed, 'entry', 'entries')} that came from {brought.name}."


@tool(
    effect=Effect.RECORD,
    undo=_undo_import,
    untrusted_output=True,
    phrases=(
        "import [the] [calendar] [file] {path:*.ics} [(to|into|in) (my|the) calendar]",
        "add [the] [events|entries|appointments] [of|in|from] {path:*.ics} to (my|the) calendar",
    ),
)
def import_calendar(path: FilePath, *, ctx: ToolContext) -> CalendarImported:
    """Add the events of an iCalendar file (.ics) to the calendar; those that are there already are left out.

    Args:
        path: The file.
    """
    file = readable_path(path, ctx)
    name = shown_path(file, ctx)
    if not file.is_file():
        raise ToolRetry(f"There is no file {name}.", "Give the path of an .ics file.")
    if file.stat().st_size > MAX_FILE_BYTES:
        raise ToolFailed(f"{name} has more than {MAX_FILE_BYTES // 10**6} MB and is not read.")
    try:
        content = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise ToolFailed(f"{name} cannot be read: {error.strerror}.") from error
    present = {row.uid for row in live(ctx)}
    rows, known, unread = [], 0, 0
    for uid, text in split(content):
        if uid in present:
            known += 1
            continue
        try:
            rows.append({**event_fields(uid, text), "collection": HOME, "state": "new"})
        except ToolFailed:
            unread += 1
    if not rows:
        raise ToolFailed(
            f"Nothing to import from {name}: {known} known already, {unread} that cannot be read."
        )
    batch = keep_batch(ctx, "event", rows, of="calendar", name=name)
    text = f"Imported {counted(len(rows), 'entry', 'entries')} from {name}."
    text += f" {known} were there already." if known else ""
    text += f" {unread} could not be read." if unread else ""
    return CalendarImported(text, batch, len(rows), known)


def _was_exported(path: FilePath, *, ctx: ToolContext) -> bool | None:
    return was_written(_calendar_file(path, ctx), _calendar(ctx))


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_exported,
    phrases=("(export|save|write) (my|the) [whole] calendar (to|as|into) {path:*.ics}",),
)
def export_calendar(path: FilePath, *, ctx: ToolContext) -> CalendarExported:
    """Write the whole calendar to an iCalendar file (.ics).

    Args:
        path: The file to write, which must not exist.
    """
    count = len(live(ctx))
    if not count:
        raise ToolFailed(
            "The calendar is empty, so there is nothing to write. Add an entry, or import a file."
        )
    shown = write_new(_calendar_file(path, ctx), _calendar(ctx), ctx)
    return CalendarExported(f"Wrote {counted(count, 'entry', 'entries')} to {shown}.", shown, count)


def _calendar_file(path: str, ctx: ToolContext) -> Path:
    return writable_path(path if path.lower().endswith(".ics") else f"{path}.ics", ctx)


def _calendar(ctx: ToolContext) -> bytes:
    return joined([row.content for row in live(ctx)]).encode()
