"""Nothing acknowledged is lost, whatever happens to the process, its log or the disk."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event

from homewit.memory import Store, StoreCorrupt, StoreFull

HERE = Path(__file__).parent


def rounds(folder: Path, count: int, mode: str) -> list[tuple[int, int, list[str]]]:
    seed = str(int.from_bytes(os.urandom(4), "big"))
    command = [sys.executable, str(HERE / "crash_rounds.py"), str(folder), str(count), seed, mode]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_acknowledged_turns_survive_kill_9(tmp_path: Path):
    """A process killed at 25 random moments loses no turn that it acknowledged, and the file stays sound."""
    results = rounds(tmp_path, 25, "honest")
    assert [(lost, problems) for lost, _, problems in results] == [(0, [])] * 25
    assert sum(acknowledged for _, acknowledged, _ in results) > 25


def test_an_early_acknowledgement_is_found_out(tmp_path: Path):
    """Control: with ids printed before the commit, the same rounds do lose turns."""
    assert sum(lost for lost, _, _ in rounds(tmp_path, 6, "early")) > 0


def test_a_log_cut_anywhere_opens_with_a_prefix_of_the_turns(path: Path, tmp_path: Path):
    """A cheap power cut: whatever the length at which the log ends, the turns before it are there."""
    store = Store.open(path)
    session = store.create_session().id
    said = [store.append_turn(session, "user", f"number {number}").text for number in range(3)]
    log = path.with_name(path.name + "-wal")
    whole = log.read_bytes()
    shutil.copy(path, tmp_path / "copy.db")
    store.close()
    kept = set()
    for cut in range(len(whole), len(whole) - 3 * 4200, -419):
        copy = tmp_path / f"{cut}.db"
        shutil.copy(tmp_path / "copy.db", copy)
        copy.with_name(copy.name + "-wal").write_bytes(whole[:cut])
        with Store.open(copy) as opened:
            turns = [turn.text for turn in opened.turns(session)]
            assert (turns, opened.check()) == (said[: len(turns)], [])
            kept.add(len(turns))
    assert max(kept) == 3
    assert min(kept) < 3


def test_a_full_disk_is_one_clear_error_and_loses_nothing(path: Path):
    """At every size at which the disk may be full, writing says so and what was there can be read."""
    with Store.open(path) as store:
        session = store.create_session().id
        pages = path.stat().st_size // 4096

        @event.listens_for(store._engine, "begin")
        def limit(connection):
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + room}")

        kept: list[str] = []

        def fill(room: int) -> None:
            for number in range(1000):
                kept.append(store.append_turn(session, "user", f"{room} {number} " * 300).text)

        for room in range(1, 60, 6):
            with pytest.raises(StoreFull, match="No room is left") as raised:
                fill(room)
            assert str(path) in str(raised.value)
            assert [turn.text for turn in store.turns(session)] == kept
        assert store.check() == []


def test_a_damaged_page_is_one_clear_error(path: Path):
    """Rubbish in the middle of the file raises StoreCorrupt when it is read, with advice."""
    with Store.open(path) as store:
        session = store.create_session().id
        for number in range(50):
            store.append_turn(session, "user", f"number {number} " * 100)
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(255 for _ in data[4096:])
    path.write_bytes(data)
    with pytest.raises(StoreCorrupt, match="is damaged"), Store.open(path) as store:
        store.turns(session)
