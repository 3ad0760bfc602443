"""Files stay small and are named after what they hold; the sizes are printed so that they are watched."""

import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agent", "llm", "memory", "tools", "tui")
CHECKED = (*PACKAGES, "tests", "examples", "benchmarks")
MOST_LINES = 400
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "manager", "managers", "base", "misc", "common"}


def lines_of(root: Path, folders: tuple[str, ...]) -> dict[str, int]:
    """Lines of every Python file below ``folders``, by path."""
    return {
        path.relative_to(root).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in folders
        for path in sorted((root / folder).rglob("*.py"))
    }


def too_long(sizes: dict[str, int]) -> list[str]:
    return [f"{path}: {lines} lines" for path, lines in sizes.items() if lines > MOST_LINES]


def badly_named(sizes: dict[str, int]) -> list[str]:
    """Paths with a part that could hold anything."""
    words = {path: path.removesuffix(".py").replace("/", "_").split("_") for path in sizes}
    return [path for path in sizes if SAYS_NOTHING.intersection(words[path])]


def test_no_file_is_longer_than_400_lines():
    """One idea per file: the hard stop holds for tests and examples, too."""
    assert too_long(lines_of(ROOT, CHECKED)) == []


def test_names_say_what_is_inside():
    """No file or folder is called utils, helpers, manager or base."""
    assert badly_named(lines_of(ROOT, CHECKED)) == []


def test_the_median_file_is_short(capsys: pytest.CaptureFixture[str]):
    """Half of the files of the packages have at most 120 lines; the figures are shown in every run."""
    sizes = lines_of(ROOT, PACKAGES)
    longest = max(sizes, key=lambda path: sizes[path])
    with capsys.disabled():
        print(
            f"\n{len(sizes)} files in the packages, median {statistics.median(sizes.values()):.0f} lines, "
            f"longest {longest} with {sizes[longest]}"
        )
    assert statistics.median(sizes.values()) <= 120


def test_the_checks_can_fail(tmp_path: Path):
    """Control: a long file and an empty name are both reported."""
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "long.py").write_text("x = 1\n" * 401)
    (tmp_path / "agent" / "path_utils.py").write_text("x = 1\n")
    sizes = lines_of(tmp_path, ("agent",))
    assert (too_long(sizes), badly_named(sizes)) == (["agent/long.py: 401 lines"], ["agent/path_utils.py"])
