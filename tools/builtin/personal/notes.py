"""Notes: short texts the user wants kept and found again. A word such as #garden in a note is a tag."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...records import Note
from ...spec import Effect
from ...text.wording import counted, gone, plain
from ...when.moments import on_the_clock_of
from ...when.periods import Period, parse_period
from ..choosing import take_back, the_one

_EVERYTHING = {"", "*", "all", "all notes", "notes", "everything", "my notes"}
_TAG = re.compile(r"(?<![\w#&/])#(\w[\w-]{0,49})")
_MOST = 1_000
_SHOW = "[show|find|list|get|read|check|see|view|give] [me] [all] [of] [my|the|any]"
NoteText = Annotated[str, Field(min_length=1, max_length=20_000)]
Which = Annotated[str, Field(min_length=1, max_length=500)]


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
    tags: list[str]


@dataclass(frozen=True, slots=True)
class FoundNotes:
    """The notes that fit, best first."""

    text: str
    notes: list[FoundNote]
    count: int


@dataclass(frozen=True, slots=True)
class NoteChanged:
    """A note that was changed or deleted; `changes` is what undo needs."""

    text: str
    id: str
    note: str
    changes: list[str]


def _remove_note(result: NoteAdded, *, ctx: ToolContext) -> str:
    note = ctx.records.find("note", result.id)
    if note is None or not ctx.records.remove("note", result.id):
        return gone("note")
    return f"Removed the note: {note.text}"


def _restore(result: NoteChanged, *, ctx: ToolContext) -> str:
    take_back(result.changes, ctx, "note")
    return f"The note is again: {ctx.records.find('note', result.id).text}"


@tool(
    effect=Effect.RECORD,
    undo=_remove_note,
    phrases=(
        "(note|note down|write down|jot down) that {text}",
        "(make|take|keep) a note that {text}",
        "[(take|make|add|create|write)] [a] [new] note: {text}",
        "(note|log|jot|record) {text:result} [down]",
        "write {text:result} down",
        "(note|log|jot|write|save|keep|put|add|record|store|turn) {text:result} [down] (in|as|to|into) "
        "(a|my) [new] (note|notes)",
        "(make|take|keep) a [new] note (of|with|from) {text:result}",
        "(put|write|save|store) {text:words} (in|into|to) (a|my) [new] (note|notes)",
    ),
)
def add_note(text: NoteText, *, ctx: ToolContext) -> NoteAdded:
    """Keep a note.

    Args:
        text: What to note.
    """
    if not text.strip():
        raise ToolRetry("The note is empty.", "Say what to note.")
    note = ctx.records.add("note", text=text.strip(), tags=tags_of(text))
    return NoteAdded(f"Noted: {note.text}", note.id)


@tool(
    phrases=(
        "(show|find|list|get|read) [me] [all] [of] [my|the] notes (about|on|with|mentioning) {query:words}",
        "(what do my notes say|what did i note|do i have notes|do i have any notes) (about|on) {query:words}",
        "(what is|is there anything) in my notes (about|on) {query:words}",
        "(did|have) i (write|written|note|noted|jot|jotted) anything [down] (about|on) {query:words}",
        "(show|list|get|read) [me] [all] [of] (my|the) notes {query=}",
        "what notes (do i have|have i got|are there) {query=}",
        f"{_SHOW} [latest|recent|newest|last] notes {{query=}}",
        "[do i have|are there|have i got] any notes {query=}",
        "(note list|list of notes) {query=}",
        f"{_SHOW} notes [i (made|wrote|took)|made|written|taken] [from|of] {{period:when}} {{query=}}",
        f"{_SHOW} {{period:when}}'s notes {{query=}}",
        "(my|any|show [me] my|find [me] my|list my) {query:words} notes",
        "(search|look in|look through) [my|the] notes (for|about) [the|my|a|an] {query:words}",
        *(
            f"{_SHOW} notes (about|on|with|mentioning|regarding) [the|my|a|an] {{query:words}}{time}"
            for time in ("", " {period:when}", " from {period:when}")
        ),
        f"{_SHOW} notes (tagged|tagged with|tagged as|with the tag|with tag) {{query}}",
    )
)
def search_notes(
    query: Annotated[str, Field(max_length=500)],
    period: Annotated[str | None, Field(max_length=100, examples=["last week", "since may"])] = None,
    *,
    ctx: ToolContext,
) -> FoundNotes:
    """Find notes by words that they contain.

    Args:
        query: Words or #tags to look for; nothing for the latest notes.
        period: When they were written.
    """
    everything, span = plain(query) in _EVERYTHING, _span(period, ctx)
    wanted = set(tags_of(query))
    words = "" if everything else _TAG.sub(" ", query).strip()
    if wanted and not words:
        found = list(reversed(ctx.records.rows("note")))
    else:
        found = _with_words(words, ctx, _MOST if wanted or span else 20)
    found = [note for note in found if wanted <= _tags(note) and _written_in(note, span, ctx)][:20]
    notes = [_found(note) for note in found]
    if not notes:
        about = "" if everything else f" about {query!r}"
        none = f"No notes{about} {span.phrase}." if span else f"No notes{about or ' yet'}."
        return FoundNotes(none, [], 0)
    if len(notes) == 1:
        return FoundNotes(notes[0].text, notes, 1)
    lines = [f"{number}. {note.text}" for number, note in enumerate(notes, 1)]
    return FoundNotes(f"{counted(len(notes), 'note')}:\n" + "\n".join(lines), notes, len(notes))


@tool(
    effect=Effect.RECORD,
    undo=_restore,
    phrases=(
        "(change|edit|update|replace) [the|my] note (about|on) {note:words} to [say|read] {text}",
        "(change|edit|update|replace) [the|my] note (about|on) {note:words} to [say|read]: {text}",
    ),
)
def edit_note(note: Which, text: NoteText, *, ctx: ToolContext) -> NoteChanged:
    """Replace the text of a note.

    Args:
        note: Words of the note, or its id.
        text: The new text.
    """
    if not text.strip():
        raise ToolRetry("The new text is empty.", "Use delete_note to remove a note.")
    found = _the_note(note, ctx)
    kept = sorted(_tags(found) - set(tags_of(found.text)))
    changed = ctx.records.change(
        "note", found.id, text=text.strip(), tags=list(dict.fromkeys([*tags_of(text), *kept]))
    )
    return NoteChanged(f"The note now says: {changed.row.text}", found.id, changed.row.text, [changed.change])


@tool(
    effect=Effect.RECORD,
    undo=_restore,
    phrases=("tag [the|my] note [about|on] {note:words} (with|as) {tags}",),
)
def tag_note(
    note: Which, tags: Annotated[list[str], Field(min_length=1, max_length=20)], *, ctx: ToolContext
) -> NoteChanged:
    """Give a note tags, by which search_notes finds it as #tag.

    Args:
        note: Words of the note, or its id.
        tags: The tags, each one word; one that begins with - is taken away.
    """
    found = _the_note(note, ctx)
    present = dict.fromkeys(found.tags)
    for tag in tags:
        name = plain(tag).lstrip("-#").strip().replace(" ", "-")
        if not re.fullmatch(r"\w[\w-]{0,49}", name):
            raise ToolRetry(f"{tag!r} cannot be a tag.", "A tag is one word of letters and digits.")
        if tag.strip().startswith("-"):
            present.pop(name, None)
        else:
            present[name] = None
    changed = ctx.records.change("note", found.id, tags=list(present))
    said = " ".join(f"#{name}" for name in present) or "no tags"
    return NoteChanged(f"{said}: {found.text}", found.id, found.text, [changed.change])


@tool(
    effect=Effect.RECORD,
    undo=_restore,
    phrases=(
        "(delete|remove) [the|my] note (about|on|with|of|that says) {note:words}",
        "(delete|remove) [the|my] note {note:words}",
        "(delete|remove) [the|my] {note:words} note",
        "(delete|remove) {note:it} [note] [again]",
    ),
)
def delete_note(note: Which, *, ctx: ToolContext) -> NoteChanged:
    """Delete a note; undo brings it back for a month.

    Args:
        note: Words of the note, or its id.
    """
    found = _the_note(note, ctx)
    deleted = ctx.records.delete("note", found.id)
    return NoteChanged(f"Deleted the note: {found.text}", found.id, found.text, [deleted.change])


def tags_of(text: str) -> list[str]:
    """The #tags that stand in a text, in lower case, each once."""
    return list(dict.fromkeys(tag.lower() for tag in _TAG.findall(text) if not tag.isdecimal()))


def _with_words(words: str, ctx: ToolContext, most: int) -> list[Note]:
    """Notes that hold words, best first, and then those with a tag of that name; without words the latest."""
    found = list(ctx.records.search_notes(words, limit=most))
    tag, known = plain(words).replace(" ", "-"), {note.id for note in found}
    tagged = [note for note in reversed(ctx.records.rows("note")) if tag in _tags(note)] if tag else []
    return found + [note for note in tagged if note.id not in known]


def _span(period: str | None, ctx: ToolContext) -> Period | None:
    return parse_period(period, ctx.now().date()) if period and period.strip() else None


def _written_in(note: Note, span: Period | None, ctx: ToolContext) -> bool:
    return span is None or span.start <= on_the_clock_of(ctx.now(), note.created).date() <= span.end


def _tags(note: Note) -> set[str]:
    return {*note.tags, *tags_of(note.text)}


def _found(note: Note) -> FoundNote:
    created = note.created.isoformat(timespec="minutes")
    return FoundNote(note.id, note.text, created, note.origin, sorted(_tags(note)))


def _the_note(wanted: str, ctx: ToolContext) -> Note:
    return the_one(wanted, ctx.records.rows("note"), lambda note: note.text, "note", "search_notes", False)
