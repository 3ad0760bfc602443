"""Nothing that a model, a tool or a page says reaches the terminal as anything but text, in any widget."""

import re

import pytest

from homewit.tui.screens.confirm import ConfirmScreen
from homewit.tui.testing import FACT, SESSION, TOOLS, FakeHost, HostRefuses

HOSTILE = (
    "evil [/x][bold red]markup[/] [link=http://evil.example]here[/link] [@click=app.quit]q[/] "
    "\x1b]52;c;aGk=\x07 \x1b[2J\x1b[1;1H \x1b]8;;http://evil.example\x1b\\ \x9b31m \x1bPq\x1b\\ "
    "\u202e\u2066 \U000e0041 \u200b \x00\x08\x7f end"
)
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e0fff]")
STEP = {"id": "s1", "tool": f"tool{HOSTILE}", "args": {"url": HOSTILE, "list": [HOSTILE]}}


def hostile_run() -> list[dict]:
    return [
        {"type": "run.started", "prompt": HOSTILE, "session": "s", "model": HOSTILE},
        {"type": "recall", "items": [{"id": "f", "kind": "fact", "text": HOSTILE, "origin": HOSTILE}]},
        {"type": "plan", "steps": [{**STEP, "after": []}, {**STEP, "id": "s2", "after": []}]},
        {"type": "step.started", **STEP},
        {"type": "step.output", "id": "s1", "text": HOSTILE},
        {"type": "step.finished", **STEP, "status": "failed", "output": {"error": HOSTILE}, "seconds": 1.0},
        {
            "type": "plan.changed",
            "steps": [{**STEP, "after": []}, {**STEP, "id": "s2", "after": []}],
            "reason": HOSTILE,
        },
        {
            "type": "approval.requested",
            "approval": "a1",
            "steps": [{**STEP, "effect": HOSTILE, "rule": HOSTILE, "preview": HOSTILE}],
            "sinks": [{"step": "s1", "argument": "url", "value": HOSTILE, "origin": HOSTILE}],
            "reason": HOSTILE,
        },
        {"type": "approval.resolved", "approval": "a1", "decision": "allow", "by": "user"},
        {"type": "question", "question": "q1", "text": HOSTILE},
        *({"type": "text.delta", "text": character} for character in HOSTILE),
        {"type": "memory.written", "action": "added", "id": "f", "text": HOSTILE},
        {"type": "warning", "message": HOSTILE},
        {
            "type": "answer",
            "text": f"{HOSTILE}\n\n```\n{HOSTILE}\n```\n\n| a |\n|---|\n| {HOSTILE} |",
            "citations": [],
        },
        {"type": "error", "code": "x", "message": HOSTILE},
        {"type": "run.finished", "status": "failed", "exit_code": 1},
    ]


def leaks(chat) -> list[str]:
    """Characters on the screen that the program did not put there."""
    strips = chat.app.screen._compositor.render_strips()
    return [segment.text for strip in strips for segment in strip if UNSAFE.search(segment.text)]


async def test_a_hostile_run_is_only_text(chatting):
    """Every field of every event holds escapes and markup; at no moment does one get through."""
    async with chatting(FakeHost([hostile_run()]), size=(100, 50)) as chat:
        await chat.ready()
        await chat.say("go")
        await chat.shows("needs your OK")
        assert leaks(chat) == []
        assert "⟨U+202E⟩" in chat.text()
        await chat.pilot.pause(0.6)
        await chat.press("tab", "a")
        await chat.shows("answer below")
        assert leaks(chat) == []
        await chat.say("ok")
        await chat.shows("failed")
        assert leaks(chat) == []
        assert "[/x]" in chat.text()
        await chat.press("ctrl+o")
        await chat.pilot.pause()
        assert leaks(chat) == []


def hostile_world() -> FakeHost:
    line = {"name": "model", "state": "ready", "text": HOSTILE}
    status = {
        "protocol": 1,
        "lines": [line],
        "home": "/",
        "model": HOSTILE,
        "context": 1,
        "problems": [HOSTILE],
    }

    def tools(_params):
        return {
            "items": [{**TOOLS[0], "name": HOSTILE, "description": HOSTILE, "effect": HOSTILE}],
            "problems": [{"source": HOSTILE, "message": HOSTILE}],
        }

    def plan(_params):
        raise HostRefuses(HOSTILE)

    host = FakeHost(status=status, answers={"tools.list": tools, "plan": plan})
    host.world.facts = [{**FACT, "subject": HOSTILE, "value": HOSTILE, "quote": HOSTILE, "origin": HOSTILE}]
    turns = [{**turn, "text": HOSTILE} for turn in SESSION["turns"]]
    host.world.sessions = [{**SESSION, "title": HOSTILE, "turns": turns}]
    return host


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("/memory", "Memory"),
        ("/sessions", "Sessions"),
        ("/tools", "Tools"),
        ("/plan x", "evil [/x]"),
        ("/help", "Help"),
    ],
)
async def test_hostile_lists_are_only_text(chatting, command: str, shown: str):
    """Titles, facts, tools, errors and the first screen hold escapes and markup; none gets through."""
    async with chatting(hostile_world(), size=(100, 50)) as chat:
        await chat.ready()
        assert leaks(chat) == []
        await chat.say(command)
        await chat.shows(shown)
        await chat.pilot.pause(0.05)
        assert leaks(chat) == []


async def test_a_hostile_session_opens_as_text(chatting):
    """Stored turns are foreign text as well, also when they come back from the history."""
    async with chatting(hostile_world(), session="s_dinner1") as chat:
        await chat.ready()
        await chat.shows("evil [/x]")
        await chat.press("ctrl+n")
        await chat.pilot.pause(0.05)
        assert leaks(chat) == []


async def test_pasted_text_is_cleaned(chatting):
    """What is pasted into the composer is foreign, too."""
    from textual.events import Paste

    async with chatting() as chat:
        await chat.ready()
        chat.composer.post_message(Paste("one\x1b[2J\u202e two"))
        await chat.until(lambda: chat.composer.text == "one two")


LINK = [
    {"type": "answer", "text": "[here](https://evil.example/a?b=c)", "citations": []},
    {"type": "run.finished", "status": "done", "exit_code": 0},
]


async def test_a_link_is_opened_only_after_its_address_was_seen(chatting, monkeypatch):
    """A click shows the whole address; y opens it, anything else does not."""
    opened: list[str] = []
    async with chatting(FakeHost([LINK])) as chat:
        monkeypatch.setattr(chat.app, "open_url", opened.append)
        await chat.ready()
        await chat.say("link?")
        await chat.shows("  here")
        await chat.pilot.click("MarkdownParagraph", offset=(1, 0))
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        await chat.shows("https://evil.example/a?b=c")
        await chat.press("enter")
        assert opened == []
        await chat.pilot.click("MarkdownParagraph", offset=(1, 0))
        await chat.shows("https://evil.example/a?b=c")
        await chat.press("y")
        await chat.until(lambda: opened == ["https://evil.example/a?b=c"])


async def test_other_schemes_are_never_opened(chatting, monkeypatch):
    """Addresses that are not of the web are told and not offered."""
    opened: list[str] = []
    async with chatting(FakeHost([LINK])) as chat:
        monkeypatch.setattr(chat.app, "open_url", opened.append)
        await chat.ready()
        for address in ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"):
            chat.chat.offer_link(address)
            await chat.shows(f"this link cannot be opened: {address}")
        assert opened == []
