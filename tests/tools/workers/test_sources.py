"""Where plugins are, and whether their code is still the same; nothing is imported for either."""

import os
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from homewit.tools.workers.code_state import code_state
from homewit.tools.workers.source import Source
from homewit.tools.workers.sources import in_folder, installed


def test_drop_in_files_are_those_of_the_folder_in_order(tmp_path: Path):
    """Private and hidden ones, other kinds of files and folders are left alone."""
    for name in ("b.py", "a.py", "_private.py", ".hidden.py", "notes.txt"):
        (tmp_path / name).write_text("raise RuntimeError")
    (tmp_path / "c.py").mkdir()
    sources, unread = in_folder(tmp_path)
    assert sources == [
        Source("file", "file:a.py", str(tmp_path / "a.py")),
        Source("file", "file:b.py", str(tmp_path / "b.py")),
    ]
    assert unread == []


def test_a_folder_that_is_missing_or_unreadable(tmp_path: Path):
    """No folder is no problem; a file in its place is reported."""
    assert in_folder(tmp_path / "nothing") == ([], [])
    (tmp_path / "file").write_text("")
    sources, (unread,) = in_folder(tmp_path / "file")
    assert (sources, unread.problem) == ([], "cannot be read: Not a directory")


def test_entry_points_are_named_by_their_distribution():
    """Those that are installed here can be listed; one without a distribution has its own name."""
    assert installed([EntryPoint("dice", "my_dice:tools", "homewit.tools")]) == [
        Source("object", "entry-point:dice", "my_dice:tools")
    ]
    assert all(source.label.startswith("entry-point:") for source in installed())


def test_the_state_of_a_file_is_its_bytes(tmp_path: Path):
    """Neither its time nor its name; a file that is gone has none."""
    path = tmp_path / "dice.py"
    path.write_text("a = 1\n")
    before = code_state(Source("file", "file:dice.py", str(path)))
    os.utime(path, ns=(1, 1))
    assert code_state(Source("file", "file:dice.py", str(path))) == before
    path.write_text("a = 2\n")
    assert code_state(Source("file", "file:dice.py", str(path))) != before
    assert code_state(Source("file", "file:gone.py", str(tmp_path / "gone.py"))) is None


def test_the_state_of_an_entry_point_is_that_of_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Any of its modules counts, other files do not, and none is imported; what is not there has none."""
    package = tmp_path / "homewit_test_state"
    (package / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/__init__.py", "inner/deep.py"):
        (package / name).write_text("raise RuntimeError\n")
    (tmp_path / "homewit_test_single.py").write_text("raise RuntimeError\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found, single = (
        Source("object", "entry-point:x", where)
        for where in ("homewit_test_state.inner:tools", "homewit_test_single")
    )
    before = code_state(found)
    (package / "data.json").write_text("{}")
    assert (code_state(found), code_state(single) is not None) == (before, True)
    (package / "inner" / "deep.py").write_text("raise RuntimeError  # changed\n")
    assert code_state(found) not in (None, before)
    assert code_state(Source("object", "entry-point:x", "homewit_no_such_plugin:tools")) is None
    assert not [name for name in sys.modules if name.startswith("homewit_test_")]
