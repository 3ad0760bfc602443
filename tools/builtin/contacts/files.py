"""Contacts as files: read in and taken back as a whole, and written for other programs."""

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
from .cards import MAX_FILE_BYTES, read_card, split
from .stored import contact_fields, live

_IMPORTING = Importing("contact", of="contacts", nouns=("contact", "contacts"))
FilePath = Annotated[str, Field(min_length=1, max_length=1000, examples=["contacts.vcf"])]


@tool(
    effect=Effect.RECORD,
    undo=_IMPORTING.undo,
    untrusted_output=True,
    phrases=(
        "import [the|my] [contacts|people] [file] [in|of|from] {path:*.vcf} [(to|into|in) (my|the) contacts]",
        "import [the|my] (contacts|people|address book) {path?}",
    ),
)
def import_contacts(path: FilePath, *, ctx: ToolContext) -> Imported:
    """Add the people of a vCard file (.vcf) to the contacts; those who are there already are left out.

    Args:
        path: The file.
    """
    name, data = read_import(path, ctx, MAX_FILE_BYTES, "Give the path of a .vcf file.")
    present = live(ctx)
    uids, people = {row.uid for row in present}, {row.words for row in present}
    rows, known, unread = [], 0, 0
    for text in split(data.decode("utf-8-sig", "replace")):
        try:
            card = read_card(text)
            if card.uid in uids or card.words() in people:
                known += 1
                continue
            people.add(card.words())
            rows.append({**contact_fields(text), "collection": HOME, "state": "new"})
        except ToolFailed:
            unread += 1
    return _IMPORTING.keep_new(ctx, rows, name, known=known, unread=unread)


def _was_exported(path: FilePath, *, ctx: ToolContext) -> bool | None:
    return was_written(export_path(path, ".vcf", ctx), _cards(ctx))


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_exported,
    phrases=(
        "(export|save|write) [my|the|all] (contacts|address book) (to|as|into) {path:*.vcf}",
        "(export|save|back up|backup) [my|the|all] (contacts|address book) [to a file] {path?}",
    ),
)
def export_contacts(path: FilePath, *, ctx: ToolContext) -> Exported:
    """Write all contacts to a vCard file (.vcf).

    Args:
        path: The file to write, which must not exist.
    """
    count = len(live(ctx))
    if not count:
        raise ToolFailed("There are no contacts to write. Add one, or import a vCard file.")
    shown = write_new(export_path(path, ".vcf", ctx), _cards(ctx), ctx)
    return Exported(f"Wrote {counted(count, 'contact')} to {shown}.", shown, count)


def _cards(ctx: ToolContext) -> bytes:
    return "".join(row.content for row in live(ctx)).encode()
