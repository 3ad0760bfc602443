"""The full-screen program on a double of the host: what is shown and what keys do."""

import pytest

from homewit.tui.testing import STATUS, FakeHost
from homewit.tui.widgets.welcome import Example, Welcome

from .conftest import HALF, START

FIRST_SCREEN = """\
  Homewit  runs on this machine; nothing leaves it unless you say so.

  ✓ engine  cpu · 2 threads
  ✓ model   bundled · 8 M parameters
  ✓ memory  2 facts · 1 session
  ✓ tools   20 ready · 2 ask first

  Try
   › what is 17 * 23?
   › add milk to my tasks and show me my open tasks
   › remember that I cook vegetarian

  Last  plan a dinner for six   ctrl+r goes on with it

 ╭────────────────────────────────────────────────────────────────────────────╮
 │ Ask anything · / for commands                                              │
 ╰────────────────────────────────────────────────────────────────────────────╯
  bundled  ● ready                                        F1 help  ^p commands"""


async def test_the_first_screen_at_80_by_24(chatting):
    """Four lines of state, three things to try, the last session, the composer and the status line."""
    async with chatting(size=(80, 24)) as chat:
        await chat.ready()
        await chat.shows("Last", "● ready")
        assert chat.text().strip("\n") == FIRST_SCREEN


async def test_everything_fits_at_60_by_20(chatting, recording):
    """On a small terminal the status line stays on its line and the approval keeps its choices in view."""
    async with chatting(FakeHost([recording("approval")]), size=(60, 20)) as chat:
        await chat.ready()
        await chat.say("convert 5 miles to km and save it to distance.txt")
        await chat.shows("[a] allow once", "[d] deny", "path  distance.txt", "needs your OK")
        assert max(map(len, chat.lines())) <= 60
        assert "◆ needs your OK" in chat.lines()[-1]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_what_needs_the_user_never_pushes_the_rest_off_the_screen(chatting, recording, size):
    """Long arguments, a queue and a long draft at once: choices, draft and status line stay in view."""
    log = recording("approval")
    request = next(body for body in log if body["type"] == "approval.requested")
    args = {"path": "distance.txt", "content": "\n".join(f"line {number}" for number in range(60))}
    request["steps"] = [{**request["steps"][0], "args": args}]
    async with chatting(FakeHost([log]), size=size) as chat:
        await chat.ready()
        await chat.say("convert 5 miles to km and save it to distance.txt")
        for number in range(6):
            await chat.say(f"waiting {number}")
        chat.composer.put("\n".join(f"draft {number}" for number in range(12)))
        await chat.shows("[a] allow once", "[d] deny", "path  distance.txt", "queued 1", "draft 11")
        assert "◆ needs your OK" in chat.lines()[-1]


async def test_the_state_outlasts_the_numbers_in_a_narrow_status_line(chatting, recording):
    """What is going on is never cut short for the sake of speed or context."""
    runs = [recording("calculate"), recording("approval")]
    host = FakeHost(runs, status={**STATUS, "model": "a-model-with-a-long-name"})
    async with chatting(host, size=(80, 24)) as chat:
        await chat.ready()
        await chat.say("what is 17 * 23?")
        await chat.shows("391")
        await chat.say("convert 5 miles to km and save it to distance.txt")
        await chat.shows("[a] allow once")
        assert "◆ needs your OK" in chat.lines()[-1]


async def test_an_answer_is_shown_with_its_step(chatting, recording):
    """The prompt, the step that ran, the answer as Markdown, the speed, and an empty composer."""
    async with chatting(FakeHost([recording("calculate")])) as chat:
        await chat.ready()
        await chat.say("what is 17 * 23?")
        await chat.shows(
            "what is 17 * 23?",
            "✔ calculate  expression: 17 * 23",
            "17 × 23 is 391.",
            "34 tokens/s",
            "context 22% full",
        )
        assert chat.composer.text == ""
        assert "**" not in chat.text()


async def test_a_message_waits_for_the_model(chatting):
    """What is sent while the model loads is shown as queued, and sent by itself once it is loaded."""
    host = FakeHost()
    host.warming.clear()
    async with chatting(host) as chat:
        await chat.shows("◐ loading")
        await chat.say("hello")
        await chat.shows("queued 1  hello", "sent when the model is loaded")
        assert "prompt" not in host.methods()
        host.warming.set()
        await chat.shows("You said: hello")
        assert "queued" not in chat.text()


async def test_letters_typed_before_enter_are_all_sent(chatting):
    """Enter never overtakes the keys before it, however fast they come."""
    async with chatting() as chat:
        await chat.ready()
        await chat.press(*"quick brown fox", "enter")
        await chat.shows("You said: quick brown fox")


@pytest.mark.parametrize("key", ["ctrl+j", "alt+enter", "shift+enter"])
async def test_keys_for_a_new_line(chatting, key: str):
    """Three keys make a new line, for terminals that know only some of them."""
    async with chatting() as chat:
        await chat.ready()
        await chat.press("a", key, "b")
        assert chat.composer.text == "a\nb"


async def test_a_backslash_before_enter_makes_a_new_line(chatting):
    """The way that works in every terminal."""
    async with chatting() as chat:
        await chat.ready()
        await chat.press("a", "\\", "enter", "b")
        assert chat.composer.text == "a\nb"


async def test_escape_stops_and_keeps_what_was_written(chatting):
    """The partial answer stays, marked as stopped, and the queue waits for the user."""
    async with chatting(FakeHost([HALF])) as chat:
        await chat.ready()
        await chat.say("tell me a story")
        await chat.shows("Once upon", "esc stop")
        await chat.say("and another")
        await chat.shows("queued 1  and another")
        await chat.press("escape")
        await chat.shows("Once upon", "stopped", "paused · enter sends it")
        assert chat.host.methods().count("prompt") == 1
        await chat.press("enter")
        await chat.shows("You said: and another")


async def test_a_queued_message_is_taken_back_with_up(chatting):
    """↑ on an empty line brings the newest queued message back, and then the history."""
    async with chatting(FakeHost([HALF])) as chat:
        await chat.ready()
        await chat.say("first")
        await chat.shows("Once upon")
        await chat.say("second")
        await chat.shows("queued 1  second")
        await chat.press("up")
        assert chat.composer.text == "second"
        await chat.until(lambda: "queued" not in chat.text())
        await chat.press("ctrl+c", "up", "up")
        assert chat.composer.text == "second"
        await chat.press("up")
        assert chat.composer.text == "first"


async def test_a_draft_survives_the_history(chatting):
    """Looking through earlier messages loses nothing that was being written."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("first")
        await chat.shows("You said: first")
        chat.composer.put("a draft")
        await chat.press("up")
        assert chat.composer.text == "first"
        await chat.press("down")
        assert chat.composer.text == "a draft"


async def test_a_question_is_answered_in_the_composer(chatting, recording):
    """The question stands above the composer; what is sent answers it and stays in view."""
    async with chatting(FakeHost([recording("question")])) as chat:
        await chat.ready()
        await chat.say("remind me to call Ada")
        await chat.shows("? When should I remind you?", "your answer", "◆ asks you")
        await chat.say("at nine")
        await chat.shows("? When should I remind you?  at nine", "Done: I will remind you.")
        assert ("reply", {"run": "r_1", "question": "q1", "text": "at nine"}) in chat.host.received


async def test_a_failing_tool_is_told_with_its_reason(chatting, recording):
    """The error of a step is shown in full, brackets and all."""
    async with chatting(FakeHost([recording("failing_tool")])) as chat:
        await chat.ready()
        await chat.say("fetch it")
        await chat.shows(
            "✗ fetch_page  url: http://10.0.0.1/[/x]",
            "10.0.0.1 is a private address",
            "I could not fetch that page.",
            "! plugin foo.py",
        )


NO_TOOL = [
    START,
    {"type": "error", "code": "no_tool", "message": "no tool serves this request"},
    {"type": "answer", "text": "I have no tool that can do this.", "citations": []},
    {"type": "run.finished", "status": "failed", "exit_code": 1},
]
FAILED = [
    START,
    {
        "type": "step.finished",
        "id": "s1",
        "tool": "fetch_page",
        "args": {},
        "status": "failed",
        "output": {"error": "there is no such page"},
        "text": "there is no such page",
    },
    {"type": "answer", "text": "I did not do fetch_page: there is no such page.", "citations": []},
    {"type": "run.finished", "status": "failed", "exit_code": 1},
]
BROKEN = [
    START,
    {"type": "error", "code": "model", "message": "the prompt has 9000 tokens"},
    {"type": "run.finished", "status": "failed", "exit_code": 1},
]


@pytest.mark.parametrize(
    ("run", "message", "marks"),
    [
        (NO_TOOL, "I have no tool that can do this.", 0),
        (FAILED, "there is no such page", 1),
        (BROKEN, "the prompt has 9000 tokens", 1),
    ],
    ids=["no tool", "a failed tool", "control: no answer says it"],
)
async def test_a_failure_is_told_once(chatting, run, message: str, marks: int):
    """What the answer says is not said again beside it; a step keeps its mark."""
    async with chatting(FakeHost([run])) as chat:
        await chat.ready()
        await chat.say("do it")
        await chat.shows(message)
        await chat.until(lambda: chat.conversation.state.current is None)
        shown = chat.text().partition("╭")[0]
    assert shown.count(message) == 1
    assert shown.count("✗") == marks
    assert "no tool serves" not in shown
    assert ("failed" in shown) is (run is BROKEN)


async def test_memory_that_was_used_and_written_is_shown(chatting, recording):
    """What was recalled and what was remembered each have their line."""
    async with chatting(FakeHost([recording("remember"), recording("recall")])) as chat:
        await chat.ready()
        await chat.say("remember that my sister's birthday is May 3")
        await chat.shows("◈ remembered: sister birthday: May 3")
        await chat.say("when is my sister's birthday?")
        await chat.shows("◈ sister birthday: May 3", "Your sister's birthday is May 3.")


async def test_details_are_a_key_away(chatting, recording):
    """ctrl+o shows arguments, results and tokens of every step, and hides them again."""
    async with chatting(FakeHost([recording("calculate")])) as chat:
        await chat.ready()
        await chat.say("what is 17 * 23?")
        await chat.shows("391.")
        assert "│ 17 * 23 = 391" not in chat.text()
        await chat.press("ctrl+o")
        await chat.shows("│ 17 * 23 = 391", "read 412 tokens (380 known), wrote 31 at")
        await chat.press("ctrl+o")
        await chat.until(lambda: "│ 17 * 23 = 391" not in chat.text())


async def test_an_example_goes_into_the_composer(chatting):
    """A click on an example writes it; nothing is sent before enter."""
    async with chatting() as chat:
        await chat.ready()
        await chat.shows("✓ engine", "what is 17 * 23?")  # until then lines move
        await chat.pilot.click(Example)
        await chat.until(lambda: chat.composer.text == "what is 17 * 23?")
        assert "prompt" not in chat.host.methods()


async def test_old_turns_leave_the_screen_but_not_the_session(chatting, monkeypatch):
    """Only the newest turns stay mounted, however long the conversation."""
    monkeypatch.setattr("homewit.tui.screens.chat.MOST_TURNS", 3)
    async with chatting() as chat:
        await chat.ready()
        for number in range(6):
            await chat.say(f"message {number}")
            await chat.shows(f"You said: message {number}")
        assert len(chat.chat.query("Turn")) == 3
        assert len(chat.conversation.state.runs) == 6


async def test_each_page_key_turns_a_page_however_quickly_they_come(chatting):
    """Back and on again by whole screens; at the end the chat follows what comes, as it did before."""
    async with chatting(size=(80, 24)) as chat:
        await chat.ready()
        for number in range(24):
            await chat.say(f"message {number}")
            await chat.shows(f"You said: message {number}")
        transcript = chat.chat.query_one("#transcript")
        end, page = transcript.max_scroll_y, transcript.scrollable_content_region.height
        assert end > 3 * page
        for direction in (-1, -1, -1, 1):
            chat.chat.action_page(direction)
        assert transcript.scroll_y == end - 2 * page
        await chat.press(*["pagedown"] * 2)
        await chat.until(lambda: transcript.scroll_y == end)
        await chat.say("one more")
        await chat.shows("You said: one more")


async def test_nothing_ticks_while_nothing_happens(chatting, recording):
    """An idle program has no timer of its own, before and after a run."""
    async with chatting(FakeHost([recording("calculate")])) as chat:
        await chat.ready()
        assert (chat.chat._ticking, chat.composer.cursor_blink) == (None, False)
        await chat.say("what is 17 * 23?")
        await chat.shows("391.", "● ready")
        assert chat.chat._ticking is None


async def test_what_comes_while_the_program_closes_is_not_drawn(chatting, monkeypatch):
    """An answer that streams on, or a notice, when the widgets that show it have gone already."""
    async with chatting() as chat:
        await chat.ready()
        heard = []

        def late(_welcome) -> None:
            heard.append("late")
            chat.conversation.changed(())
            chat.conversation.noticed("too late")

        monkeypatch.setattr(Welcome, "on_unmount", late, raising=False)
    assert heard == ["late"]
