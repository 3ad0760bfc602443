"""Moving, copying, deleting: nothing is overwritten, lost, or moved unseen, and all of it can be undone."""

from pathlib import Path
from typing import Any

import pytest

from homewit.tools import PathDenied, ToolContext, ToolFailed
from homewit.tools.testing import check_tool, fake_context

from ...conftest import TOOLS

MOVE, COPY, DELETE, FOLDER = (TOOLS[n] for n in ("move_file", "copy_file", "delete_file", "make_folder"))


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def filled(folder: Path) -> Path:
    """A few files and a folder."""
    (folder / "archive").mkdir()
    for name in ("a.txt", "b.txt", "photos/1.jpg", "photos/old/2.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.mark.parametrize(
    ("path", "to", "target", "preview"),
    [
        ("a.txt", "archive", "archive/a.txt", "a.txt → archive/a.txt"),
        ("a.txt", "archive/", "archive/a.txt", "a.txt → archive/a.txt"),
        ("a.txt", "c.txt", "c.txt", "a.txt → c.txt"),
        ("a.txt", "old", "old/a.txt", "a.txt → old/a.txt (in a new folder)"),
        ("a.txt", "x/y/c.txt", "x/y/c.txt", "a.txt → x/y/c.txt (in a new folder)"),
        ("a.txt", "archive/c.txt", "archive/c.txt", "a.txt → archive/c.txt"),
    ],
)
async def test_a_file_goes_where_people_mean(
    path: str, to: str, target: str, preview: str, ctx: ToolContext, filled: Path
):
    """Into a folder, to a new name, or both; the card shows it, and undo brings it back."""
    before = tree(filled)
    args = {"path": path, "to": to}
    assert await MOVE.foresee(args, ctx) == preview
    assert await MOVE.was_done(args, ctx) is False
    done = await MOVE.call(args, ctx)
    assert (done.data["path"], done.data["came_from"]) == (target, path)
    assert tree(filled) == {**{k: v for k, v in before.items() if k != path}, target: path}
    assert await MOVE.was_done(args, ctx) is True
    assert await MOVE.take_back(done.data, ctx) == f"{path} is back where it was."
    assert tree(filled) == before


async def test_folders_move_with_all_that_is_in_them(ctx: ToolContext, filled: Path):
    """Into another folder or to a new name; the card counts what goes along."""
    assert await MOVE.foresee({"path": "photos", "to": "pictures"}, ctx) == (
        "photos/ (2 files, 28 bytes) → pictures"
    )
    await MOVE.call({"path": "photos", "to": "pictures"}, ctx)
    done = await MOVE.call({"path": "pictures", "to": "archive"}, ctx)
    assert done.text == "Moved pictures to archive/pictures."
    assert sorted(tree(filled)) == ["a.txt", "archive/pictures/1.jpg", "archive/pictures/old/2.jpg", "b.txt"]


@pytest.mark.parametrize(
    ("tool", "args", "problem"),
    [
        (MOVE, {"path": "a.txt", "to": "b.txt"}, "exists and is not overwritten"),
        (MOVE, {"path": "a.txt", "to": "a.txt"}, "is there already"),
        (MOVE, {"path": "photos", "to": "photos/old"}, "cannot be moved into itself"),
        (MOVE, {"path": "c.txt", "to": "d.txt"}, r"There is no c\.txt\. Did you mean"),
        (MOVE, {"path": "link", "to": "d.txt"}, "is a link to a.txt; name the file itself"),
        (COPY, {"path": "a.txt", "to": "b.txt"}, "exists and is not overwritten"),
        (COPY, {"path": "photos", "to": "p"}, "is a folder; single files can be copied"),
        (DELETE, {"path": "c.txt"}, r"There is no c\.txt"),
        (DELETE, {"path": "link"}, "is a link"),
        (FOLDER, {"path": "a.txt"}, "is a file; choose another name"),
    ],
)
async def test_what_cannot_be_done_says_why(
    tool: Any, args: dict, problem: str, ctx: ToolContext, filled: Path
):
    """And changes nothing."""
    (filled / "link").symlink_to("a.txt")
    before = tree(filled)
    with pytest.raises(ToolFailed, match=problem):
        await tool.call(args, ctx)
    assert tree(filled) == before


OUT = ["../outside/x", "/etc/x", "~/x", "link_out/x", "sub/../../x"]
PROTECTED = [
    ".bashrc",
    ".git/hooks/x",
    ".GIT",
    ".ssh/x",
    "home/config.toml",
    "homewit.toml",
    ".config/fish/x",
]


@pytest.mark.parametrize("place", [*OUT, *PROTECTED])
@pytest.mark.parametrize("side", ["from", "to"])
async def test_no_way_out_and_none_onto_what_programs_obey(
    place: str, side: str, ctx: ToolContext, filled: Path, monkeypatch: pytest.MonkeyPatch
):
    """Neither as the source nor as the target, for any of the tools."""
    (filled.parent / "outside").mkdir()
    (filled.parent / "outside/x").write_text("secret")
    monkeypatch.setenv("HOME", str(filled.parent / "outside"))
    (filled / "link_out").symlink_to("../outside")
    (filled / "home").mkdir()
    (filled / "home/homewit.db").write_text("")
    before = tree(filled.parent)
    pairs = {"path": place, "to": "new.txt"} if side == "from" else {"path": "a.txt", "to": place}
    with pytest.raises(PathDenied):
        await MOVE.call(pairs, ctx)
    if side == "to" or place not in (".bashrc", "homewit.toml", ".git/hooks/x", ".GIT", ".config/fish/x"):
        with pytest.raises(ToolFailed if place == "home/config.toml" and side == "from" else PathDenied):
            await COPY.call(pairs, ctx)
    for tool in (DELETE, FOLDER):
        with pytest.raises(PathDenied):
            await tool.call({"path": place}, ctx)
    assert tree(filled.parent) == before


@pytest.mark.parametrize(
    ("inside", "to"),
    [("autostart/x.desktop", ".config"), (".bashrc", "new"), ("deep/.git/config", "new"), (".ssh/id", "new")],
)
async def test_a_folder_does_not_carry_protected_files_along(
    inside: str, to: str, ctx: ToolContext, filled: Path
):
    """A folder that would hold such a file at its new place stays. Control: with a harmless name it moves."""
    for name in ("evil", "harmless"):
        path = filled / name / (inside if name == "evil" else "deep/config")
        path.parent.mkdir(parents=True)
        path.write_text("x")
    with pytest.raises(PathDenied):
        await MOVE.call({"path": "evil", "to": to}, ctx)
    assert (await MOVE.call({"path": "harmless", "to": "fine"}, ctx)).data["path"] == "fine"


async def test_homewits_own_files_and_the_working_folder_stay(filled: Path):
    """Neither thrown away nor moved, also when they lie deep inside."""
    (filled / "sub/home").mkdir(parents=True)
    (filled / "sub/kept").mkdir(parents=True)
    (filled / "sub/home/homewit.db").write_text("")
    (filled / "own/deep").mkdir(parents=True)
    ctx = fake_context(filled, protected=(filled / "own/deep",))
    for path in ("sub", "own", ".", str(filled)):
        for tool, args in ((DELETE, {"path": path}), (MOVE, {"path": path, "to": "elsewhere"})):
            with pytest.raises(PathDenied):
                await tool.call(args, ctx)
    await DELETE.call({"path": "sub/kept"}, ctx)  # the control


async def test_what_is_deleted_lies_in_the_trash_of_the_desktop(
    ctx: ToolContext, filled: Path, tmp_path: Path
):
    """With the note that file managers read; two of one name do not meet, and each comes back."""
    can = tmp_path / "xdg-data/Trash"
    assert await DELETE.foresee({"path": "photos"}, ctx) == "photos/ (2 files, 28 bytes) → trash"
    first = await DELETE.call({"path": "a.txt"}, ctx)
    assert first.text == "Moved a.txt to the trash."
    assert await DELETE.was_done({"path": "a.txt"}, ctx) is True
    (filled / "a.txt").write_text("another")
    second = await DELETE.call({"path": "a.txt"}, ctx)
    folder = await DELETE.call({"path": "photos"}, ctx)
    assert sorted(path.name for path in (can / "files").iterdir()) == ["a.2.txt", "a.txt", "photos"]
    note = (can / "info/a.txt.trashinfo").read_text().splitlines()
    assert note == ["[Trash Info]", f"Path={filled}/a.txt", "DeletionDate=2026-11-20T14:30:00"]
    assert await DELETE.take_back(folder.data, ctx) == "photos is back from the trash."
    assert await DELETE.take_back(first.data, ctx) == "a.txt is back from the trash."
    with pytest.raises(ToolFailed, match="could not be brought back: File exists"):
        await DELETE.take_back(second.data, ctx)
    assert (tree(filled)["a.txt"], tree(filled)["photos/old/2.jpg"]) == ("a.txt", "photos/old/2.jpg")
    assert [path.name for path in (can / "info").iterdir()] == ["a.2.txt.trashinfo"]


async def test_the_trash_may_have_been_emptied(ctx: ToolContext, filled: Path):
    """Then undo says so."""
    done = await DELETE.call({"path": "a.txt"}, ctx)
    Path(done.data["trashed"]).unlink()
    with pytest.raises(ToolFailed, match="is not in the trash any more"):
        await DELETE.take_back(done.data, ctx)


async def test_undo_takes_from_the_trash_alone(ctx: ToolContext, filled: Path, tmp_path: Path):
    """A result that names another place is not believed."""
    (tmp_path / "secret").write_text("x")
    done = await DELETE.call({"path": "a.txt"}, ctx)
    with pytest.raises(PathDenied, match="not from the trash"):
        await DELETE.take_back({**done.data, "trashed": str(tmp_path / "secret")}, ctx)
    assert (tmp_path / "secret").exists()


async def test_copies_and_folders(ctx: ToolContext, filled: Path):
    """A copy is another file; a folder is made with those above it and removed again while it is empty."""
    copied = await COPY.call({"path": "a.txt", "to": "archive"}, ctx)
    assert (copied.text, tree(filled)["archive/a.txt"]) == ("Copied a.txt to archive/a.txt.", "a.txt")
    assert not (filled / "a.txt").samefile(filled / "archive/a.txt")
    assert await COPY.was_done({"path": "a.txt", "to": "archive/a.txt"}, ctx) is True
    assert await COPY.take_back(copied.data, ctx) == "Moved the copy archive/a.txt to the trash."
    made = await FOLDER.call({"path": "x/y"}, ctx)
    assert (made.text, (filled / "x/y").is_dir()) == ("Made the folder x/y.", True)
    there = await FOLDER.call({"path": "x/y"}, ctx)
    assert await FOLDER.take_back(there.data, ctx) == "x/y was there before and stays."
    (filled / "x/y/z").write_text("")
    with pytest.raises(ToolFailed, match="x/y was not removed: Directory not empty"):
        await FOLDER.take_back(made.data, ctx)
    (filled / "x/y/z").unlink()
    assert await FOLDER.take_back(made.data, ctx) == "Removed the folder x/y."


async def test_all_keep_the_contract(ctx: ToolContext, filled: Path):
    """As any plugin has to."""
    await check_tool(FOLDER, {"path": "new"}, ctx=ctx)
    await check_tool(COPY, {"path": "a.txt", "to": "new"}, ctx=ctx)
    await check_tool(MOVE, {"path": "a.txt", "to": "c.txt"}, ctx=ctx)
    await check_tool(DELETE, {"path": "c.txt"}, ctx=ctx)
