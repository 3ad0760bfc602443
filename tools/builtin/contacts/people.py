"""Contacts: found, added, changed and deleted, in Homewit's own database."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...records import Contact
from ...spec import Effect
from ...text.wording import counted, gone, plain
from ...when.moments import day_words
from ..choosing import named, take_back
from ..synchronising import change, check_writable, looked, place_for, still_here, take_out, undo_adding
from .asking import ADDED, DELETED, EDITED, FOUND
from .birthdays import checked_birthday, coming, read_birthday
from .cards import Card, changed, checked_email, checked_phone, read_card, write_card
from .server import SECRETS, SHELF
from .stored import contact_fields, described, live, matching

_SHOWN = 30
Name = Annotated[str, Field(min_length=1, max_length=200)]
Optional = Annotated[str | None, Field(max_length=300)]


@dataclass(frozen=True, slots=True)
class FoundContact:
    """One contact, and who its words came from."""

    id: str
    name: str
    email: str | None
    emails: list[str]
    phones: list[str]
    organization: str
    address: str
    birthday: str
    note: str
    origin: str


@dataclass(frozen=True, slots=True)
class ContactList:
    """The contacts that fit; `email` is the first address of the only one, if there is only one."""

    text: str
    contacts: list[FoundContact]
    count: int
    email: str | None


@dataclass(frozen=True, slots=True)
class ContactAdded:
    """A new contact."""

    text: str
    name: str
    id: str


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A contact that was changed or deleted; `changes` is what undo needs."""

    text: str
    name: str
    id: str
    changes: list[str]


def _remove(result: ContactAdded, *, ctx: ToolContext) -> str:
    contact = undo_adding(ctx, SHELF, result.id)
    return gone("contact") if contact is None else f"Removed from your contacts: {contact.name}"


def _undo_change(result: ContactChanged, *, ctx: ToolContext) -> str:
    take_back(result.changes, ctx, "contact")
    return f"As it was: {described(read_card(ctx.records.find('contact', result.id).content))}"


@tool(
    secrets=SECRETS,
    phrases=FOUND,
)
def find_contacts(
    words: Annotated[str, Field(max_length=200)] = "",
    birthday: Annotated[str | None, Field(max_length=100, examples=["this month"])] = None,
    *,
    ctx: ToolContext,
) -> ContactList:
    """Find people in the contacts: their mail address, phone number, birthday and so on.

    Args:
        words: A name, a phone number, or other words; nothing for all.
        birthday: When they have their birthday; "next" for the next one of each.
    """
    note = looked(ctx, SHELF)
    found = matching(ctx, words)
    if birthday is not None:
        return _celebrating(ctx, found, birthday, note)
    contacts = [_found(row) for row in found]
    if not contacts:
        none = f"No contact fits {words!r}." if words.strip() else "No contacts yet."
        return ContactList(none + note, [], 0, None)
    lines = [described(read_card(row.content)) for row in found[:_SHOWN]]
    if len(found) == 1:
        return ContactList(lines[0] + note, contacts, 1, contacts[0].email)
    more = [f"… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    text = "\n".join([f"{counted(len(found), 'contact')}:", *(f"- {line}" for line in lines), *more])
    return ContactList(text + note, contacts, len(found), None)


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_remove,
    phrases=ADDED,
)
def add_contact(
    name: Name,
    email: Optional = None,
    phone: Optional = None,
    organization: Optional = None,
    birthday: Annotated[str | None, Field(max_length=40, examples=["1985-04-12"])] = None,
    address: Optional = None,
    note: Annotated[str | None, Field(max_length=2000)] = None,
    *,
    ctx: ToolContext,
) -> ContactAdded:
    """Add a person to the contacts.

    Args:
        name: The full name.
        email: The mail address.
        phone: The phone number.
        organization: Where the person works.
        birthday: The birthday.
        address: The postal address.
        note: Anything else.
    """
    name = " ".join(name.split())
    if not name:
        raise ToolRetry("The contact has no name.", "Say who it is.")
    card = Card(
        uid=str(uuid.uuid4()),
        name=name,
        emails=(checked_email(email),) if email and email.strip() else (),
        phones=(checked_phone(phone),) if phone and phone.strip() else (),
        organization=organization or "",
        address=address or "",
        birthday=checked_birthday(birthday, ctx.now().date()) if birthday and birthday.strip() else "",
        note=note or "",
    )
    twins = [row for row in live(ctx) if plain(row.name) == plain(name)]
    place = place_for(ctx, SHELF, None)
    row = ctx.records.add("contact", **contact_fields(write_card(card)), collection=place, state="new")
    warned = " There is another contact of that name." if twins else ""
    text = f"Added to your contacts: {described(card)}.{warned}{still_here(ctx, SHELF, place)}"
    return ContactAdded(text, name, row.id)


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_undo_change,
    phrases=EDITED,
)
def edit_contact(
    contact: Name,
    name: Optional = None,
    email: Optional = None,
    phone: Optional = None,
    organization: Optional = None,
    birthday: Annotated[str | None, Field(max_length=40)] = None,
    note: Annotated[str | None, Field(max_length=2000)] = None,
    address: Optional = None,
    *,
    ctx: ToolContext,
) -> ContactChanged:
    """Change a contact; a new address or number becomes the first, and the others stay.

    Args:
        contact: The name, or the id.
        name: The new name.
        email: A mail address; with - in front, one to take away.
        phone: A phone number; with - in front, one to take away.
        organization: Where the person works.
        birthday: The birthday.
        note: Anything else.
        address: The postal address.
    """
    row = the_contact(ctx, contact)
    card = read_card(row.content)
    fields: dict[str, Any] = {}
    if name and name.strip():
        fields["name"] = " ".join(name.split())
    if email and email.strip():
        fields["emails"] = _with(card.emails, email, checked_email)
    if phone and phone.strip():
        fields["phones"] = _with(card.phones, phone, checked_phone)
    if birthday and birthday.strip():
        birthday = checked_birthday(birthday, ctx.now().date())
    given = {"organization": organization, "birthday": birthday, "note": note, "address": address}
    fields |= {field: text.strip() for field, text in given.items() if text is not None}
    if not fields:
        raise ToolRetry(
            "Nothing was said to change.",
            "Give a name, email, phone, organization, birthday, address or note.",
        )
    content = changed(row.content, replace(card, **fields), moved="address" in fields)
    done = change(ctx, SHELF, row, **contact_fields(content, row.uid))
    text = f"Changed: {described(read_card(content))}.{still_here(ctx, SHELF, row.collection)}"
    return ContactChanged(text, done.row.name, row.id, [done.change])


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_undo_change,
    phrases=DELETED,
)
def delete_contact(contact: Name, *, ctx: ToolContext) -> ContactChanged:
    """Delete a contact; undo brings it back for a month.

    Args:
        contact: The name, or the id.
    """
    row = the_contact(ctx, contact)
    done = take_out(ctx, SHELF, row)
    text = f"Deleted the contact: {row.name}.{still_here(ctx, SHELF, row.collection)}"
    return ContactChanged(text, row.name, row.id, [done.change])


def the_contact(ctx: ToolContext, wanted: str) -> Contact:
    """The contact that is meant; raises ToolRetry when there is none or more than one."""
    looked(ctx, SHELF)
    by_id = [row for row in live(ctx) if row.id == wanted.strip()]
    found = by_id or matching(ctx, wanted)
    exact = [row for row in found if plain(row.name) == plain(wanted)]
    chosen = exact if len(exact) == 1 else found
    if len(chosen) == 1:
        check_writable(ctx, SHELF, chosen[0].collection, chosen[0].name)
        return chosen[0]
    if not chosen:
        raise ToolRetry(f"There is no contact {wanted!r}.", "`find_contacts` shows whom there is.")
    said = named(f"{described(read_card(row.content))}, id {row.id}" for row in chosen)
    raise ToolRetry(f"{wanted!r} fits more than one contact: {said}.", "Give the full name or the id of one.")


def _celebrating(ctx: ToolContext, found: Sequence[Contact], period: str, note: str) -> ContactList:
    """Those whose birthday is in a period, the first one first, with the age that they reach."""
    born = [read_birthday(read_card(row.content).birthday) for row in found]
    days = coming(born, period, ctx.now())
    if not days:
        none = f"{period.strip()}: no birthdays" if any(born) else "No contact has a birthday"
        return ContactList(f"{none[:1].upper()}{none[1:]}.{note}", [], 0, None)
    lines = []
    for place, day in days[:_SHOWN]:
        year = one.year if (one := born[place]) else None
        age = f" ({day.year - year})" if year and day.year > year else ""
        lines.append(f"- {found[place].name}: {day_words(day, ctx.now().date())}{age}")
    more = [f"… and {len(days) - _SHOWN} more"] if len(days) > _SHOWN else []
    contacts = [_found(found[place]) for place, _ in days]
    text = "\n".join([f"{counted(len(days), 'birthday')}:", *lines, *more])
    return ContactList(text + note, contacts, len(days), contacts[0].email if len(days) == 1 else None)


def _with(present: tuple[str, ...], text: str, check: Any) -> tuple[str, ...]:
    taken_away = text.strip().startswith("-")
    one = check(text.strip().lstrip("-"))
    rest = tuple(other for other in present if other.casefold() != one.casefold())
    if taken_away and len(rest) == len(present):
        raise ToolRetry(f"The contact has no {one}.", f"It has: {', '.join(present) or 'none'}.")
    return rest if taken_away else (one, *rest)


def _found(row: Contact) -> FoundContact:
    card = read_card(row.content)
    return FoundContact(
        row.id, card.name, next(iter(card.emails), None), list(card.emails), list(card.phones),
        card.organization, card.address, card.birthday, card.note, row.origin,
    )  # fmt: skip
