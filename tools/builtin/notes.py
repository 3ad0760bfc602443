"""Notes: short texts the user wants kept and found again."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolRetry
from ..spec import Effect
from ..wording import counted, gone, plain

_EVERYTHING = {"", "*", "all", "all notes", "notes", "everything", "my notes"}


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """A stored note."""

    text: str
    id: str


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note that fits the search, and who its words came from."""

    id: str
    text: str
    created: str
    origin: str


@dataclass(frozen=True, slots=True)
class FoundNotes:
    """The notes that fit, best first."""

    text: str
    notes: list[FoundNote]
    count: int


def _remove_note(result: NoteAdded, *, ctx: ToolContext) -> str:
    note = ctx.records.find("note", result.id)
    if note is None or not ctx.records.remove("note", result.id):
        return gone("note")
    return f"Removed the note: {note.text}"


@tool(effect=Effect.RECORD, undo=_remove_note)
def add_note(text: Annotated[str, Field(min_length=1, max_length=20_000)], *, ctx: ToolContext) -> NoteAdded:
    """Keep a note.

    Args:
        text: What to note.
    """
    if not text.strip():
        raise ToolRetry("The note is empty.", "Say what to note.")
    note = ctx.records.add_note(text.strip())
    return NoteAdded(f"Noted: {note.text}", note.id)


@tool
def search_notes(query: Annotated[str, Field(max_length=500)], *, ctx: ToolContext) -> FoundNotes:
    """Find notes by words that they contain.

    Args:
        query: Words to look for; nothing for the latest notes.
    """
    everything = plain(query) in _EVERYTHING
    found = ctx.records.search_notes("" if everything else query.strip())
    notes = [
        FoundNote(note.id, note.text, note.created.isoformat(timespec="minutes"), note.origin)
        for note in found
    ]
    if not notes:
        return FoundNotes("No notes yet." if everything else f"No notes about {query!r}.", [], 0)
    if len(notes) == 1:
        return FoundNotes(notes[0].text, notes, 1)
    lines = [f"{number}. {note.text}" for number, note in enumerate(notes, 1)]
    return FoundNotes(f"{counted(len(notes), 'note')}:\n" + "\n".join(lines), notes, len(notes))
