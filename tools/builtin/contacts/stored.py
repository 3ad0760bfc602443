"""The contacts among the user's records: what is stored of one, and which hold some words."""

import re
import uuid
from typing import Any

from ...context import ToolContext
from ...records import Contact
from ...text.wording import plain
from .cards import Card, read_card

_NUMBER = re.compile(r"\+?[\d(][\d\s()./-]{4,28}\d")
"""A phone number, long enough to be one's own."""


def contact_fields(content: str, uid: str = "") -> dict[str, Any]:
    """What is stored of a contact beside its vCard."""
    card = read_card(content)
    words = card.words()
    return {
        "uid": uid or card.uid or str(uuid.uuid4()),
        "name": card.name,
        "content": content,
        "words": words,
    }


def live(ctx: ToolContext) -> list[Contact]:
    """Contacts that are not deleted, by name."""
    return [row for row in ctx.records.rows("contact") if row.state != "removed"]


def matching(ctx: ToolContext, words: str) -> list[Contact]:
    """Contacts that hold all the words, or a phone number however it is written; those whose name holds the
    words come alone if there are any.
    """
    if _NUMBER.fullmatch(words.strip()) and (found := [row for row in live(ctx) if _has_number(row, words)]):
        return found
    wanted = plain(words).split()
    found = [row for row in live(ctx) if all(word in row.words for word in wanted)]
    by_name = [row for row in found if all(word in row.name.casefold() for word in wanted)]
    return by_name if wanted and by_name else found


def _has_number(row: Contact, number: str) -> bool:
    """Whether a number is one of a contact's, with the country before it or without."""
    asked = _digits(number)
    known = (_digits(phone) for phone in read_card(row.content).phones)
    return any(
        min(len(asked), len(one)) > 5 and (one.endswith(asked) or asked.endswith(one)) for one in known
    )


def _digits(number: str) -> str:
    """Those of a phone number, without a zero that stands for the rest of the country."""
    return re.sub(r"\D", "", number.replace("(0)", "")).lstrip("0")


def described(card: Card) -> str:
    """A person in a line."""
    said = [", ".join(card.emails), ", ".join(card.phones), card.organization, card.address]
    said += [f"born {card.birthday}" if card.birthday else "", card.note]
    told = "; ".join(part for part in said if part)
    return f"{card.name}: {told}" if told else card.name
