"""Keys that come faster than they are handled: each goes where the ones before it have led."""

import asyncio
import time

from textual import events
from textual.constants import ESCAPE_DELAY
from textual.message import Message
from textual.widgets import Input

from homewit.tui.driver import Keyboard
from homewit.tui.testing import FakeHost
from homewit.tui.typed_ahead import DECIDING
from homewit.tui.widgets.approval import GRACE_S, ApprovalCard

LONG_AGO_S = 600.0
"""So long no machine stands still between two lines of a test."""


async def test_letters_behind_a_command_are_searched_for_in_the_drawer_that_it_opens(chatting):
    """And not written into the composer below it."""
    async with chatting() as chat:
        await chat.ready()
        chat.typed(*"/memory", "enter", *"birth")
        await chat.until(
            lambda: chat.app.screen.query(Input) and chat.app.screen.query_one(Input).value == "birth"
        )
        assert chat.composer.text == ""


async def test_a_drawer_can_be_used_without_looking(chatting):
    """Open it, go to the first row, forget that, yes: the question waits for the rows."""
    async with chatting() as chat:
        await chat.ready()
        chat.typed("f3", "down", "f", "y", "escape", *"done")
        await chat.until(lambda: chat.composer.text == "done")
        assert chat.host.world.facts == []


async def test_an_older_message_can_be_written_on_at_once(chatting):
    """↑ and letters: they stand behind the older message, not in a draft that it replaces."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("hello")
        await chat.shows("You said: hello")
        chat.typed("up", *" you")
        await chat.until(lambda: chat.composer.text == "hello you")


async def test_a_letter_behind_tab_acts_where_tab_leads(chatting, recording):
    """On the card, where it counts only once that has stood there for a moment."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        await chat.ready()
        card, now = chat.chat.query_one(ApprovalCard), time.monotonic()
        card._clock = lambda: now
        await chat.say("convert 5 miles to km and save it to distance.txt")
        await chat.shows("needs your OK · write_file")
        chat.typed("tab", "a", "escape", *"b")
        await chat.until(lambda: chat.composer.text == "b")
        assert "approve" not in chat.host.methods()
        card._clock = time.monotonic
        await asyncio.sleep(GRACE_S)
        chat.typed("tab", "a", *"c")
        await chat.until(lambda: chat.composer.text == "bc")
        assert "approve" in chat.host.methods()


async def test_an_answer_that_was_typed_before_the_card_came_is_none(chatting, recording):
    """However late it gets there. Control: the same letter, typed now."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        await chat.ready()
        await chat.say("convert 5 miles to km and save it to distance.txt")
        await chat.shows("needs your OK · write_file")
        card = chat.chat.query_one(ApprovalCard)
        card._armed_at = time.monotonic() - LONG_AGO_S
        card.focus()
        early, late = events.Key("a", "a"), events.Key("a", "a")
        early.time -= 2 * LONG_AGO_S
        chat.app.post_message(early)
        await chat.press()
        assert "approve" not in chat.host.methods()
        chat.app.post_message(late)
        await chat.shows("I saved that")


async def test_a_message_that_was_begun_before_a_question_does_not_answer_it(chatting, recording):
    """It waits in the queue. Control: what is begun when the question is there is the answer."""
    begun, *asked = recording("question")
    async with chatting(FakeHost([[begun, {"type": "stop_here"}, *asked]])) as chat:
        await chat.ready()
        chat.typed(*"remind me to call Ada", "enter", *"what is 17 * 23?")
        await chat.until(lambda: chat.composer.text == "what is 17 * 23?")
        chat.host.release()
        await chat.shows("When should I remind you?")
        await chat.press("enter")
        await chat.shows("queued")
        assert "reply" not in chat.host.methods()
        await chat.say("at nine")
        await chat.until(lambda: "reply" in chat.host.methods())
        assert ("reply", {"run": "r_1", "question": "q1", "text": "at nine"}) in chat.host.received


async def test_a_message_that_gets_there_late_does_not_answer_a_question_either(chatting, recording):
    """It was typed before that was shown. Control: the same, typed now."""
    async with chatting(FakeHost([recording("question")])) as chat:
        await chat.ready()
        await chat.say("remind me to call Ada")
        await chat.shows("When should I remind you?", "your answer")
        early = events.Key("h", "h")
        early.time -= LONG_AGO_S
        chat.app.post_message(early)
        await chat.press("i", "enter")
        await chat.shows("queued 1  hi")
        assert "reply" not in chat.host.methods()
        await chat.press("h", "i", "enter")
        await chat.until(lambda: "reply" in chat.host.methods())


async def test_letters_over_a_text_to_be_read_are_written_on_in_the_composer(chatting):
    """It is shown at once and goes away again, so that nothing typed is lost, however long it takes."""
    looked_up = asyncio.Event()

    async def waits(_params):
        await looked_up.wait()
        return {"items": []}

    async with chatting(FakeHost(answers={"doctor": waits})) as chat:
        await chat.ready()
        chat.typed(*"/doctor", "enter")
        await chat.shows("Doctor", "one moment …")
        chat.typed(*"what is")
        await chat.until(lambda: chat.composer.text == "what is")
        assert "Doctor" not in chat.text()
        looked_up.set()


async def test_a_key_waits_for_nothing_for_ever(chatting):
    """What hangs does not hold the keyboard."""
    async with chatting() as chat:
        await chat.ready()
        hung, chat.app._typed.patience_s = asyncio.Event(), 0.1
        chat.app.run_worker(hung.wait, group=DECIDING)
        chat.typed("up", *"ab")
        await chat.until(lambda: chat.composer.text == "ab")
        hung.set()


async def test_alt_and_a_letter_stop_nothing(chatting, recording):
    """Over the conversation it is a letter, as many editors have it move by words. Control: escape stops."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        await chat.ready()
        await chat.say("convert 5 miles to km and save it to distance.txt")
        await chat.shows("needs your OK · write_file")
        chat.app.post_message(events.Key("alt+b", "b"))
        await chat.until(lambda: chat.composer.text == "b")
        assert "cancel" not in chat.host.methods()
        chat.typed("escape")
        await chat.until(lambda: "cancel" in chat.host.methods())


async def test_a_machine_that_stood_still_is_not_taken_for_what_hangs(chatting):
    """The key still waits for what decides where it goes. Control: the test of what hangs."""
    async with chatting() as chat:
        await chat.ready()
        written = []

        async def decides() -> None:
            for _ in range(3):
                time.sleep(0.5)  # noqa: ASYNC251  all of the program stands still
                await asyncio.sleep(0.02)
            written.append(chat.composer.text)

        chat.app._typed.patience_s = 0.45
        chat.app.run_worker(decides, group=DECIDING)
        chat.typed("a")
        await chat.until(lambda: chat.composer.text == "a")
        assert written == [""]


def test_a_program_that_stands_still_takes_no_arrow_for_letters():
    """Half of its sequence was read before, the rest when it works again. Control: nothing more comes."""
    keyboard = Keyboard()

    def half_of_it_comes() -> list[Message]:
        read = [*keyboard.came(b"\x1b[")]
        time.sleep(3 * ESCAPE_DELAY)
        return read

    keys = [*half_of_it_comes(), *keyboard.came(b"A", follows=True), *keyboard.nothing_came()]
    assert [key.key for key in keys if isinstance(key, events.Key)] == ["up"]
    keys = [*half_of_it_comes(), *keyboard.nothing_came()]
    assert [key.key for key in keys if isinstance(key, events.Key)] == ["left_square_bracket"]
