"""Without a model that can read, a value is found where the text says that it is the one, and only there."""

import datetime as dt

import pytest

from homewit.agent.extraction.fields import Field, fields_of
from homewit.agent.extraction.labels import find_all

INVOICE = """INVOICE 2026-118

Issued: 3 May 2026        Due date: 17 May 2026
Customer: Ann Lee, 5 Main Street
| Position | Amount |
| Total    | 1,299.00 EUR |
Reverse charge: no
Balance
-49.90
Questions? billing@example.org
"""


def find(text: str, **fields):
    return find_all(text, fields_of(fields), dt.date(2026, 3, 2))


def test_what_is_labelled_is_found():
    """Behind its name, in its line, its row of a table or the next line."""
    assert find(
        INVOICE,
        total="number",
        due_date="date",
        customer="string",
        reverse_charge="boolean",
        balance="number",
        contact="email",
        state={"choices": ["INVOICE", "REMINDER"]},
    ) == {
        "total": 1299,
        "due_date": "2026-05-17",
        "customer": "Ann Lee, 5 Main Street",
        "reverse_charge": False,
        "balance": -49.9,
        "contact": "billing@example.org",
        "state": "INVOICE",
    }


def test_the_description_names_it_too():
    """For fields with names that nobody writes."""
    assert find(INVOICE, a={"type": "date", "description": "due date"}) == {"a": "2026-05-17"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Price: 5\nPrice: 6", "number"),
        ("The price was never said: call 555 1234", "email"),
        ("a@x.org and b@x.org", "email"),
        ("3 May 2026, 4 May 2026", "date"),
        ("Price: 1.299", "number"),
        ("Price on request", "number"),
        ("nothing", "string"),
        ("", "number"),
    ],
)
def test_where_several_could_be_meant_nothing_is_taken(text, kind):
    """A rule does not guess."""
    assert find(text, price=kind) == {"price": None}


def test_all_of_a_kind():
    """Where several are asked for, all that are labelled, or else all there are."""
    many = Field("mail", "email", many=True)
    assert find_all("to a@x.org, b@x.org, a@x.org", [many], dt.date(2026, 3, 2)) == {
        "mail": ["a@x.org", "b@x.org"]
    }
