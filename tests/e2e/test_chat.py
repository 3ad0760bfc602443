"""The main job with a person: the full-screen program on a real terminal, on the bundled model.

One home serves all of them, as on any machine.
"""

import re
from pathlib import Path

import pexpect
import pytest

from .keyboard import answer, say


@pytest.fixture(scope="module")
def environment(one_home: dict[str, str]) -> dict[str, str]:
    return one_home


@pytest.mark.slow
def test_a_day_with_homewit(chat, folder: Path):
    """Sums, facts, tasks, an approved file, expenses and an honest no, all in one conversation."""
    child = chat()
    child.expect("ready")
    say(child, "what is 17 * 23?")
    child.expect("391")
    say(child, "remember that my sister's birthday is May 3")
    child.expect("I will remember")
    say(child, "add milk to my tasks and show me my open tasks")
    child.expect("list_tasks")
    child.expect("milk")
    say(child, "convert 5 miles to km and save it to distance.txt")
    child.expect("needs your OK")
    answer(child, "a")
    child.expect("Saved to")
    assert "8.05" in (folder / "distance.txt").read_text(encoding="utf-8")
    say(child, "I spent 12.50 on lunch")
    child.expect("Recorded 12.50 on food")
    say(child, "how much did I spend on food this month?")
    child.expect("Spent 12.50 on food")
    say(child, "book me a flight to Mars")
    child.expect("no tool")
    child.send("\x11")
    child.expect("To go on: homewit chat --session")
    child.expect(pexpect.EOF)

    again = chat()
    again.expect("ready")
    say(again, "when is my sister's birthday?")
    again.expect("May 3")


def test_a_letter_typed_too_early_approves_nothing(chat, folder: Path):
    """While the composer has the keyboard, and before the card is focused, ``a`` is only a letter."""
    child = chat()
    child.expect("ready")
    say(child, "convert 5 miles to km and save it to distance.txt")
    child.expect("needs your OK")
    child.send("a")
    answer(child, "d")
    child.expect(re.compile("did not|denied|not done|declined", re.IGNORECASE))
    assert not (folder / "distance.txt").exists()


def test_the_line_mode_does_the_same(chat):
    """``--plain`` answers line by line, without a second screen."""
    child = chat("--plain")
    child.expect("You:")
    say(child, "what is 17 * 23?")
    child.expect("391")
    say(child, "/quit")
    child.expect(pexpect.EOF)
    assert "\x1b[?1049h" not in child.before
