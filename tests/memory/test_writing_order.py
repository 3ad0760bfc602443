"""Nobody who writes again and again keeps others from writing, be they threads or processes."""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from homewit.memory import Store, StoreBusy, sqlite_file
from homewit.memory.writing_order import WritingOrder


def await_that(something: Callable[[], bool]) -> None:
    while not something():
        time.sleep(0.001)


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@pytest.mark.parametrize("sharing", ["one store", "the file alone"])
def test_one_that_waits_comes_before_one_that_comes_again(path: Path, sharing: str):
    """Whoever writes twice finds between the two what another one wrote who has waited since the first.

    Threads share a store, processes the file alone, as two stores do.
    """
    with Store.open(path) as store, Store.open(path) as beside:
        other = store if sharing == "one store" else beside
        waiting = threading.Thread(target=other.records.add_note, args=("waited",))
        with store.write():
            waiting.start()
            await_that(lambda: store._order._gate.locked() or is_locked(path.parent))
        store.records.add_note("again")
        waiting.join()
        assert [note.text for note in store.records.search_notes("")] == ["again", "waited"]


def test_a_writer_that_does_not_end_is_one_clear_error(path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another thread that keeps the turn makes writers give up; what comes after it is served."""
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.05)
    with Store.open(path) as store:
        with store._order.turn(), pytest.raises(StoreBusy, match="was locked by another writer"):
            store.create_session()
        store.create_session()


def test_writers_wait_for_as_long_as_others_get_on(tmp_path: Path):
    """However long it takes in all; they give up when nobody wrote in the time that they wait for one."""

    class Taken:
        """A lock that another writer has each time, until it is the turn of whoever asks."""

        def __init__(self, others: int) -> None:
            self.others = others

        def acquire(self, timeout: float) -> bool:
            if self.others:
                self.others -= 1
                with order.turn():
                    return False
            return True

    order = WritingOrder(tmp_path, 0)
    order._acquire(cast(threading.Lock, Taken(5)))
    with order.turn(), pytest.raises(TimeoutError):
        order._acquire(order._writer)


def test_the_lock_of_the_folder_is_courtesy(tmp_path: Path):
    """One that keeps it, or a folder that cannot be opened, keeps nobody from writing."""
    with WritingOrder(tmp_path, 0).next_of_all(), WritingOrder(tmp_path, 0.01).next_of_all():
        pass
    with WritingOrder(tmp_path / "missing", 0).next_of_all():
        pass
