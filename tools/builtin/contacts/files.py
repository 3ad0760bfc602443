"""Contacts as files: read in and taken back as a whole, and written for other programs."""

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
from .cards import MAX_FILE_BYTES, read_card, split
from .shelf import contact_fields, live

FilePath = Annotated[str, Field(min_length=1, max_length=1000, examples=["contacts.vcf"])]


@dataclass(frozen=True, slots=True)
class ContactsImported:
    """What an import kept; `id` is what undo needs."""

    text: str
    id: str
    new: int
    known: int


@dataclass(frozen=True, slots=True)
class ContactsExported:
    """Contacts that were written to a file."""

    text: str
    path: str
    count: int


def _undo_import(result: ContactsImported, *, ctx: ToolContext) -> str:
    brought = ctx.records.find("import", result.id)
    if brought is None:
        return gone("import")
    removed = ctx.records.remove_all("contact", batch=result.id)
    ctx.records.remove("import", result.id)
    return f"Removed {counted(removed, 'contact')} that came from {brought.name}."


@tool(
    effect=Effect.RECORD,
    undo=_undo_import,
    untrusted_output=True,
    phrases=(
        "import [the|my] [contacts|people] [file] [in|of|from] {path:*.vcf} [(to|into|in) (my|the) contacts]",
    ),
)
def import_contacts(path: FilePath, *, ctx: ToolContext) -> ContactsImported:
    """Add the people of a vCard file (.vcf) to the contacts; those who are there already are left out.

    Args:
        path: The file.
    """
    file = readable_path(path, ctx)
    name = shown_path(file, ctx)
    if not file.is_file():
        raise ToolRetry(f"There is no file {name}.", "Give the path of a .vcf file.")
    if file.stat().st_size > MAX_FILE_BYTES:
        raise ToolFailed(f"{name} has more than {MAX_FILE_BYTES // 10**6} MB and is not read.")
    try:
        content = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise ToolFailed(f"{name} cannot be read: {error.strerror}.") from error
    present = live(ctx)
    uids, people = {row.uid for row in present}, {row.words for row in present}
    rows, known, unread = [], 0, 0
    for text in split(content):
        try:
            card = read_card(text)
            if card.uid in uids or card.words() in people:
                known += 1
                continue
            people.add(card.words())
            rows.append({**contact_fields(text), "collection": HOME, "state": "new"})
        except ToolFailed:
            unread += 1
    if not rows:
        raise ToolFailed(
            f"Nothing to import from {name}: {known} known already, {unread} that cannot be read."
        )
    batch = keep_batch(ctx, "contact", rows, of="contacts", name=name)
    said = f"Imported {counted(len(rows), 'contact')} from {name}."
    said += f" {known} were there already." if known else ""
    said += f" {unread} could not be read." if unread else ""
    return ContactsImported(said, batch, len(rows), known)


def _was_exported(path: FilePath, *, ctx: ToolContext) -> bool | None:
    return was_written(_card_file(path, ctx), _cards(ctx))


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_exported,
    phrases=("(export|save|write) (my|the) contacts (to|as|into) {path:*.vcf}",),
)
def export_contacts(path: FilePath, *, ctx: ToolContext) -> ContactsExported:
    """Write all contacts to a vCard file (.vcf).

    Args:
        path: The file to write, which must not exist.
    """
    count = len(live(ctx))
    if not count:
        raise ToolFailed("There are no contacts to write. Add one, or import a vCard file.")
    shown = write_new(_card_file(path, ctx), _cards(ctx), ctx)
    return ContactsExported(f"Wrote {counted(count, 'contact')} to {shown}.", shown, count)


def _card_file(path: str, ctx: ToolContext) -> Path:
    return writable_path(path if path.lower().endswith(".vcf") else f"{path}.vcf", ctx)


def _cards(ctx: ToolContext) -> bytes:
    return "".join(row.content for row in live(ctx)).encode()
