"""Contacts as vCards (RFC 6350): written, read and changed, with what is not understood left as it was.

Text by strangers is bounded before it is parsed. Knows nothing of where contacts are kept.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import ToolFailed, ToolRetry
from ...text.wording import printable_line

MAX_CARD_CHARACTERS = 1_000_000  # a card may hold a photograph
MAX_FILE_BYTES = 50_000_000
MAX_CARDS = 20_000
_LONGEST = 300
_EMAIL = re.compile(r"[^@\s<>,;\"'()\[\]\\]{1,64}@[^@\s<>,;\"'()\[\]\\]+\.[^@\s<>,;\"'()\[\]\\.]+")
_BEGIN = re.compile(r"^BEGIN:VCARD\s*$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(r"^END:VCARD\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of one person."""

    uid: str
    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organization: str = ""
    address: str = ""
    birthday: str = ""
    note: str = ""

    def words(self) -> str:
        """What a search looks at."""
        said = (self.name, *self.emails, *self.phones, self.organization, self.address, self.note)
        return " ".join(part for part in said if part).casefold()


def write_card(card: Card) -> str:
    """A vCard 3.0, which every program reads."""
    import vobject

    made = vobject.vCard()
    made.add("uid").value = card.uid
    made.add("fn").value = card.name
    *given, family = card.name.split() or [""]
    made.add("n").value = vobject.vcard.Name(family=family, given=" ".join(given))
    _fill(made, card)
    return made.serialize()


def read_card(content: str) -> Card:
    """What a vCard says; raises ToolFailed for text that is none."""
    card = _parsed(content)
    name = _first(card, "fn") or _name(card) or _first(card, "org") or "(without a name)"
    return Card(
        uid=_first(card, "uid"),
        name=name,
        emails=_all(card, "email"),
        phones=_all(card, "tel"),
        organization=_first(card, "org"),
        address=_first(card, "adr"),
        birthday=_first(card, "bday"),
        note=_first(card, "note"),
    )


def changed(content: str, card: Card, *, moved: bool = False) -> str:
    """A vCard with what ``card`` says in place of its own, and everything else as it was; the address, too,
    whose parts a line cannot tell, unless its owner ``moved``.
    """
    made = _parsed(content)
    for name in ("fn", "email", "tel", "org", "bday", "note", *(("adr",) if moved else ())):
        made.contents.pop(name, None)
    made.add("fn").value = card.name
    _fill(made, card, address=moved)
    try:
        return made.serialize()
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ToolFailed(f"The contact cannot be written: {str(error)[:200]}") from error


def split(content: str) -> Iterator[str]:
    """The cards of a file, one by one; those that are too large are left out."""
    starts = [match.start() for match in _BEGIN.finditer(content)]
    if not starts:
        raise ToolFailed(
            "The file holds no contacts: it has no vCard. Give a file that contacts were exported to (.vcf)."
        )
    if len(starts) > MAX_CARDS:
        raise ToolFailed(f"The file has more than {MAX_CARDS} contacts. Split it into several files.")
    for place, start in enumerate(starts):
        end = _END.search(content, start, starts[place + 1] if place + 1 < len(starts) else len(content))
        if end is not None and end.end() - start <= MAX_CARD_CHARACTERS:
            yield content[start : end.end()].replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n"


def checked_email(text: str) -> str:
    """An address as it is kept; raises ToolRetry for what is none."""
    bare = text.strip().removeprefix("mailto:")
    if not _EMAIL.fullmatch(bare):
        raise ToolRetry(f"{text[:100]!r} is not a mail address.", "Write it like ann@example.org.")
    return bare


def checked_phone(text: str) -> str:
    """A number as it is kept; raises ToolRetry for what is none."""
    bare = " ".join(text.split())
    if not re.fullmatch(r"\+?[\d\s()./-]{3,30}(?: ?(?:x|ext\.?) ?\d{1,6})?", bare):
        raise ToolRetry(f"{text[:100]!r} is not a phone number.", "Write it like +49 30 1234567.")
    return bare


def _fill(made: Any, card: Card, address: bool = True) -> None:
    for email in card.emails:
        made.add("email").value = email
    for phone in card.phones:
        made.add("tel").value = phone
    if card.organization:
        made.add("org").value = [card.organization]
    if card.birthday:
        made.add("bday").value = card.birthday
    if card.note:
        made.add("note").value = card.note
    if card.address and address:
        import vobject

        made.add("adr").value = vobject.vcard.Address(street=card.address)


def _parsed(content: str) -> Any:
    import vobject

    # It writes each line that it cannot read into the log, as it stands: private, and as many as there are.
    logging.getLogger(vobject.base.__name__).setLevel(logging.CRITICAL)
    if len(content) > MAX_CARD_CHARACTERS:
        raise ToolFailed("A contact of more than a megabyte is not read.")
    try:
        found = next(vobject.readComponents(content, ignoreUnreadable=True), None)
    except Exception as error:
        raise ToolFailed(f"This is no contact that can be read: {str(error)[:200]}") from error
    if found is None or found.name != "VCARD":
        raise ToolFailed("This is no contact: it has no vCard.")
    return found


def _all(card: Any, name: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(text for one in card.contents.get(name, [])[:20] if (text := _text(one.value)))
    )


def _first(card: Any, name: str) -> str:
    return next(iter(_all(card, name)), "")


def _name(card: Any) -> str:
    found = next(iter(card.contents.get("n", [])), None)
    value = getattr(found, "value", None)
    return _clean(f"{getattr(value, 'given', '')} {getattr(value, 'family', '')}")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return _clean(", ".join(str(part) for part in value if part))
    if hasattr(value, "street"):
        parts = (value.street, value.code, value.city, value.region, value.country)
        return _clean(
            ", ".join(" ".join(part) if isinstance(part, list) else str(part) for part in parts if part)
        )
    return _clean(str(value))


def _clean(text: str) -> str:
    return printable_line(text[: 4 * _LONGEST], _LONGEST)
