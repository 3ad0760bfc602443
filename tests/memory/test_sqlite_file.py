"""A file is looked at before it is opened: what SQLite takes for committed is judged, and no lock is lost."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from homewit.memory import SchemaTooNew, Store, StoreForeign, sqlite_file
from homewit.memory.migrations import CURRENT

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from next_schema import NEXT  # noqa: E402

sys.path.remove(str(HERE))
ADD_A_NOTE = """
import sys
from homewit.memory import Store
with Store.open(sys.argv[1]) as store:
    store.records.add_note(sys.argv[2])
    print(*(note.text for note in store.records.search_notes("")))
"""


def add_in_another_process(path: Path, note: str) -> list[str]:
    """Adds a note in a process that is over then; gives what it saw."""
    command = [sys.executable, "-c", ADD_A_NOTE, path, note]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@pytest.fixture(scope="module", params=["first", "begun anew"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose log has an upgrade among other commits; one begun anew ends in frames of before."""
    path = tmp_path_factory.mktemp("upgraded") / "homewit.db"
    with Store.open(path) as store:
        if request.param == "begun anew":
            with closing(sqlite3.connect(path)) as connection:
                assert connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
        store.records.add_note("before")
        with Store.open(path, wanted=NEXT) as newer:
            newer.records.add_note("after")
            return Path(shutil.copytree(path.parent, tmp_path_factory.mktemp("copy") / "home"), path.name)


@given(
    missing=st.just(0) | st.integers(0, 1_000_000),
    changed=st.none() | st.integers(0, 1_000_000),
    by=st.integers(1, 255),
)
def test_a_damaged_log_is_judged_as_sqlite_judges_it(
    missing: int, changed: int | None, by: int, upgraded: Path
):
    """Cut at any byte, and with any byte changed, a log says what SQLite finds in it, and stays as it is."""
    file, log = upgraded.read_bytes(), bytearray(log_of(upgraded).read_bytes())
    del log[max(len(log) - missing, 0) :]
    if log and changed is not None:
        log[changed % len(log)] ^= by
    with tempfile.TemporaryDirectory() as folder:
        opened, judged = (Path(folder, name) for name in ("opened.db", "judged.db"))
        for path in (opened, judged):
            path.write_bytes(file)
            log_of(path).write_bytes(log)
        with closing(sqlite3.connect(opened)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        event(f"version {version}")
        try:
            sqlite_file.prepare(judged, CURRENT.version)
        except SchemaTooNew:
            assert version == NEXT.version
        else:
            assert version in (0, CURRENT.version)
        assert (judged.read_bytes(), log_of(judged).read_bytes()) == (file, log)


def test_the_control_of_the_damaged_log(upgraded: Path, path: Path):
    """The whole log holds the newer schema, and no log none."""
    path.parent.mkdir()
    shutil.copy(upgraded, path)
    sqlite_file.prepare(path, CURRENT.version)
    shutil.copy(log_of(upgraded), log_of(path))
    with pytest.raises(SchemaTooNew):
        sqlite_file.prepare(path, CURRENT.version)


def test_what_is_not_committed_yet_is_not_judged(path: Path, tmp_path: Path):
    """A transaction that has not ended makes nobody refuse the file, also when its pages are in the log."""
    with Store.open(path):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            before = log_of(path).stat().st_size
            other.execute("PRAGMA cache_size = 1")  # so that pages go into the log before the end
            other.execute("BEGIN IMMEDIATE")
            other.execute("PRAGMA application_id = 42")
            other.execute("CREATE TABLE theirs AS SELECT randomblob(100000)")
            assert log_of(path).stat().st_size > before
            Store.open(path).close()
            Store.open(Path(shutil.copytree(path.parent, tmp_path / "copy"), path.name)).close()
            other.execute("COMMIT")
        with pytest.raises(StoreForeign):
            Store.open(path)


def test_stores_of_one_process_and_another_process_lose_nothing(path: Path):
    """A store that is opened beside another one takes no lock away from it.

    Without its lock, the first was passed over by the other process, which threw the log away when it ended.
    """
    with Store.open(path) as store, Store.open(path) as beside:
        store.records.add_note("a")
        beside.records.add_note("b")
        assert add_in_another_process(path, "c") == ["c", "b", "a"]
        store.records.add_note("d")
        assert add_in_another_process(path, "e") == ["e", "d", "c", "b", "a"]
