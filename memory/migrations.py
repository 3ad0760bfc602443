"""How a database gets the newest schema: made at once when it is new, or step by step when it is older.

Each step is one transaction together with the record of its version, so a crash leaves the schema before it
or after it. A step holds literal SQL: the schemas describe only the newest version and go on changing. Adding
one: append a `Migration`, change a schema, and record the released file with ``tests/memory/released``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from . import full_text, schema, table_parts
from .sqlite_file import APPLICATION_ID


@dataclass(frozen=True, slots=True)
class Migration:
    """The step that leads to ``version`` from the one before."""

    version: int
    name: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """What a new database is made of, and the steps that bring an older one there."""

    create: Callable[[Connection], None]
    migrations: tuple[Migration, ...] = ()

    def __post_init__(self) -> None:
        versions = [step.version for step in self.migrations]
        if versions != list(range(2, 2 + len(versions))):
            raise ValueError(f"migrations must lead to 2, 3, 4, … without gaps, not to {versions}")

    @property
    def version(self) -> int:
        return 1 + len(self.migrations)


def _create(connection: Connection) -> None:
    table_parts.metadata.create_all(connection, checkfirst=False)
    full_text.create(connection)


MIGRATIONS = (
    Migration(2, "say what was undone", ("ALTER TABLE ledger ADD COLUMN undone TEXT",)),
    Migration(
        3, "tell what came through a pipe", ("ALTER TABLE turns ADD COLUMN piped INTEGER DEFAULT 0 NOT NULL",)
    ),
    Migration(
        4,
        "say where records came from",
        (
            "ALTER TABLE notes ADD COLUMN origins TEXT",
            "ALTER TABLE tasks ADD COLUMN origins TEXT",
            "ALTER TABLE reminders ADD COLUMN origins TEXT",
            "ALTER TABLE expenses ADD COLUMN origins TEXT",
        ),
    ),
    Migration(
        5,
        "keep what was allowed",
        (
            """CREATE TABLE grants (
                number INTEGER NOT NULL,
                id TEXT NOT NULL,
                rule TEXT NOT NULL,
                tool TEXT NOT NULL,
                definition TEXT NOT NULL,
                scope TEXT NOT NULL CHECK (scope IN ('plan', 'session', 'date')),
                run TEXT NOT NULL,
                session TEXT,
                created TEXT NOT NULL,
                until TEXT,
                revoked TEXT,
                PRIMARY KEY (number),
                UNIQUE (id),
                FOREIGN KEY(run) REFERENCES runs (id),
                FOREIGN KEY(session) REFERENCES sessions (id)
            )""",
            "CREATE INDEX ix_grants_tool ON grants (tool)",
        ),
    ),
    Migration(
        6,
        "keep schedules and procedures",
        (
            "CREATE TABLE schedules (number INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL "
            "CHECK (kind IN ('prompt', 'reminder', 'workflow')), prompt TEXT NOT NULL, inputs TEXT "
            "NOT NULL, said TEXT NOT NULL, cron TEXT, at TEXT, zone TEXT NOT NULL, missed TEXT NOT "
            "NULL CHECK (missed IN ('run_once', 'skip', 'run_all')), allow TEXT NOT NULL, folder TEXT "
            "NOT NULL, session TEXT, next TEXT, created TEXT NOT NULL, PRIMARY KEY (number), UNIQUE "
            "(id), FOREIGN KEY(session) REFERENCES sessions (id))",
            "CREATE INDEX ix_schedules_next ON schedules (next)",
            "CREATE TABLE occurrences (number INTEGER NOT NULL, id TEXT NOT NULL, schedule TEXT NOT "
            "NULL, due TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'over', "
            "'skipped')), run TEXT, holder TEXT, held_until TEXT, attempts INTEGER DEFAULT 0 NOT "
            "NULL, problem TEXT, created TEXT NOT NULL, settled TEXT, PRIMARY KEY (number), UNIQUE "
            "(schedule, due), UNIQUE (id), FOREIGN KEY(schedule) REFERENCES schedules (id), FOREIGN "
            "KEY(run) REFERENCES runs (id))",
            "CREATE INDEX ix_occurrences_run ON occurrences (run)",
            "CREATE INDEX occurrences_waiting ON occurrences (state, due)",
            "CREATE TABLE procedures (number INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, "
            "shape TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('found', 'offered', "
            "'accepted', 'declined')), body TEXT NOT NULL, tools TEXT NOT NULL, runs TEXT NOT NULL, "
            "uses INTEGER DEFAULT 0 NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL, PRIMARY "
            "KEY (number), UNIQUE (id), UNIQUE (shape))",
        ),
    ),
    Migration(
        7,
        "keep personal records for daily use",
        (
            "ALTER TABLE notes ADD COLUMN tags TEXT",
            "ALTER TABLE tasks ADD COLUMN priority TEXT",
            "ALTER TABLE tasks ADD COLUMN project TEXT",
            "ALTER TABLE tasks ADD COLUMN repeats TEXT",
            "ALTER TABLE reminders ADD COLUMN repeats TEXT",
            "ALTER TABLE expenses ADD COLUMN currency TEXT",
            "ALTER TABLE expenses ADD COLUMN account TEXT",
            "ALTER TABLE expenses ADD COLUMN batch TEXT",
            "ALTER TABLE expenses ADD COLUMN mark TEXT",
            "CREATE INDEX expenses_mark ON expenses (mark)",
            "CREATE TABLE firings (number INTEGER NOT NULL, id TEXT NOT NULL, reminder TEXT NOT NULL,"
            " text TEXT NOT NULL, due TEXT NOT NULL, missed INTEGER NOT NULL, claimed TEXT NOT NULL, "
            "shown TEXT, created TEXT NOT NULL, origins TEXT, PRIMARY KEY (number), UNIQUE (reminder,"
            " due), UNIQUE (id))",
            "CREATE TABLE budgets (number INTEGER NOT NULL, id TEXT NOT NULL, category TEXT NOT NULL,"
            " month TEXT, amount TEXT NOT NULL, currency TEXT, created TEXT NOT NULL, origins TEXT, "
            "PRIMARY KEY (number), UNIQUE (id))",
            "CREATE TABLE imports (number INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, "
            "name TEXT NOT NULL, count INTEGER NOT NULL, created TEXT NOT NULL, origins TEXT, PRIMARY"
            " KEY (number), UNIQUE (id))",
            "CREATE TABLE calendar_events (number INTEGER NOT NULL, id TEXT NOT NULL, uid TEXT NOT "
            "NULL, collection TEXT NOT NULL, summary TEXT NOT NULL, content TEXT NOT NULL, first TEXT"
            " NOT NULL, last TEXT, state TEXT NOT NULL, href TEXT, etag TEXT, batch TEXT, created "
            "TEXT NOT NULL, origins TEXT, PRIMARY KEY (number), UNIQUE (id))",
            "CREATE INDEX ix_calendar_events_first ON calendar_events (first)",
            "CREATE INDEX ix_calendar_events_uid ON calendar_events (uid)",
            "CREATE TABLE contacts (number INTEGER NOT NULL, id TEXT NOT NULL, uid TEXT NOT NULL, "
            "collection TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, words TEXT NOT "
            "NULL, state TEXT NOT NULL, href TEXT, etag TEXT, batch TEXT, created TEXT NOT NULL, "
            "origins TEXT, PRIMARY KEY (number), UNIQUE (id))",
            "CREATE INDEX ix_contacts_uid ON contacts (uid)",
            "CREATE TABLE record_changes (number INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT "
            "NULL, record TEXT NOT NULL, was TEXT NOT NULL, became TEXT, created TEXT NOT NULL, "
            "PRIMARY KEY (number), UNIQUE (id))",
        ),
    ),
    Migration(
        8,
        "know calendars and address books on servers",
        (
            "CREATE TABLE collections (number INTEGER NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL, "
            "kind TEXT NOT NULL, url TEXT NOT NULL, name TEXT NOT NULL, writable INTEGER NOT NULL, token "
            "TEXT, tag TEXT, looked TEXT, created TEXT NOT NULL, origins TEXT, PRIMARY KEY (number), UNIQUE "
            "(id))",
        ),
    ),
    Migration(
        9,
        "take back what calls that were cut off did",
        (
            "CREATE TABLE call_writes (number INTEGER NOT NULL, call TEXT NOT NULL, kind TEXT NOT NULL, "
            "record TEXT NOT NULL, was TEXT NOT NULL, became TEXT, PRIMARY KEY (number))",
            "CREATE INDEX ix_call_writes_call ON call_writes (call)",
        ),
    ),
)
CURRENT = Schema(_create, MIGRATIONS)


def version_of(connection: Connection) -> int:
    """The version recorded in the file; 0 for one that holds nothing yet."""
    return connection.exec_driver_sql("PRAGMA user_version").scalar_one()


def is_empty(connection: Connection) -> bool:
    return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0


def create(connection: Connection, wanted: Schema, now: datetime) -> None:
    """Makes everything in the transaction of ``connection``."""
    wanted.create(connection)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    _record(connection, wanted.version, "created", now)


def advance(connection: Connection, wanted: Schema, now: datetime) -> int:
    """Takes the next step, unless another process did, in one transaction; returns the version then."""
    version = version_of(connection)
    for step in wanted.migrations:
        if step.version == version + 1:
            for statement in step.statements:
                connection.exec_driver_sql(statement)
            _record(connection, step.version, step.name, now)
            return step.version
    return version


def _record(connection: Connection, version: int, name: str, now: datetime) -> None:
    connection.execute(insert(schema.schema_versions).values(version=version, name=name, applied=now))
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")
