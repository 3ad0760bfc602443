"""Opening, closing and sharing a database."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from homewit.memory import (
    NotFound,
    NotSupportedYet,
    Said,
    Store,
    StoreBusy,
    StoreCorrupt,
    StoreReadOnly,
    sqlite_file,
)

HERE = Path(__file__).parent


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that any user may pass through, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def script(name: str, *arguments: object) -> str:
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_written_is_there_after_reopening(path: Path):
    """Every kind of row survives closing and opening."""
    with Store.open(path) as store:
        session = store.create_session("first")
        turn = store.append_turn(session.id, "user", "hello")
        note = store.records.add_note("a note")
    with Store.open(path) as store:
        assert store.turns(session.id) == [turn]
        assert store.records.search_notes("note") == [note]


def test_files_are_private_to_their_owner(path: Path):
    """Folder 0700, database and log 0600, whatever the umask; an open-handed file is closed."""
    old = os.umask(0)
    try:
        with Store.open(path) as store:
            store.create_session()
            modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"
    assert modes == dict.fromkeys(("homewit.db", "homewit.db-wal", "homewit.db-shm"), "0o600")
    path.chmod(0o644)
    Store.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_settings_are_durable_and_erasing(store: Store):
    """Every connection syncs each commit, checks references and erases what it deletes."""
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout", "application_id")
    with store.read() as connection:
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert values == ["wal", 2, 1, 1, 30000, sqlite_file.APPLICATION_ID]


@pytest.mark.parametrize("prefix", ["", "sqlite:///"])
def test_a_path_may_be_written_as_text_or_url(path: Path, prefix: str):
    """``sqlite:///PATH`` and ``PATH`` mean the same file."""
    Store.open(f"{prefix}{path}").close()
    assert path.exists()


def test_a_store_in_memory_works_without_any_file(home: Path):
    """``:memory:`` keeps everything for as long as it is open, also over threads."""
    with Store.open(":memory:") as store, ThreadPoolExecutor(4) as threads:
        list(threads.map(store.records.add_note, map(str, range(40))))
        assert len(store.records.search_notes("", limit=100)) == 40
    assert not home.exists()


@pytest.mark.parametrize("url", ["postgresql://localhost/homewit", "mysql+pymysql://localhost/x"])
def test_other_databases_are_refused_clearly(url: str):
    """A server's URL says that it is not supported yet, and what is."""
    with pytest.raises(NotSupportedYet, match=r"not supported yet.*sqlite:///PATH"):
        Store.open(url)


@pytest.mark.parametrize("content", [b"SQLite", b"hello, I am a text file\n" * 100, b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused_untouched(path: Path, content: bytes):
    """Text or rubbish in place of the database raises StoreCorrupt and stays as it is."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match="not a database"):
        Store.open(path)
    assert path.read_bytes() == content


def test_a_truncated_database_is_one_clear_error(path: Path):
    """Half a file raises StoreCorrupt, at the latest when it is read."""
    with Store.open(path) as store:
        session = store.create_session().id
    path.write_bytes(path.read_bytes()[: 4096 * 3])
    with pytest.raises(StoreCorrupt), Store.open(path) as store:
        store.append_turn(session, "user", "hello")


def test_a_home_that_cannot_be_written_is_one_clear_error(open_to_all: Path):
    """A read-only folder, with and without a database in it, raises StoreReadOnly that names the file."""
    there = open_to_all / "homewit.db"
    Store.open(there).close()
    there.chmod(0o444)
    for file in (there, open_to_all / "new.db", open_to_all / "folder" / "new.db"):
        said = script("open_unprivileged.py", file)
        assert said.startswith(f"StoreReadOnly {file} cannot be opened for writing"), said
        assert "HOMEWIT_HOME" in said


def test_a_home_below_a_file_is_one_clear_error(tmp_path: Path):
    """Where no folder can be made, the error says so."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreReadOnly, match="cannot be opened for writing"):
        Store.open(tmp_path / "file" / "homewit.db")


def test_a_lock_held_too_long_is_one_clear_error(path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another program that keeps the write lock makes writers give up; readers go on."""
    monkeypatch.setattr(sqlite_file, "_SETTINGS", ("PRAGMA busy_timeout = 50",))
    with Store.open(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="was locked by another writer"):
            store.create_session()
        assert store.list_sessions() == []
        other.execute("ROLLBACK")
        assert store.list_sessions() == [] != [store.create_session()]


def test_processes_open_and_write_at_once_without_a_locking_error(path: Path):
    """Five writers and a reader start on a file that is not there yet; nothing is refused or missing."""
    reports = [json.loads(line) for line in script("many_writers.py", path, 5, 50).splitlines()]
    assert reports == [[]] * 6
    with Store.open(path) as store:
        turns = {session.id: len(store.turns(session.id)) for session in store.list_sessions()}
        logs = [[event.seq for event in store.events(run.id)] for run in store.list_runs()]
        assert sorted(turns.values()) == [50] * 5
        assert logs == [list(range(1, 51))] * 5
        assert (len(store.list_facts()), len(store.list_facts(history=True))) == (1, 25)
        assert store.check() == []


def test_threads_share_one_store(store: Store):
    """Many threads write and read through one store; every turn and event gets its place."""
    session = store.create_session().id
    run = store.create_run(session, "go").id

    def work(number: int) -> int:
        store.append_turn(session, "user", f"turn {number}")
        store.search_turns("turn")
        return store.write_down(run, [Said("answer", {"number": number}, "2026-01-01T00:00:00+00:00")])[0]

    with ThreadPoolExecutor(16) as threads:
        numbers = list(threads.map(work, range(120)))
    assert sorted(numbers) == list(range(1, 121))
    assert len(store.turns(session)) == 120


def test_a_block_that_raises_leaves_no_trace(store: Store):
    """What a write block did before it failed is taken back, and the lock is free again."""

    def fail() -> None:
        with store.write() as connection:
            connection.exec_driver_sql("DELETE FROM schema_versions")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM schema_versions").scalar() == 1
    store.create_session()


def test_errors_do_not_repeat_what_people_said(store: Store):
    """A database error does not carry the words that were being stored."""
    with pytest.raises(NotFound, match="does not exist") as raised:
        store.create_run("s_missing", "a secret prompt")
    chain = [raised.value]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    assert "a secret prompt" not in " ".join(map(str, chain))
