"""Reminders on the chat screen."""

from homewit.tui.testing import FakeHost


async def test_a_reminder_that_comes_due_is_shown(chatting):
    """Over whatever is on the screen, with how often it was missed; its words cannot drive the terminal."""
    host = FakeHost()
    async with chatting(host, size=(80, 24)) as chat:
        await chat.ready()
        host.say("reminder", {"text": "take \x1b[2J[b]pills[/b]", "due": "today at 08:00", "missed": 2})
        await chat.shows("Reminder", "pills[/b]", "missed 2 times")
        assert "\x1b" not in chat.text()
