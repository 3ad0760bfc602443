"""An upgrade completes or leaves the old database; a downgrade is refused, not guessed."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from homewit.memory import SchemaTooNew, Store, StoreForeign
from homewit.memory.migrations import CURRENT, Migration, Schema

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from next_schema import NEXT, STEP, old_database, schema_of  # noqa: E402

sys.path.remove(str(HERE))
RELEASED = sorted((HERE / "released").glob("*.sql"), key=lambda path: int(path.stem))


def crash_at_every_statement(folder: Path, *released: Path) -> list[tuple[int, list[str], str]]:
    command = [sys.executable, str(HERE / "crash_statements.py"), str(folder), *map(str, released)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_schema_in_the_code_is_the_released_one(path: Path, tmp_path: Path):
    """A changed table needs a migration: a new file has the schema of the newest released version."""
    Store.open(path).close()
    old_database(tmp_path / "released.db", RELEASED[-1], [])
    assert (int(RELEASED[-1].stem), schema_of(path)) == (CURRENT.version, schema_of(tmp_path / "released.db"))


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_every_released_schema_upgrades(path: Path, released: Path):
    """A file of any released version gets the newest schema, keeps its rows, and a copy of its old self."""
    path.parent.mkdir()
    old_database(path, released, ["first", "second"])
    fresh = path.with_name("fresh.db")
    Store.open(fresh, wanted=NEXT).close()
    with Store.open(path, wanted=NEXT) as store:
        assert [note.text for note in store.records.search_notes("")] == ["second", "first"]
        assert [note.text for note in store.records.search_notes("seconds")] == ["second"]
        assert store.check() == []
    normal = {name: sql.replace(",pinnedINTEGERNOTNULLDEFAULT0", "") for name, sql in schema_of(path).items()}
    assert normal == {
        name: sql.replace(",pinnedINTEGERNOTNULLDEFAULT0", "") for name, sql in schema_of(fresh).items()
    }
    copy = path.with_name(f"{path.name}.before-{int(released.stem) + 1}")
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (int(released.stem),)
        assert old.execute("SELECT text FROM notes").fetchall() == [("first",), ("second",)]


def test_each_version_is_recorded_with_its_name(path: Path, tmp_path: Path):
    """The file says which steps made it what it is."""
    path.parent.mkdir()
    old_database(path, RELEASED[-1], [])
    Store.open(path, wanted=NEXT).close()
    with closing(sqlite3.connect(path)) as connection:
        steps = connection.execute("SELECT version, name FROM schema_versions").fetchall()
    assert steps == [(CURRENT.version, "created"), (STEP.version, STEP.name)]


@pytest.mark.slow
def test_a_crash_while_a_database_is_made_leaves_nothing_or_all(tmp_path: Path):
    """Killed at each statement in turn, the file is empty or complete, and opens afterwards."""
    results = crash_at_every_statement(tmp_path)
    newest = str(NEXT.version)
    assert {tuple(map(str, result)) for result in results} == {("0", "[]", "ok"), (newest, "[]", "ok")}
    assert len(results) > 30


@pytest.mark.slow
@pytest.mark.parametrize("released", [RELEASED[0], RELEASED[-1]], ids=lambda path: path.stem)
def test_a_crash_while_upgrading_leaves_the_old_or_the_new_schema(tmp_path: Path, released: Path):
    """Killed at each statement in turn, the rows are all there under the schema of one version or another.

    From the oldest release, and so in every step that there is; and in the step from the newest.
    """
    results = crash_at_every_statement(tmp_path, released)
    versions = {version for version, _, _ in results}
    assert versions == set(range(int(released.stem), NEXT.version + 1))
    assert {(*notes, problem) for _, notes, problem in results} == {("kept", "ok")}


def test_a_failing_step_leaves_the_old_schema(path: Path):
    """A statement that cannot run takes back those before it in the same step."""
    path.parent.mkdir()
    old_database(path, RELEASED[-1], ["kept"])
    broken = Migration(STEP.version, "broken", (*STEP.statements, "UPDATE missing SET x = 1"))
    with pytest.raises(Exception, match="no such table: missing"):
        Store.open(path, wanted=Schema(CURRENT.create, (*CURRENT.migrations, broken)))
    with Store.open(path) as store:
        assert [note.text for note in store.records.search_notes("")] == ["kept"]


def test_a_newer_file_is_refused_untouched(path: Path):
    """A file with a newer schema raises SchemaTooNew and not one byte of its folder changes."""
    Store.open(path, wanted=NEXT).close()
    before = bytes_in(path.parent)
    with pytest.raises(
        SchemaTooNew, match=rf"schema {NEXT.version}, this one knows {CURRENT.version}.*Upgrade Homewit"
    ):
        Store.open(path)
    assert bytes_in(path.parent) == before


def test_a_newer_schema_still_in_the_log_is_refused_untouched(path: Path, tmp_path: Path):
    """A newer Homewit that was killed leaves its schema in the log only; that is seen, too.

    Nothing changes but the index of the log, which is no data and which any reader may make anew.
    """
    Store.open(path).close()
    newer = Store.open(path, wanted=NEXT)
    crashed = tmp_path / "crashed"
    shutil.copytree(path.parent, crashed)
    newer.close()
    before = bytes_in(crashed)
    old = CURRENT.version.to_bytes(4, "big")
    assert before[path.name][60:64] == old  # the file itself still shows the old version
    with pytest.raises(SchemaTooNew):
        Store.open(crashed / path.name)
    index = {f"{path.name}-shm": b""}
    assert bytes_in(crashed) | index == before | index


@pytest.mark.parametrize("pragma", ["user_version = 7", "application_id = 42", "cache_size = 7"])
def test_a_database_of_another_program_is_refused_unchanged(path: Path, pragma: str):
    """Somebody else's SQLite file is not turned into ours."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA {pragma}")
        other.execute("CREATE TABLE theirs(x)")
        other.commit()
    with pytest.raises(StoreForeign, match="another program"):
        Store.open(path)
    assert set(schema_of(path)) == {"theirs"}


def test_steps_must_follow_one_another():
    """A gap in the numbers is the programmer's mistake and is found at import."""
    with pytest.raises(ValueError, match="without gaps"):
        Schema(CURRENT.create, (*CURRENT.migrations, Migration(NEXT.version + 1, "too far", ())))
