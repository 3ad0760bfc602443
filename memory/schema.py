"""The tables, as the newest version has them. How an older file gets here is the business of `migrations`.

Every table has an integer ``number`` that gives the order of writing and ties full-text rows to theirs, and
most have a short text ``id`` that people and other programs use. Full-text indexes are made by `full_text`.
"""

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from .columns import Day, ExactDecimal, Instant, JsonText, Words

metadata = MetaData()


def _number() -> Column[int]:
    return Column("number", Integer, primary_key=True)


def _id() -> Column[str]:
    return Column("id", Text, nullable=False, unique=True)


def _created() -> Column:
    return Column("created", Instant, nullable=False)


def _origins() -> Column:
    """Where the words of a record came from, as its writer said; null where nobody did."""
    return Column("origins", JsonText)


schema_versions = Table(
    "schema_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("applied", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    _number(),
    _id(),
    Column("title", Words, nullable=False),
    _created(),
    Column("updated", Instant, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _number(),
    _id(),
    Column("session", Text, ForeignKey("sessions.id"), index=True),
    Column("prompt", Words, nullable=False),
    Column("seed", Integer),
    Column("status", Text, nullable=False),
    Column("exit_code", Integer),
    _created(),
    Column("finished", Instant),
)

# A turn is an episode: what was said, verbatim. Facts quote it, so it never changes except by forgetting.
turns = Table(
    "turns",
    metadata,
    _number(),
    _id(),
    Column("session", Text, ForeignKey("sessions.id"), nullable=False, index=True),
    Column("run", Text, ForeignKey("runs.id"), index=True),
    Column("role", Text, CheckConstraint("role IN ('user', 'assistant')"), nullable=False),
    Column("text", Words, nullable=False),
    _created(),
    Column("piped", Integer, nullable=False, server_default=text("0")),  # 1: it came through a pipe
)

# The log is the state of a run; `ts` is kept as the writer gave it, so that a replay is byte-identical.
events = Table(
    "events",
    metadata,
    _number(),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("ts", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", JsonText, nullable=False),
    UniqueConstraint("run", "seq"),
)

# One row per attempt at a step: the intent before its effect, the outcome after it, and when it was undone.
ledger = Table(
    "ledger",
    metadata,
    _number(),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("args", JsonText, nullable=False),
    Column("key", Text, nullable=False),
    Column(
        "state", Text, CheckConstraint("state IN ('intent', 'done', 'failed', 'unknown')"), nullable=False
    ),
    Column("output", JsonText),
    Column("intended", Instant, nullable=False),
    Column("settled", Instant),
    Column("undone", Instant),
    Index("ledger_run_step", "run", "step"),
)

facts = Table(
    "facts",
    metadata,
    _number(),
    _id(),
    Column("subject", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("slot", Words, nullable=False),  # subject and key, normalised: what a new value supersedes
    Column("valid_from", Instant, nullable=False),
    Column("valid_to", Instant),
    Column("superseded_by", Text, ForeignKey("facts.id")),
    Column("origin", Text, nullable=False),
    Column("evidence_quote", Words, nullable=False),
    Column("evidence_start", Integer),  # both null once the quoted words were forgotten with another fact
    Column("evidence_end", Integer),
    Column("turn", Text, ForeignKey("turns.id"), nullable=False, index=True),
    _created(),
    Index("facts_slot", "slot"),
)

# What was forgotten, as salted hashes: enough to recognise it, useless to read it.
tombstones = Table(
    "tombstones",
    metadata,
    _number(),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    _created(),
)

# Holds a row only inside a transaction that forgets; while it does, turns and events may change.
erasures = Table("erasures", metadata, _number(), _created())

notes = Table(
    "notes",
    metadata,
    _number(),
    _id(),
    Column("text", Words, nullable=False),
    _created(),
    _origins(),
    Column("tags", JsonText),
)

tasks = Table(
    "tasks",
    metadata,
    _number(),
    _id(),
    Column("title", Words, nullable=False),
    Column("due", Day),
    Column("completed", Instant),
    _created(),
    _origins(),
    Column("priority", Text),
    Column("project", Words),
    Column("repeats", Text),  # a rule of RFC 5545
)

reminders = Table(
    "reminders",
    metadata,
    _number(),
    _id(),
    Column("text", Words, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("fired", Instant),
    _created(),
    _origins(),
    Column("repeats", Text),
)

# One row for each time that a reminder came due; `shown` is set by whoever showed it.
firings = Table(
    "firings",
    metadata,
    _number(),
    _id(),
    Column("reminder", Text, nullable=False),
    Column("text", Words, nullable=False),
    Column("due", Instant, nullable=False),
    Column("missed", Integer, nullable=False),  # earlier times that passed while nothing ran
    Column("claimed", Instant, nullable=False),
    Column("shown", Instant),
    _created(),
    _origins(),
    UniqueConstraint("reminder", "due"),
)

expenses = Table(
    "expenses",
    metadata,
    _number(),
    _id(),
    Column("amount", ExactDecimal, nullable=False),
    Column("category", Words, nullable=False),
    Column("description", Words),
    Column("date", Day, nullable=False, index=True),
    _created(),
    _origins(),
    Column("currency", Text),
    Column("account", Words),
    Column("batch", Text),  # the import that brought it
    Column("mark", Text),  # recognises the same line of a statement again
    Index("expenses_mark", "mark"),
)

budgets = Table(
    "budgets",
    metadata,
    _number(),
    _id(),
    Column("category", Words, nullable=False),
    Column("month", Text),  # YYYY-MM; null for every month that has none of its own
    Column("amount", ExactDecimal, nullable=False),
    Column("currency", Text),
    _created(),
    _origins(),
)

imports = Table(
    "imports",
    metadata,
    _number(),
    _id(),
    Column("kind", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("count", Integer, nullable=False),
    _created(),
    _origins(),
)


def _dav_item(name: str, title: str, *more: Column) -> Table:
    """A calendar event or a contact: the text that other programs exchange, and what is searched in it."""
    return Table(
        name,
        metadata,
        _number(),
        _id(),
        Column("uid", Words, nullable=False, index=True),
        Column("collection", Words, nullable=False),
        Column(title, Words, nullable=False),
        Column("content", Words, nullable=False),
        *more,
        Column("state", Text, nullable=False),  # new, changed, removed or kept, as its server has to learn
        Column("href", Words),
        Column("etag", Words),
        Column("batch", Text),
        _created(),
        _origins(),
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
    "collections", metadata, _number(), _id(),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),  # calendar or contacts
    Column("url", Words, nullable=False), Column("name", Words, nullable=False),
    Column("writable", Integer, nullable=False),
    Column("token", Words), Column("tag", Words), Column("looked", Instant),
    _created(), _origins(),
)  # fmt: skip

# What a changed or deleted record was before, so that it can be taken back; kept for a month.
record_changes = Table(
    "record_changes",
    metadata,
    _number(),
    _id(),
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("was", JsonText, nullable=False),
    Column("became", JsonText),
    _created(),
)

# What tool calls that are not settled yet did to records: ``was`` is the row before, or JSON's null where
# there was none, ``became`` a digest of the row afterwards, null where there is none.
call_writes = Table(
    "call_writes",
    metadata,
    _number(),
    Column("call", Text, nullable=False, index=True),  # the key of the ledger
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("was", JsonText, nullable=False),
    Column("became", Text),
)

# A request that is carried out later, once or again and again; ``next`` is null when nothing follows.
schedules = Table(
    "schedules",
    metadata,
    _number(),
    _id(),
    Column("kind", Text, CheckConstraint("kind IN ('prompt', 'reminder', 'workflow')"), nullable=False),
    Column("prompt", Words, nullable=False),
    Column("inputs", JsonText, nullable=False),
    Column("said", Words, nullable=False),  # the time in the words in which it was given
    Column("cron", Text),
    Column("at", Instant),
    Column("zone", Text, nullable=False),
    Column("missed", Text, CheckConstraint("missed IN ('run_once', 'skip', 'run_all')"), nullable=False),
    Column("allow", JsonText, nullable=False),
    Column("folder", Text, nullable=False),
    Column("session", Text, ForeignKey("sessions.id")),
    Column("next", Instant, index=True),
    _created(),
)

# One moment of a schedule, written before anything is begun: the pair is unique, so it comes once at most.
occurrences = Table(
    "occurrences",
    metadata,
    _number(),
    _id(),
    Column("schedule", Text, ForeignKey("schedules.id"), nullable=False),
    Column("due", Instant, nullable=False),
    Column("state", Text, CheckConstraint("state IN ('waiting', 'over', 'skipped')"), nullable=False),
    Column("run", Text, ForeignKey("runs.id"), index=True),
    Column("holder", Text),
    Column("held_until", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("problem", Words),
    _created(),
    Column("settled", Instant),
    UniqueConstraint("schedule", "due"),
    Index("occurrences_waiting", "state", "due"),
)

# What was learned from runs of the same shape: steps with slots, as JSON that the agent reads.
procedures = Table(
    "procedures",
    metadata,
    _number(),
    _id(),
    Column("name", Words, nullable=False),
    Column("shape", Text, nullable=False, unique=True),
    Column(
        "state",
        Text,
        CheckConstraint("state IN ('found', 'offered', 'accepted', 'declined')"),
        nullable=False,
    ),
    Column("body", JsonText, nullable=False),
    Column("tools", JsonText, nullable=False),
    Column("runs", JsonText, nullable=False),
    Column("uses", Integer, nullable=False, server_default=text("0")),
    _created(),
    Column("updated", Instant, nullable=False),
)

# What was allowed for longer than one call; `definition` is the hash that the tool's definition had then.
grants = Table(
    "grants",
    metadata,
    _number(),
    _id(),
    Column("rule", Words, nullable=False),
    Column("tool", Text, nullable=False, index=True),
    Column("definition", Text, nullable=False),
    Column("scope", Text, CheckConstraint("scope IN ('plan', 'session', 'date')"), nullable=False),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("session", Text, ForeignKey("sessions.id")),
    _created(),
    Column("until", Instant),
    Column("revoked", Instant),
)

_REFUSE = """CREATE TRIGGER %(table)s_refuse_{action} BEFORE {action} ON %(table)s
WHEN NOT EXISTS (SELECT 1 FROM erasures)
BEGIN SELECT RAISE(ABORT, '%(table)s is append-only'); END"""

for _table in (turns, events):
    _table.add_is_dependent_on(erasures)
    for _action in ("update", "delete"):
        event.listen(_table, "after_create", DDL(_REFUSE.format(action=_action)).execute_if(dialect="sqlite"))
