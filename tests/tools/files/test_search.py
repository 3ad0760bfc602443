"""Searching with ripgrep finds what reading file by file finds: the same lines, in the same order."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from homewit.tools.files.candidates import candidates
from homewit.tools.files.search import MAX_SEARCHED_BYTES, SKIPPED_FOLDERS, search_below

needs_ripgrep = pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")
ALONE, AT_ONCE = 10**9, 1

LETTERS = "aAsStTfFiIlLkKnNhjwy ßẞſKﬁﬂﬃﬀﬅﬆİıŉǰẖẗẘẙẚéÉöÖäß.*[(\\^$-_%\t\r\x0b\u2028\x00ΣσςŸÿ"
TEXT = st.text(alphabet=LETTERS, max_size=12)
LINES = st.lists(TEXT, max_size=4).map("\n".join)
NAMES = st.sampled_from(
    ["a.txt", "b.txt", "B.md", ".hidden", "sub/a.txt", "sub/z/c.txt", "sub.txt", "node_modules/x.js", "venv",
     "Venv/y.py", ".git/config", "sub/.private/d.txt", "-e.txt", "sub/ö ß.txt", "shut/e.txt", "!f.txt"]
)  # fmt: skip
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])


def encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "replace")


@st.composite
def trees(draw: st.DrawFn) -> dict[str, tuple[str, str]]:
    return draw(st.dictionaries(NAMES, st.tuples(LINES, ENCODINGS), min_size=2))


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Mostly words that are short enough to be found, in another case."""
    words = draw(
        st.text(alphabet=LETTERS, min_size=1, max_size=3) | st.sampled_from(["ss", "fi", "ffi", "st"])
    )
    return draw(st.sampled_from([words, words.upper(), words.casefold(), words.swapcase()]))


@needs_ripgrep
@given(files=trees(), query=queries())
@example(files={"a.txt": ("Hauptstraße\n", "utf-8"), "b.txt": ("STRASSE", "utf-8")}, query="strasse")
@example(files={"a.txt": ("Hauptstraße", "cp1252"), "b.txt": ("Hauptstraße", "utf-16")}, query="STRASSE")
@example(files={"a.txt": ("ﬁsh", "utf-8"), "b.txt": ("fi", "utf-8")}, query="Fish")
@example(
    files={"a.txt": ("Köln", "cp1252"), "b.txt": ("KÖLN", "utf-16"), "-e.txt": ("köln", "utf-8")},
    query="köln",
)
@example(
    files={"a.txt": ("x\n" * 3000 + "\x00 late", "utf-8"), "b.txt": ("\x00 late", "utf-8")}, query="late"
)
@example(files={"b.txt": ("a.*b", "utf-8"), "sub/a.txt": ("axxb", "utf-8")}, query="a.*b")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_is_found(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, tuple[str, str]], query: str
):
    """Whatever is written, in any of the encodings, with letters that fold into several, in odd places."""
    folder = tmp_path_factory.mktemp("tree").resolve()
    for name, (text, encoding) in files.items():
        if (folder / name).parent.is_file() or (folder / name).is_dir():
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encoded(text, encoding))
    shut = [folder / "shut"]
    alone = list(search_below(folder, query, shut, ALONE))
    assert list(search_below(folder, query, shut, AT_ONCE)) == alone


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files that hold the words, and places that are not searched."""
    folder = tmp_path.resolve() / "tree"
    for name in ("a.txt", "sub/b.txt", "sub/deep/c.txt", "z.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("buy milk\n")
    return folder


@needs_ripgrep
def test_what_is_not_searched(tree: Path, tmp_path: Path):
    """Hidden files, some folders, links, large and binary files; ignore files decide nothing."""
    outside = tmp_path / "outside.txt"
    outside.write_text("milk outside")
    for name in (".hidden", "node_modules/x.js", "sub/__pycache__/y.txt"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text("milk")
    (tree / "large.txt").write_text("milk" + " " * MAX_SEARCHED_BYTES)
    (tree / "binary.dat").write_bytes(b"\0milk")
    (tree / "link.txt").symlink_to(outside)
    (tree / "linked").symlink_to(tmp_path)
    for name in (".gitignore", ".ignore", ".rgignore"):
        (tree / name).write_text("*.txt\n")
    found = [hit.path.relative_to(tree).as_posix() for hit in search_below(tree, "milk", read_first=AT_ONCE)]
    assert found == ["a.txt", "z.txt", "sub/b.txt", "sub/deep/c.txt"]
    named = candidates(tree, "milk", MAX_SEARCHED_BYTES, SKIPPED_FOLDERS)
    assert named is not None
    assert {path.name for path in named} == {"a.txt", "b.txt", "c.txt", "z.txt", "binary.dat"}


@needs_ripgrep
def test_the_settings_of_the_user_change_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch):
    """Neither a configuration of ripgrep, nor ignore files in folders above."""
    config = tree / "rc"
    config.write_text("--max-depth=1\n")
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(config))
    (tree.parent / ".gitignore").write_text("*\n")
    assert len(list(search_below(tree, "milk", read_first=AT_ONCE))) == 4


def test_what_ripgrep_names_is_what_is_read(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Control: one that misses a file would be noticed, and what it names wrongly is not believed."""
    (tree / "y.txt").write_text("nothing here")
    (tree.parent / "outside.txt").write_text("milk outside")
    (tmp_path / "rg").write_text(
        "#!/bin/sh\nprintf './y.txt\\0./sub/b.txt\\0../outside.txt\\0./gone.txt\\0'\n"
    )
    (tmp_path / "rg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = [hit.path.name for hit in search_below(tree, "milk", read_first=AT_ONCE)]
    assert found == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    "program", ["", "#!/bin/sh\nexit 3\n", "#!/bin/sh\necho broken >&2; exit 2\n", "not a program"]
)
def test_without_ripgrep_everything_is_read(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
):
    """One that is missing, fails, or cannot be started is not needed."""
    places = tmp_path / "bin"
    places.mkdir()
    if program:
        (places / "rg").write_text(program)
        (places / "rg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{places}:/usr/bin:/bin" if program else str(places))
    assert candidates(tree, "milk", MAX_SEARCHED_BYTES, ()) is None
    assert len(list(search_below(tree, "milk", read_first=AT_ONCE))) == 4


@needs_ripgrep
def test_a_file_that_cannot_be_read_is_left_out(tree: Path):
    """The others are found all the same."""
    if os.geteuid() == 0:
        (tree / "sub/b.txt").unlink()
        (tree / "sub/b.txt").symlink_to("nowhere")
    else:
        (tree / "sub/b.txt").chmod(0)
    found = [hit.path.name for hit in search_below(tree, "milk", read_first=AT_ONCE)]
    assert found == ["a.txt", "z.txt", "c.txt"]
