"""The trash can on other disks and in odd places."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from homewit.tools import ToolFailed
from homewit.tools.files import trash

NOW = datetime(2026, 11, 20, 14, 30)
OTHER_DISK = Path("/dev/shm")

other_disk = pytest.mark.skipif(
    not (OTHER_DISK.is_dir() and os.access(OTHER_DISK, os.W_OK))
    or OTHER_DISK.stat().st_dev == Path("/tmp").stat().st_dev,
    reason="there is no second disk to write to",
)


@other_disk
def test_a_file_of_another_disk_goes_to_the_can_of_that_disk(tmp_path: Path):
    """Nothing is copied between disks; the note is relative to the disk."""
    folder = OTHER_DISK / f"homewit-{tmp_path.name}-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / "f.txt").write_text("x")
        where = trash.throw_away(folder / "f.txt", NOW)
        own = OTHER_DISK / f".Trash-{os.getuid()}"
        assert where.parent == own / "files"
        note = own / "info" / f"{where.name}.trashinfo"
        assert note.read_text().splitlines()[1] == f"Path={folder.name}/f.txt"
        trash.put_back(where, folder / "f.txt")
        assert ((folder / "f.txt").read_text(), note.exists()) == ("x", False)
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_names_with_line_breaks_and_other_letters_are_noted_safely(tmp_path: Path):
    """The note is one line for each entry, whatever a file is called."""
    path = tmp_path / "a\nPath=x ü.txt"
    path.write_text("x")
    where = trash.throw_away(path, NOW)
    note = (where.parent.parent / "info" / f"{where.name}.trashinfo").read_text()
    assert note.count("\n") == 3
    assert "a%0APath%3Dx%20%C3%BC.txt" in note


def test_without_a_can_nothing_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A trash that cannot be made is said, and the file stays."""
    (tmp_path / "f").write_text("x")
    (tmp_path / "no-folder").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no-folder"))
    with pytest.raises((ToolFailed, OSError)):
        trash.throw_away(tmp_path / "f", NOW)
    assert (tmp_path / "f").read_text() == "x"
