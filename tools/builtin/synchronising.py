"""What the calendar and the contacts have in common when they are kept on a server, too.

Reading looks at the server by itself, as a mail program does; handing in is a tool of its own that shows what
goes out.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from ..context import ToolContext
from ..dav.accounts import accounts, chosen
from ..dav.fetching import refresh, shelved
from ..dav.sending import Keep, Sent, send, target, waiting
from ..dav.shelves import HOME, Shelf
from ..errors import ToolFailed, ToolRetry
from ..records import CalendarEvent, Changed, Contact
from ..text.wording import counted
from .choosing import named

Server = Annotated[str | None, Field(max_length=200)]
"""Which server a tool is asked to use."""
WITHIN_S = 100.0
"""How long a synchronisation may look at servers; the tools' own limit lies above."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What went to the servers and what came from them; `conflicts` names what was changed on both sides."""

    text: str
    sent: int
    new: int
    changed: int
    gone: int
    conflicts: list[str]


def looked(ctx: ToolContext, shelf: Shelf) -> str:
    """Bring the copy up to date before it is read; lines for what did not work, "" when all is well."""
    return "".join(f"\n({problem}.)" for problem in _sentences(refresh(ctx, shelf).problems))


def place_for(ctx: ToolContext, shelf: Shelf, name: str | None) -> str:
    """The id of the collection that a new record goes into; raises ToolRetry for a name that there is not."""
    there = accounts(ctx)
    if there and not shelved(ctx.records, shelf):
        refresh(ctx, shelf)
    found = target(ctx, shelf, there, name)
    if not found:
        known = ", ".join([*(row.name for row in shelved(ctx.records, shelf) if row.writable), HOME])
        raise ToolRetry(f"There is no {shelf.place} {name!r} that can be written to.", f"There are: {known}.")
    return found


def names_of_places(ctx: ToolContext, shelf: Shelf) -> dict[str, str]:
    """The name of each collection by its id."""
    return {row.id: row.name for row in shelved(ctx.records, shelf)}


def still_here(ctx: ToolContext, shelf: Shelf, place: str) -> str:
    """A sentence for a change that its server does not know of yet."""
    if place == HOME:
        return ""
    name = names_of_places(ctx, shelf).get(place, "its server")
    return f" It is here; sync_{shelf.kind} sends it to {name}."


def change(ctx: ToolContext, shelf: Shelf, row: CalendarEvent | Contact, **fields: Any) -> Changed:
    """Change a record, which its server learns of at the next synchronisation."""
    state = "new" if row.state == "new" else "changed"
    return ctx.records.change(shelf.record, row.id, **fields, state=state)


def take_out(ctx: ToolContext, shelf: Shelf, row: CalendarEvent | Contact) -> Changed:
    """Delete a record; one that its server has stays until that was told."""
    if row.state == "new":
        return ctx.records.delete(shelf.record, row.id)
    return ctx.records.change(shelf.record, row.id, state="removed")


def undo_adding(ctx: ToolContext, shelf: Shelf, id: str) -> Any | None:
    """Take out a record for good that was added; the record, or None when it is gone already."""
    row = ctx.records.find(shelf.record, id)
    if row is not None and row.state == "new":
        ctx.records.remove(shelf.record, id)
    elif row is not None:
        take_out(ctx, shelf, row)
    return row


def check_writable(ctx: ToolContext, shelf: Shelf, place: str, title: str) -> None:
    """Raise ToolFailed for a record of a collection that the user may only read."""
    row = ctx.records.find("collection", place) if place != HOME else None
    if row is not None and not row.writable:
        raise ToolFailed(f"{title} is in {row.name}, which you may only read.")


def going_out(ctx: ToolContext, shelf: Shelf, account: str | None, keep: Keep | None) -> str:
    """What a synchronisation would hand in, line by line; what the user consents to."""
    there = chosen(ctx, account)
    found = waiting(ctx, shelf, there)
    hosts = ", ".join(one.shown for one in there)
    if not found:
        return f"Nothing waits to be sent to {hosts}; only what changed there is fetched."
    words = {"new": "add", "changed": "change", "removed": "remove"}
    lines = [
        f"{words[one.state]} in {place.name}: {shelf.said(one.content)}" for place, one in found[:_SHOWN]
    ]
    more = [f"… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    ends = {"mine": "Your version replaces one that was changed there meanwhile.",
            "theirs": "One that was changed there meanwhile replaces yours."}  # fmt: skip
    return "\n".join([f"Sent to {hosts}:", *lines, *more, *([ends[keep]] if keep else [])])


def nothing_waits(ctx: ToolContext, shelf: Shelf, account: str | None) -> bool:
    """Whether all was handed in, which is how a synchronisation that was cut off is judged."""
    return not waiting(ctx, shelf, chosen(ctx, account))


def synchronise(ctx: ToolContext, shelf: Shelf, account: str | None, keep: Keep | None) -> Synchronised:
    """Hand in what waits, then fetch what changed; raises ToolFailed when nothing of it worked."""
    there = chosen(ctx, account)
    if not shelved(ctx.records, shelf):
        first = refresh(ctx, shelf, of=there, anyway=True, within_s=WITHIN_S)
        if first.problems and not shelved(ctx.records, shelf):
            raise ToolFailed(_sentences(first.problems)[0])
    sent = Sent()
    for one in there:
        send(ctx, shelf, one, keep, sent)
    look = refresh(ctx, shelf, of=there, anyway=True, within_s=WITHIN_S)
    problems = _sentences([*sent.problems, *look.problems])
    if problems and not sent.done and not sent.conflicts and not (look.new or look.changed or look.gone):
        raise ToolFailed(" ".join(f"{one}." for one in problems[:3]))
    parts = [f"Sent {counted(len(sent.done), *shelf.nouns)}" if sent.done else ""]
    came = [(look.new, "new"), (look.changed, "changed"), (look.gone, "removed")]
    parts += [", ".join(f"{number} {word}" for number, word in came if number) + " from the server" if any(
        number for number, _ in came) else ""]  # fmt: skip
    said = "; ".join(part for part in parts if part) or f"Your {shelf.noun} is up to date"
    text = f"{said[:1].upper()}{said[1:]}."
    if sent.conflicts:
        text += (
            f"\nChanged here and on the server, so neither was overwritten: {named(sent.conflicts)}. Say "
            f'"sync my {shelf.noun} and keep mine" or "… keep theirs".'
        )
    text += "".join(f"\n{one}." for one in problems)
    return Synchronised(text, len(sent.done), look.new, look.changed, look.gone, sent.conflicts)


def _sentences(problems: list[str]) -> list[str]:
    return [problem.strip().rstrip(".") for problem in problems]
