"""Which files and lines are given: by size, by age, by name, and from the end."""

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from homewit.tools import ToolFailed, ToolRetry
from homewit.tools.files.reading import MAX_READ

from ...conftest import Call


@pytest.mark.parametrize("end", ["\n", ""])
async def test_the_lines_at_the_end(call: Call, folder: Path, end: str):
    """As many as are asked for, or all; with or without a line break behind the last one."""
    (folder / "log.txt").write_text(f"one\ntwo\nthree{end}")
    read = await call("read_file", path="log.txt", last_lines=2)
    assert read.text == f"[lines 2-3 of 3]\ntwo\nthree{end}"
    assert (read.data["first_line"], read.data["last_line"], read.data["lines"]) == (2, 3, 3)
    assert (await call("read_file", path="log.txt", last_lines=9)).data["first_line"] == 1
    with pytest.raises(ToolRetry, match="Give last_lines alone"):
        await call("read_file", path="log.txt", last_lines=2, first_line=1)


async def test_the_end_of_a_file_that_is_too_large_to_be_read(call: Call, folder: Path):
    """Its last lines are read however long those before are, and too many of them are refused."""
    (folder / "log.txt").write_text("x" * 400_000 + "\n" + ("y" * 99_999 + "\n") * 12 + "end\n")
    assert (await call("read_file", path="log.txt", last_lines=1)).text == "[lines 14-14 of 14]\nend\n"
    assert (await call("read_file", path="log.txt", last_lines=10)).data["first_line"] == 5
    with pytest.raises(ToolFailed, match="ask for fewer"):
        await call("read_file", path="log.txt", last_lines=12)
    (folder / "long.txt").write_text("x" * (MAX_READ + 1))
    with pytest.raises(ToolFailed, match="too long to be read"):
        await call("read_file", path="long.txt", last_lines=1)


@pytest.fixture
def aged(folder: Path) -> Path:
    """Three files of other sizes, changed on other days: the clock stands at 2026-11-20."""
    for name, size, day in (("a.txt", 5, 19), ("b.pdf", 20_000, 2), ("c.txt", 300, 20)):
        (folder / name).write_bytes(b"x" * size)
        changed = datetime(2026, 11, day, 9, 5, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
        os.utime(folder / name, (changed, changed))
    return folder


async def test_files_in_the_order_of_size_or_age(call: Call, aged: Path):
    """Each with what it is ordered by; folders are no files."""
    (aged / "sub").mkdir()
    largest = await call("list_files", order="largest")
    assert largest.data["files"] == ["b.pdf", "c.txt", "a.txt"]
    assert largest.text == (
        "3 files in this folder, the largest first:\nb.pdf  (20.0 kB)\nc.txt  (300 bytes)\na.txt  (5 bytes)"
    )
    assert (await call("list_files", order="smallest", pattern="*.txt")).data["files"] == ["a.txt", "c.txt"]
    newest = await call("list_files", order="newest")
    assert newest.text.splitlines()[1:] == [
        "c.txt  (2026-11-20 09:05)",
        "a.txt  (2026-11-19 09:05)",
        "b.pdf  (2026-11-02 09:05)",
    ]
    assert (await call("list_files", order="oldest")).data["files"] == ["b.pdf", "a.txt", "c.txt"]


async def test_a_file_that_is_not_here_is_looked_for_below(call: Call, aged: Path):
    """By its whole name; one that is here is the one that is meant."""
    (aged / "sub/deep").mkdir(parents=True)
    (aged / "sub/deep/report.pdf").write_bytes(b"x" * 1_500)
    (aged / "sub/a.txt").write_text("other")
    assert (await call("list_files", pattern="Report.pdf")).data["files"] == ["sub/deep/report.pdf"]
    assert (await call("list_files", pattern="a.txt")).data["files"] == ["a.txt"]
    assert (await call("list_files", pattern="*.pdf")).data["files"] == ["b.pdf"]
    sized = await call("list_files", pattern="sub/deep/report.pdf", order="largest")
    assert sized.text == "1 file in this folder:\nsub/deep/report.pdf  (1.5 kB)"


async def test_files_that_were_changed_in_a_period(call: Call, aged: Path):
    """Both ends of the period included, and none of it is said so."""
    assert (await call("list_files", period="yesterday")).text == (
        "1 file in this folder changed yesterday:\na.txt  (2026-11-19 09:05)"
    )
    assert (await call("list_files", period="this week")).data["files"] == ["a.txt", "c.txt"]
    none = await call("list_files", period="last year", pattern="*.txt")
    assert (none.data["count"], none.text) == (
        0,
        "No files in this folder that match *.txt changed last year.",
    )
    with pytest.raises(ToolRetry, match="is not a period that can be read"):
        await call("list_files", period="blue")
