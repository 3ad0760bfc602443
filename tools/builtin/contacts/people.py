"""Contacts: found, added, changed and deleted, in Homewit's own database."""

import uuid
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...records import Contact
from ...spec import Effect
from ...text.wording import counted, gone, plain
from ..choosing import named, take_back
from ..synchronising import change, check_writable, looked, place_for, still_here, take_out, undo_adding
from .cards import Card, changed, checked_email, checked_phone, read_card, write_card
from .server import SECRETS, SHELF
from .stored import contact_fields, described, live, matching

_SHOWN = 30
_NEW = "(add|create|make|save) [a|the] [new] contact [called|named|for]"
_EMAIL = "[the] (email|e-mail|mail|email address) {email:email}"
_PHONE = "[the] (phone|number|phone number|mobile number) {phone:phone}"
_BOOK = "(contacts|address book)"
_ASKED = (
    "(what is|do you know|do you have|have you got|do i have|have i got|find|look up|show me|show|tell me|"
    "get me|get|give me)"
)
_KEPT = (
    "(number|phone|phone number|mobile|mobile number|cell|cell number|email|e-mail|mail|email address|"
    "e-mail address|mail address|address|contact details|details)"
)
"""What phrases call the things that are kept of a person."""
_AS = "[as|to|is|it is|it's|its]"
_CHANGED = (
    "(change|update|set) {{contact:name}}'s {kept} to {value}",
    "{{contact:name}}'s [new] {kept} (is now|changed to|has changed to|is) {value}",
    "(the new|the) {kept} (of|for) {{contact:name}} is [now] {value}",
    "{{contact:name}} (has|got|has got) a new {kept}[,|:] [it is|it's|its] {value}",
    "{{contact:name}} [has] (moved|changed jobs|changed)[,] [and] (his|her|their|the) [new] {kept} "
    "is [now] {value}",
)
"""How people say what is new of somebody; with the name of what is kept, and its place."""
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
    phrases=(
        f"{_ASKED} {{words:name}}'s {_KEPT}",
        f"{{words:name}}'s {_KEPT}",
        f"{_ASKED} {{words:name}}'s {_KEPT} again",
        "[what is|do you know] [the] (phone number|mobile number|email|email address|contact details) "
        "(of|for) [the] {words:name}",
        f"(do you have|have you got|do i have|have i got) [the|a] {_KEPT} (of|for) [the] {{words:name}}",
        f"(find|look up|search for|show|show me|get me) {{words:name}} in (my|the) {_BOOK}",
        f"(search|look in) (my|the) {_BOOK} for {{words:name}}",
        f"(who is|do i have|is there) [a] {{words:name}} in (my|the) {_BOOK}",
        "(who do i know|do i know anyone|do i know anybody|who do i have) (at|from|in) {words:words}",
        "how (can|do) i (reach|contact|call|phone|email) {words:name}",
        "(show|list) [me] [all] [of] (my|the) contacts",
    ),
)
def find_contacts(words: Annotated[str, Field(max_length=200)] = "", *, ctx: ToolContext) -> ContactList:
    """Find people in the contacts: their mail address, phone number, birthday and so on.

    Args:
        words: A name, or other words; nothing for all.
    """
    note = looked(ctx, SHELF)
    found = matching(ctx, words)
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
    phrases=(
        f"(add|save|put) {{name:name}} (to|in) (my|the) {_BOOK}",
        f"(add|save|put) {{name:name}} (to|in) (my|the) {_BOOK} with {_PHONE}",
        f"(add|save|put) {{name:name}} (to|in) (my|the) {_BOOK} with {_EMAIL}",
        f"(add|save|put) {{name:name}} (to|in) (my|the) {_BOOK} with {_PHONE} and {_EMAIL}",
        f"(add|save|put) {{name:name}} (to|in) (my|the) {_BOOK} with {_EMAIL} and {_PHONE}",
        f"(add|save|put) {{name:name}} with {_PHONE} (to|in) (my|the) {_BOOK}",
        f"(add|save|put) {{name:name}} with {_EMAIL} (to|in) (my|the) {_BOOK}",
        f"(add|save|put) {{name:name}} with {_PHONE} and {_EMAIL} (to|in) (my|the) {_BOOK}",
        f"(add|save|put) {{name:name}} with {_EMAIL} and {_PHONE} (to|in) (my|the) {_BOOK}",
        f"{_NEW} {{name:name}}",
        "(add|save) {name:name} as a [new] contact",
        f"{_NEW} {{name:name}} {{email:email}}",
        "new contact[:] {name:name}[,] {email:email}",
        "new contact[:] {name:name}[,] {phone:phone}",
        f"{_NEW} {{name:name}} {{phone:phone}}",
        f"{_NEW} {{name:name}} with {_PHONE}",
        f"{_NEW} {{name:name}} with {_EMAIL}",
        f"{_NEW} {{name:name}} with {_PHONE} and {_EMAIL}",
        f"{_NEW} {{name:name}} with {_EMAIL} and {_PHONE}",
        f"(add|save) [the] {{name:name}}'s [phone|mobile] number[,|:] {_AS} {{phone:phone}}",
        f"(add|save) [the] {{name:name}}'s (email|e-mail|mail|email address)[,|:] {_AS} {{email:email}}",
    ),
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
        birthday=birthday or "",
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
    phrases=(
        *(
            form.format(kept=kept, value=value)
            for kept, value in (
                ("[phone|mobile|cell] (number|phone)", "{phone:phone}"),
                ("(email|e-mail|mail) [address]", "{email:email}"),
            )
            for form in _CHANGED
        ),
    ),
)
def edit_contact(
    contact: Name,
    name: Optional = None,
    email: Optional = None,
    phone: Optional = None,
    organization: Optional = None,
    birthday: Annotated[str | None, Field(max_length=40)] = None,
    note: Annotated[str | None, Field(max_length=2000)] = None,
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
    given = {"organization": organization, "birthday": birthday, "note": note}
    fields |= {field: text.strip() for field, text in given.items() if text is not None}
    if not fields:
        raise ToolRetry(
            "Nothing was said to change.", "Give a name, email, phone, organization, birthday or note."
        )
    content = changed(row.content, replace(card, **fields))
    done = change(ctx, SHELF, row, **contact_fields(content, row.uid))
    text = f"Changed: {described(read_card(content))}.{still_here(ctx, SHELF, row.collection)}"
    return ContactChanged(text, done.row.name, row.id, [done.change])


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_undo_change,
    phrases=(
        "(delete|remove) [the|my] contact {contact:name}",
        "(delete|remove) {contact:it} [contact] [again]",
        f"(delete|remove|take|kick) {{contact:name}} (from|in|out of|off) (my|the) {_BOOK}",
    ),
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
