"""The tables of what was said, done, learned, planned and allowed, as the newest version has them.

How an older file gets here is the business of `migrations`. Full-text indexes are made by `full_text`.
"""

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from .columns import Instant, JsonText, Words
from .table_parts import created_column, id_column, metadata, number_column

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
    number_column(),
    id_column(),
    Column("title", Words, nullable=False),
    created_column(),
    Column("updated", Instant, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    number_column(),
    id_column(),
    Column("session", Text, ForeignKey("sessions.id"), index=True),
    Column("prompt", Words, nullable=False),
    Column("seed", Integer),
    Column("status", Text, nullable=False),
    Column("exit_code", Integer),
    created_column(),
    Column("finished", Instant),
)

# A turn is an episode: what was said, verbatim. Facts quote it, so it never changes except by forgetting.
turns = Table(
    "turns",
    metadata,
    number_column(),
    id_column(),
    Column("session", Text, ForeignKey("sessions.id"), nullable=False, index=True),
    Column("run", Text, ForeignKey("runs.id"), index=True),
    Column("role", Text, CheckConstraint("role IN ('user', 'assistant')"), nullable=False),
    Column("text", Words, nullable=False),
    created_column(),
    Column("piped", Integer, nullable=False, server_default=text("0")),  # 1: it came through a pipe
)

# The log is the state of a run; `ts` is kept as the writer gave it, so that a replay is byte-identical.
events = Table(
    "events",
    metadata,
    number_column(),
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
    number_column(),
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
    number_column(),
    id_column(),
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
    created_column(),
    Index("facts_slot", "slot"),
)

# What was forgotten, as salted hashes: enough to recognise it, useless to read it.
tombstones = Table(
    "tombstones",
    metadata,
    number_column(),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    created_column(),
)

# Holds a row only inside a transaction that forgets; while it does, turns and events may change.
erasures = Table("erasures", metadata, number_column(), created_column())

# A request that is carried out later, once or again and again; ``next`` is null when nothing follows.
schedules = Table(
    "schedules",
    metadata,
    number_column(),
    id_column(),
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
    created_column(),
)

# One moment of a schedule, written before anything is begun: the pair is unique, so it comes once at most.
occurrences = Table(
    "occurrences",
    metadata,
    number_column(),
    id_column(),
    Column("schedule", Text, ForeignKey("schedules.id"), nullable=False),
    Column("due", Instant, nullable=False),
    Column("state", Text, CheckConstraint("state IN ('waiting', 'over', 'skipped')"), nullable=False),
    Column("run", Text, ForeignKey("runs.id"), index=True),
    Column("holder", Text),
    Column("held_until", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("problem", Words),
    created_column(),
    Column("settled", Instant),
    UniqueConstraint("schedule", "due"),
    Index("occurrences_waiting", "state", "due"),
)

# What was learned from runs of the same shape: steps with slots, as JSON that the agent reads.
procedures = Table(
    "procedures",
    metadata,
    number_column(),
    id_column(),
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
    created_column(),
    Column("updated", Instant, nullable=False),
)

# What was allowed for longer than one call; `definition` is the hash that the tool's definition had then.
grants = Table(
    "grants",
    metadata,
    number_column(),
    id_column(),
    Column("rule", Words, nullable=False),
    Column("tool", Text, nullable=False, index=True),
    Column("definition", Text, nullable=False),
    Column("scope", Text, CheckConstraint("scope IN ('plan', 'session', 'date')"), nullable=False),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("session", Text, ForeignKey("sessions.id")),
    created_column(),
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
