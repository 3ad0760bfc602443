"""Writing and editing: what the card shows is what is done, and everything else in the file stays."""

from pathlib import Path

import pytest

from homewit.tools import PathDenied, ToolContext, ToolFailed, ToolRetry
from homewit.tools.testing import check_tool

from ...conftest import TOOLS, Call

EDIT, WRITE = TOOLS["edit_file"], TOOLS["write_file"]


@pytest.fixture
def notes(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_bytes(b"one foo\r\ntwo\r\nfoo three\r\n")
    return path


async def test_words_are_replaced_wherever_they_stand(call: Call, notes: Path):
    """Letter by letter, with the line breaks of the file, and the answer shows the lines that changed."""
    done = await call("edit_file", path="notes.txt", old="foo", new="bar")
    assert notes.read_bytes() == b"one bar\r\ntwo\r\nbar three\r\n"
    assert (done.data["count"], done.data["path"]) == (2, "notes.txt")
    assert done.text == (
        "Changed 2 places in notes.txt:\n@ line 1\n-one foo\n+one bar\n two\n-foo three\n+bar three\n "
    )


async def test_the_preview_is_the_change(ctx: ToolContext, notes: Path):
    """What the card shows and what the result reports are the same lines, and looking changes nothing."""
    args = {"path": "notes.txt", "old": "two\nfoo", "new": "2\nfoo\nand"}
    before = notes.read_bytes()
    seen = await EDIT.foresee(args, ctx)
    assert notes.read_bytes() == before
    done = await EDIT.call(args, ctx)
    assert seen == done.data["diff"] == "@ line 1\n one foo\n-two\n-foo three\n+2\n+foo\n+and three\n "
    assert notes.read_bytes() == b"one foo\r\n2\r\nfoo\r\nand three\r\n"


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            {"old": "Foo"},
            r"notes\.txt does not contain “Foo”\. The nearest line is “one foo”; upper and lower",
        ),
        ({"old": "xyzzy"}, "Read the file first"),
        (
            {"old": "foo", "once": True},
            r"contains “foo” 2 times \(lines 1, 3\)\. Give more of the text around",
        ),
    ],
)
async def test_what_cannot_be_found_says_how_to_go_on(
    args: dict, problem: str, ctx: ToolContext, notes: Path
):
    """Both the preview and the call refuse, and the file stays as it was."""
    before = notes.read_bytes()
    for ask in (EDIT.foresee, EDIT.call):
        with pytest.raises(ToolRetry, match=problem):
            await ask({"path": "notes.txt", "new": "x", **args}, ctx)
    assert notes.read_bytes() == before


async def test_encoding_mark_and_mode_stay(call: Call, folder: Path):
    """A Latin-1 file stays one, and a file that begins with a mark keeps it."""
    latin = "Die Straße ist länger und größer, als die Fußgänger über die Brücke schätzen können.\n"
    (folder / "latin.txt").write_bytes(latin.encode("latin-1"))
    (folder / "latin.txt").chmod(0o640)
    (folder / "wide.txt").write_text("hello", encoding="utf-16")
    await call("edit_file", path="latin.txt", old="Straße", new="Gasse")
    await call("edit_file", path="wide.txt", old="hello", new="good bye")
    assert (folder / "latin.txt").read_bytes() == latin.replace("Straße", "Gasse").encode("latin-1")
    assert (folder / "latin.txt").stat().st_mode & 0o777 == 0o640
    assert (folder / "wide.txt").read_text(encoding="utf-16") == "good bye"
    with pytest.raises(ToolFailed, match="which has no '猫'; it stays as it is"):
        await call("edit_file", path="latin.txt", old="Gasse", new="猫")


async def test_what_is_no_text_is_not_edited(call: Call, folder: Path):
    """An edit would damage what it cannot read."""
    (folder / "program").write_bytes(b"\x7fELF\0\0 foo")
    (folder / "broken.txt").write_bytes(b"\xff\xfea\0\0\xd8foo")
    (folder / "sealed.txt").write_text("foo")
    (folder / "sealed.txt").chmod(0o444)
    for path, problem in {
        "program": "is not a text file",
        "broken.txt": "would damage them",
        "sealed.txt": "is read-only",
        "gone.txt": "There is no gone",
    }.items():
        with pytest.raises(ToolFailed, match=problem):
            await call("edit_file", path=path, old="foo", new="bar")
    assert (folder / "sealed.txt").read_text() == "foo"


async def test_an_edit_is_undone_where_it_was_made(ctx: ToolContext, notes: Path):
    """The old words return to their places; after another change nothing is touched."""
    before = notes.read_bytes()
    done = await EDIT.call({"path": "notes.txt", "old": "foo", "new": "two"}, ctx)
    assert await EDIT.take_back(done.data, ctx) == "notes.txt is as it was before."
    assert notes.read_bytes() == before
    again = await EDIT.call({"path": "notes.txt", "old": "foo", "new": ""}, ctx)
    notes.write_bytes(notes.read_bytes() + b"more")
    with pytest.raises(ToolFailed, match="was changed since"):
        await EDIT.take_back(again.data, ctx)


async def test_the_check_of_an_edit(ctx: ToolContext, notes: Path):
    """After a crash it tells by the words, and says that it cannot tell when one holds the other."""
    args = {"path": "notes.txt", "old": "foo", "new": "bar"}
    assert await EDIT.was_done(args, ctx) is False
    await EDIT.call(args, ctx)
    assert await EDIT.was_done(args, ctx) is True
    assert await EDIT.was_done({**args, "old": "two", "new": "two and a half"}, ctx) is None
    assert await EDIT.was_done({**args, "old": "never", "new": "there"}, ctx) is None


async def test_writing_shows_the_difference_and_can_be_undone(ctx: ToolContext, folder: Path):
    """What a file held before is in the trash and comes back; a file that was new goes there."""
    path, args = folder / "list.txt", {"path": "list.txt", "content": "milk\neggs\n"}
    assert await WRITE.foresee(args, ctx) == "a new file"
    first = await WRITE.call(args, ctx)
    assert await WRITE.foresee(args, ctx) == "the file holds this already"
    changed = {**args, "content": "milk\nbread\n"}
    assert await WRITE.foresee(changed, ctx) == "@ line 1\n milk\n-eggs\n+bread\n "
    second = await WRITE.call(changed, ctx)
    with pytest.raises(ToolFailed, match="was changed since"):
        await WRITE.take_back(first.data, ctx)
    assert await WRITE.take_back(second.data, ctx) == "list.txt is as it was before."
    assert path.read_text() == "milk\neggs\n"
    assert await WRITE.take_back(first.data, ctx) == "Moved list.txt to the trash; it was new."
    assert not path.exists()
    (folder / "data").write_bytes(b"\0\1\2")
    assert "that is no text" in await WRITE.foresee({"path": "data", "content": "x"}, ctx)


async def test_undo_leads_nowhere_else(ctx: ToolContext, folder: Path, tmp_path: Path):
    """A result that names another place is refused like any path."""
    done = await WRITE.call({"path": "a.txt", "content": "x"}, ctx)
    (tmp_path / "outside").write_text("x")
    with pytest.raises(PathDenied):
        await WRITE.take_back({**done.data, "at": str(tmp_path / "outside")}, ctx)
    with pytest.raises(PathDenied, match="not from the trash"):
        await WRITE.take_back({**done.data, "former": str(tmp_path / "outside")}, ctx)
    assert ((tmp_path / "outside").read_text(), (folder / "a.txt").exists()) == ("x", True)


async def test_both_keep_the_contract(ctx: ToolContext, notes: Path):
    """As any plugin has to."""
    await check_tool(EDIT, {"path": "notes.txt", "old": "foo", "new": "bar"}, ctx=ctx)
    await check_tool(WRITE, {"path": "notes.txt", "content": "bar"}, ctx=ctx)


async def test_what_is_added_stands_in_a_line_of_its_own(ctx: ToolContext, call: Call, notes: Path):
    """Behind what the file holds, with its line breaks; a new file gets it as its first line."""
    args = {"path": "notes.txt", "content": "four", "append": True}
    before = notes.read_bytes()
    assert await WRITE.foresee(args, ctx) == "@ line 2\n two\n foo three\n+four\n "
    done = await WRITE.call(args, ctx)
    assert notes.read_bytes() == before + b"four\r\n"
    assert done.text == "Added to notes.txt (31 bytes)."
    notes.write_bytes(b"no break")
    await call("write_file", path="notes.txt", content="next", append=True)
    assert notes.read_bytes() == b"no break\nnext\n"
    await call("write_file", path="new.txt", content="first", append=True)
    assert (notes.parent / "new.txt").read_bytes() == b"first\n"


async def test_what_was_added_is_taken_back(ctx: ToolContext, notes: Path):
    """The file holds what it held before."""
    before = notes.read_bytes()
    done = await WRITE.call({"path": "notes.txt", "content": "four", "append": True}, ctx)
    await WRITE.take_back(done.data, ctx)
    assert notes.read_bytes() == before


async def test_nothing_is_added_to_what_is_no_text(call: Call, folder: Path):
    """Nor in letters that its encoding lacks; the file stays as it is."""
    (folder / "a.bin").write_bytes(b"\0\1")
    with pytest.raises(ToolFailed, match="only text can be edited"):
        await call("write_file", path="a.bin", content="x", append=True)
    assert (folder / "a.bin").read_bytes() == b"\0\1"
