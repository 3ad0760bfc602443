"""The tables of the user's own records, as the newest version has them, and of what was done to these.

How an older file gets here is the business of `migrations`.
"""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from .columns import Day, ExactDecimal, Instant, JsonText, Words
from .table_parts import created_column, id_column, metadata, number_column, origins_column

notes = Table(
    "notes",
    metadata,
    number_column(),
    id_column(),
    Column("text", Words, nullable=False),
    created_column(),
    origins_column(),
    Column("tags", JsonText),
)

tasks = Table(
    "tasks",
    metadata,
    number_column(),
    id_column(),
    Column("title", Words, nullable=False),
    Column("due", Day),
    Column("completed", Instant),
    created_column(),
    origins_column(),
    Column("priority", Text),
    Column("project", Words),
    Column("repeats", Text),  # a rule of RFC 5545
)

reminders = Table(
    "reminders",
    metadata,
    number_column(),
    id_column(),
    Column("text", Words, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("fired", Instant),
    created_column(),
    origins_column(),
    Column("repeats", Text),
)

# One row for each time that a reminder came due; `shown` is set by whoever showed it.
firings = Table(
    "firings",
    metadata,
    number_column(),
    id_column(),
    Column("reminder", Text, nullable=False),
    Column("text", Words, nullable=False),
    Column("due", Instant, nullable=False),
    Column("missed", Integer, nullable=False),  # earlier times that passed while nothing ran
    Column("claimed", Instant, nullable=False),
    Column("shown", Instant),
    created_column(),
    origins_column(),
    UniqueConstraint("reminder", "due"),
)

expenses = Table(
    "expenses",
    metadata,
    number_column(),
    id_column(),
    Column("amount", ExactDecimal, nullable=False),
    Column("category", Words, nullable=False),
    Column("description", Words),
    Column("date", Day, nullable=False, index=True),
    created_column(),
    origins_column(),
    Column("currency", Text),
    Column("account", Words),
    Column("batch", Text),  # the import that brought it
    Column("mark", Text),  # recognises the same line of a statement again
    Index("expenses_mark", "mark"),
)

budgets = Table(
    "budgets",
    metadata,
    number_column(),
    id_column(),
    Column("category", Words, nullable=False),
    Column("month", Text),  # YYYY-MM; null for every month that has none of its own
    Column("amount", ExactDecimal, nullable=False),
    Column("currency", Text),
    created_column(),
    origins_column(),
)

imports = Table(
    "imports",
    metadata,
    number_column(),
    id_column(),
    Column("kind", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("count", Integer, nullable=False),
    created_column(),
    origins_column(),
)


def _dav_item(name: str, title: str, *more: Column) -> Table:
    """A calendar event or a contact: the text that other programs exchange, and what is searched in it."""
    return Table(
        name,
        metadata,
        number_column(),
        id_column(),
        Column("uid", Words, nullable=False, index=True),
        Column("collection", Words, nullable=False),
        Column(title, Words, nullable=False),
        Column("content", Words, nullable=False),
        *more,
        Column("state", Text, nullable=False),  # new, changed, removed or kept, as its server has to learn
        Column("href", Words),
        Column("etag", Words),
        Column("batch", Text),
        created_column(),
        origins_column(),
    )


calendar_events = _dav_item(
    "calendar_events",
    "summary",
    Column("first", Day, nullable=False, index=True),
    Column("last", Day),  # null for one that repeats for ever
)
contacts = _dav_item("contacts", "name", Column("words", Words, nullable=False))

# A calendar or an address book on a server, of which a copy is kept here, as it was at the last look at it.
collections = Table(
    "collections", metadata, number_column(), id_column(),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),  # calendar or contacts
    Column("url", Words, nullable=False), Column("name", Words, nullable=False),
    Column("writable", Integer, nullable=False),
    Column("token", Words), Column("tag", Words), Column("looked", Instant),
    created_column(), origins_column(),
)  # fmt: skip

# What a changed or deleted record was before, so that it can be taken back; kept for a month.
record_changes = Table(
    "record_changes",
    metadata,
    number_column(),
    id_column(),
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("was", JsonText, nullable=False),
    Column("became", JsonText),
    created_column(),
)

# What tool calls that are not settled yet did to records: ``was`` is the row before, or JSON's null where
# there was none, ``became`` a digest of the row afterwards, null where there is none.
call_writes = Table(
    "call_writes",
    metadata,
    number_column(),
    Column("call", Text, nullable=False, index=True),  # the key of the ledger
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("was", JsonText, nullable=False),
    Column("became", Text),
)
