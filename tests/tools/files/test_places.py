"""Opening by descriptors: a link that appears between looking and opening is refused."""

import os
from pathlib import Path

import pytest

from homewit.tools import PathDenied, ToolFailed
from homewit.tools.files.places import open_file, open_folder, parent_of, place, write_whole
from homewit.tools.files.search import search_below, walk


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "f").write_text("secret")
    return folder


@pytest.fixture
def swapped(tmp_path: Path, outside: Path) -> Path:
    """A path that was judged while its folder was one, and whose folder is a link to outside now."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root/sub").symlink_to(outside)
    return tmp_path / "root/sub/f"


def test_a_folder_that_became_a_link_is_not_entered(swapped: Path, outside: Path):
    """Neither for reading nor for writing. Control: opening by path alone follows the link."""
    with pytest.raises(PathDenied, match="became a link"), parent_of(swapped):
        pass
    with pytest.raises(PathDenied, match="became a link"):
        write_whole(swapped, b"mine")
    with pytest.raises(PathDenied, match="became a link"):
        write_whole(swapped.parent / "new/deep", b"mine")
    assert [path.name for path in outside.iterdir()] == ["f"]
    assert swapped.read_text() == "secret"  # the control


def test_a_file_that_became_a_link_is_not_opened(tmp_path: Path, outside: Path):
    """The last part of the path is looked at like the others."""
    (tmp_path / "link").symlink_to(outside / "f")
    with parent_of(tmp_path / "link") as (folder, name), pytest.raises(PathDenied, match="became a link"):
        open_file(name, folder, "link")
    with pytest.raises(PathDenied, match="became a link"):
        write_whole(tmp_path / "link", b"mine")
    assert (outside / "f").read_text() == "secret"


def test_a_walk_does_not_leave_through_a_link_that_appears(tmp_path: Path, outside: Path):
    """A folder that is swapped during the walk, before its turn, is not entered."""
    root = tmp_path / "root"
    for name in ("a", "b"):
        (root / name).mkdir(parents=True)
        (root / name / "x").write_text("x")
    found = []
    for path in walk(root):
        found.append(path.relative_to(root).as_posix())
        if found == ["a/x"]:
            (root / "b/x").unlink()
            (root / "b").rmdir()
            (root / "b").symlink_to(outside)
    assert found == ["a/x"]
    assert [hit.path.name for hit in search_below(root, "secret")] == []


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path):
    """They may never end."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with parent_of(path) as (folder, name), pytest.raises(ToolFailed, match="not a regular file"):
            open_file(name, folder, path.name)
    with pytest.raises(ToolFailed, match="is no file"):
        write_whole(tmp_path / "pipe", b"x")


def test_nothing_is_overwritten_unless_that_is_meant(tmp_path: Path):
    """Files and folders alike; a file keeps its one name."""
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        (tmp_path / f"folder_{name}").mkdir()
    with open_folder(tmp_path) as folder:
        for one, other in (("a", "b"), ("folder_a", "folder_b"), ("a", "folder_b")):
            with pytest.raises(FileExistsError):
                place(one, folder, other, folder, replace=False)
        place("a", folder, "c", folder, replace=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c", "folder_a", "folder_b"]
    assert (tmp_path / "c").stat().st_nlink == 1
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "b", b"x", replace=False)
    assert (tmp_path / "b").read_text() == "b"
