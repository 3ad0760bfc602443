"""A waiting host gives way when the machine runs short."""

from pathlib import Path

import pytest

from homewit.agent.hosting.memory_pressure import is_short_of_memory


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 69 kB\n", True),
        ("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 500 kB\n", False),
        ("MemTotal: 1000 kB\n", False),
        ("nonsense", False),
    ],
)
def test_the_share_that_is_left_decides(tmp_path: Path, text: str, short: bool):
    """Little is left: yes; enough is left, or nobody knows: no."""
    (tmp_path / "meminfo").write_text(text)
    assert is_short_of_memory(tmp_path / "meminfo") is short
    assert is_short_of_memory(tmp_path / "missing") is False
