"""Reminders on the chat screen."""

import os
import pty
import sys

import pytest

from homewit.tui import output
from homewit.tui.testing import FakeHost


def test_a_terminal_is_rung_with_the_words_alone(monkeypatch: pytest.MonkeyPatch):
    """Nothing in them ends the sequence early. Control: what is no terminal gets nothing."""
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with open(theirs, "w", encoding="utf-8") as terminal:  # noqa: PTH123  a descriptor
        monkeypatch.setattr(sys, "stderr", terminal)
        output.ring("tea\a\x1b\\ now")
        terminal.flush()
        said = os.read(ours, 1000).decode()
    os.close(ours)
    assert said.startswith("\x1b]9;tea")
    assert said.endswith("now\x1b\\\a")
    assert (said.count("\x1b"), said.count("\a")) == (2, 1)


def test_what_is_no_terminal_is_not_rung(capsys: pytest.CaptureFixture[str]):
    """A log of the scheduler has lines and no signs."""
    output.ring("tea")
    assert capsys.readouterr().err == ""


async def test_a_reminder_that_comes_due_is_shown(chatting):
    """Over whatever is on the screen, with how often it was missed; its words cannot drive the terminal."""
    host = FakeHost()
    async with chatting(host, size=(80, 24)) as chat:
        await chat.ready()
        host.say("reminder", {"text": "take \x1b[2J[b]pills[/b]", "due": "today at 08:00", "missed": 2})
        await chat.shows("Reminder", "pills[/b]", "missed 2 times")
        assert "\x1b" not in chat.text()
        assert "Ask anything" in chat.text()  # what is typed stays in sight
        await chat.press("escape")
        await chat.until(lambda: "pills" not in chat.text())
