-- The schema of version 8 as it was released. Never edit: a change of schema is a migration.

PRAGMA application_id = 1215133556;

PRAGMA user_version = 9;

BEGIN;

CREATE TABLE schema_versions (
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    applied TEXT NOT NULL,
    PRIMARY KEY (version)
);

CREATE TABLE sessions (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE TABLE tombstones (
    number INTEGER NOT NULL,
    salt BLOB NOT NULL,
    digest BLOB NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (digest)
);

CREATE TABLE erasures (
    number INTEGER NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (number)
);

CREATE TABLE notes (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    created TEXT NOT NULL,
    origins TEXT,
    tags TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE TABLE tasks (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    due TEXT,
    completed TEXT,
    created TEXT NOT NULL,
    origins TEXT,
    priority TEXT,
    project TEXT,
    repeats TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE TABLE reminders (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    fired TEXT,
    created TEXT NOT NULL,
    origins TEXT,
    repeats TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE INDEX ix_reminders_at ON reminders (at);

CREATE TABLE firings (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    reminder TEXT NOT NULL,
    text TEXT NOT NULL,
    due TEXT NOT NULL,
    missed INTEGER NOT NULL,
    claimed TEXT NOT NULL,
    shown TEXT,
    created TEXT NOT NULL,
    origins TEXT,
    PRIMARY KEY (number),
    UNIQUE (reminder, due),
    UNIQUE (id)
);

CREATE TABLE expenses (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    amount TEXT NOT NULL,
    category TEXT NOT NULL,
    description TEXT,
    date TEXT NOT NULL,
    created TEXT NOT NULL,
    origins TEXT,
    currency TEXT,
    account TEXT,
    batch TEXT,
    mark TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE INDEX expenses_mark ON expenses (mark);

CREATE INDEX ix_expenses_date ON expenses (date);

CREATE TABLE budgets (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    category TEXT NOT NULL,
    month TEXT,
    amount TEXT NOT NULL,
    currency TEXT,
    created TEXT NOT NULL,
    origins TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE TABLE imports (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    created TEXT NOT NULL,
    origins TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE TABLE calendar_events (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    uid TEXT NOT NULL,
    collection TEXT NOT NULL,
    summary TEXT NOT NULL,
    content TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT,
    state TEXT NOT NULL,
    href TEXT,
    etag TEXT,
    batch TEXT,
    created TEXT NOT NULL,
    origins TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE INDEX ix_calendar_events_first ON calendar_events (first);

CREATE INDEX ix_calendar_events_uid ON calendar_events (uid);

CREATE TABLE contacts (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    uid TEXT NOT NULL,
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL,
    href TEXT,
    etag TEXT,
    batch TEXT,
    created TEXT NOT NULL,
    origins TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE INDEX ix_contacts_uid ON contacts (uid);

CREATE TABLE record_changes (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    was TEXT NOT NULL,
    became TEXT,
    created TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE TABLE procedures (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    shape TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('found', 'offered', 'accepted', 'declined')),
    body TEXT NOT NULL,
    tools TEXT NOT NULL,
    runs TEXT NOT NULL,
    uses INTEGER DEFAULT 0 NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id),
    UNIQUE (shape)
);

CREATE TABLE runs (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    session TEXT,
    prompt TEXT NOT NULL,
    seed INTEGER,
    status TEXT NOT NULL,
    exit_code INTEGER,
    created TEXT NOT NULL,
    finished TEXT,
    PRIMARY KEY (number),
    UNIQUE (id),
    FOREIGN KEY(session) REFERENCES sessions (id)
);

CREATE INDEX ix_runs_session ON runs (session);

CREATE TABLE schedules (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('prompt', 'reminder', 'workflow')),
    prompt TEXT NOT NULL,
    inputs TEXT NOT NULL,
    said TEXT NOT NULL,
    cron TEXT,
    at TEXT,
    zone TEXT NOT NULL,
    missed TEXT NOT NULL CHECK (missed IN ('run_once', 'skip', 'run_all')),
    allow TEXT NOT NULL,
    folder TEXT NOT NULL,
    session TEXT,
    next TEXT,
    created TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id),
    FOREIGN KEY(session) REFERENCES sessions (id)
);

CREATE INDEX ix_schedules_next ON schedules (next);

CREATE TABLE turns (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    session TEXT NOT NULL,
    run TEXT,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    created TEXT NOT NULL,
    piped INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id),
    FOREIGN KEY(session) REFERENCES sessions (id),
    FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE INDEX ix_turns_session ON turns (session);

CREATE INDEX ix_turns_run ON turns (run);

CREATE TRIGGER turns_refuse_update BEFORE update ON turns
WHEN NOT EXISTS (SELECT 1 FROM erasures)
BEGIN SELECT RAISE(ABORT, 'turns is append-only'); END;

CREATE TRIGGER turns_refuse_delete BEFORE delete ON turns
WHEN NOT EXISTS (SELECT 1 FROM erasures)
BEGIN SELECT RAISE(ABORT, 'turns is append-only'); END;

CREATE TABLE events (
    number INTEGER NOT NULL,
    run TEXT NOT NULL,
    seq INTEGER NOT NULL,
    ts TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (run, seq),
    FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE TRIGGER events_refuse_update BEFORE update ON events
WHEN NOT EXISTS (SELECT 1 FROM erasures)
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

CREATE TRIGGER events_refuse_delete BEFORE delete ON events
WHEN NOT EXISTS (SELECT 1 FROM erasures)
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

CREATE TABLE ledger (
    number INTEGER NOT NULL,
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    tool TEXT NOT NULL,
    args TEXT NOT NULL,
    "key" TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intent', 'done', 'failed', 'unknown')),
    output TEXT,
    intended TEXT NOT NULL,
    settled TEXT,
    undone TEXT,
    PRIMARY KEY (number),
    FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE INDEX ledger_run_step ON ledger (run, step);

CREATE TABLE occurrences (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    schedule TEXT NOT NULL,
    due TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'over', 'skipped')),
    run TEXT,
    holder TEXT,
    held_until TEXT,
    attempts INTEGER DEFAULT 0 NOT NULL,
    problem TEXT,
    created TEXT NOT NULL,
    settled TEXT,
    PRIMARY KEY (number),
    UNIQUE (schedule, due),
    UNIQUE (id),
    FOREIGN KEY(schedule) REFERENCES schedules (id),
    FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE INDEX ix_occurrences_run ON occurrences (run);

CREATE INDEX occurrences_waiting ON occurrences (state, due);

CREATE TABLE grants (
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
);

CREATE INDEX ix_grants_tool ON grants (tool);

CREATE TABLE facts (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    slot TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    superseded_by TEXT,
    origin TEXT NOT NULL,
    evidence_quote TEXT NOT NULL,
    evidence_start INTEGER,
    evidence_end INTEGER,
    turn TEXT NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id),
    FOREIGN KEY(superseded_by) REFERENCES facts (id),
    FOREIGN KEY(turn) REFERENCES turns (id)
);

CREATE INDEX facts_slot ON facts (slot);

CREATE INDEX ix_facts_turn ON facts (turn);

CREATE VIRTUAL TABLE turns_text USING fts5(text, content='turns', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2');

CREATE TRIGGER turns_text_insert AFTER INSERT ON turns BEGIN INSERT INTO turns_text(rowid, text) VALUES (new.number, new.text); END;

CREATE TRIGGER turns_text_delete AFTER DELETE ON turns BEGIN INSERT INTO turns_text(turns_text, rowid, text) VALUES ('delete', old.number, old.text); END;

CREATE TRIGGER turns_text_update AFTER UPDATE OF text ON turns BEGIN INSERT INTO turns_text(turns_text, rowid, text) VALUES ('delete', old.number, old.text); INSERT INTO turns_text(rowid, text) VALUES (new.number, new.text); END;

CREATE VIRTUAL TABLE notes_text USING fts5(text, content='notes', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2');

CREATE TRIGGER notes_text_insert AFTER INSERT ON notes BEGIN INSERT INTO notes_text(rowid, text) VALUES (new.number, new.text); END;

CREATE TRIGGER notes_text_delete AFTER DELETE ON notes BEGIN INSERT INTO notes_text(notes_text, rowid, text) VALUES ('delete', old.number, old.text); END;

CREATE TRIGGER notes_text_update AFTER UPDATE OF text ON notes BEGIN INSERT INTO notes_text(notes_text, rowid, text) VALUES ('delete', old.number, old.text); INSERT INTO notes_text(rowid, text) VALUES (new.number, new.text); END;

CREATE VIRTUAL TABLE facts_text USING fts5(subject, key, value, content='facts', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2');

CREATE TRIGGER facts_text_insert AFTER INSERT ON facts BEGIN INSERT INTO facts_text(rowid, subject, key, value) VALUES (new.number, new.subject, new.key, new.value); END;

CREATE TRIGGER facts_text_delete AFTER DELETE ON facts BEGIN INSERT INTO facts_text(facts_text, rowid, subject, key, value) VALUES ('delete', old.number, old.subject, old.key, old.value); END;

CREATE TRIGGER facts_text_update AFTER UPDATE OF subject, key, value ON facts BEGIN INSERT INTO facts_text(facts_text, rowid, subject, key, value) VALUES ('delete', old.number, old.subject, old.key, old.value); INSERT INTO facts_text(rowid, subject, key, value) VALUES (new.number, new.subject, new.key, new.value); END;

CREATE TABLE collections (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    name TEXT NOT NULL,
    writable INTEGER NOT NULL,
    token TEXT,
    tag TEXT,
    looked TEXT,
    created TEXT NOT NULL,
    origins TEXT,
    PRIMARY KEY (number),
    UNIQUE (id)
);

CREATE TABLE call_writes (
    number INTEGER NOT NULL,
    call TEXT NOT NULL,
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    was TEXT NOT NULL,
    became TEXT,
    PRIMARY KEY (number)
);

CREATE INDEX ix_call_writes_call ON call_writes (call);

INSERT INTO schema_versions VALUES (9, 'created', '2026-01-01T00:00:00.000000+00:00');
COMMIT;
