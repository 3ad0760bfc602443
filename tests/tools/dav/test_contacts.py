"""An address book on a server: the same copy, and the same rules."""

from typing import Any

from homewit.tools import ToolResult

from ..conftest import TOOLS
from .conftest import BOOK, Laptop, Phone


async def use(laptop: Laptop, tool: str, **args: Any) -> ToolResult:
    return await TOOLS[tool].call(args, laptop.ctx)


def card(uid: str, name: str, email: str) -> str:
    said = f"UID:{uid}\nFN:{name}\nN:{name};;;;\nEMAIL;TYPE=HOME:{email}\nX-CAT:Tom\n"
    return f"BEGIN:VCARD\nVERSION:3.0\n{said}END:VCARD\n"


async def test_people_are_found_added_and_changed(phone: Phone, laptop: Laptop):
    """What is not understood of a card survives its change here; a calendar beside it is left alone."""
    path = phone.make("People", BOOK)
    phone.make("Work")
    phone.put(f"{path}ann.vcf", card("ann", "Ann Lee", "ann@example.org"))
    assert (await use(laptop, "find_contacts", words="ann")).data["email"] == "ann@example.org"
    await use(laptop, "edit_contact", contact="ann lee", email="ann@new.example.org")
    await use(laptop, "add_contact", name="Bo Li", phone="+49 30 123")
    assert await TOOLS["sync_contacts"].foresee({}, laptop.ctx) == (
        "Sent to 127.0.0.1:\nchange in People: Ann Lee: ann@new.example.org, ann@example.org\n"
        "add in People: Bo Li: +49 30 123"
    )
    assert (await use(laptop, "sync_contacts")).text == "Sent 2 contacts."
    changed = phone.get(f"{path}ann.vcf")
    assert "ann@new.example.org" in changed
    assert "X-CAT:Tom" in changed
    assert "Bo Li" in phone.get(path)
    phone.remove(f"{path}ann.vcf")
    laptop.later()
    assert [one["name"] for one in (await use(laptop, "find_contacts")).data["contacts"]] == ["Bo Li"]
