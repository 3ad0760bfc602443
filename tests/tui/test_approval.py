"""The approval card cannot be answered by accident, and shows exactly what is approved."""

from dataclasses import replace

import pytest

from homewit.tui.testing import FakeHost
from homewit.tui.widgets.approval import ApprovalCard

A_WHILE_S = 600.0
"""Also a key that is handled late was pressed well after the grace."""


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def asked(chatting, recording):
    """A program whose card has just appeared, and the clock that it goes by."""

    async def until_asked(chat) -> tuple[ApprovalCard, Clock]:
        card, clock = chat.chat.query_one(ApprovalCard), Clock()
        card._clock = clock
        await chat.ready()
        await chat.say("convert 5 miles to km and save it to distance.txt")
        await chat.shows("needs your OK · write_file")
        return card, clock

    return until_asked


def decisions(host: FakeHost) -> list[str]:
    return [params["decision"] for method, params in host.received if method == "approve"]


async def test_letters_in_the_composer_approve_nothing(chatting, recording, asked):
    """The card opens inert: a message that begins with a stays a message."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        _, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.press(*"a d all")
        assert chat.composer.text == "a d all"
        assert chat.composer.has_focus
        assert decisions(chat.host) == []


async def test_letters_count_only_after_the_grace(chatting, recording, asked):
    """In the first half second nothing is answered, even with the focus on the card."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        card, clock = await asked(chat)
        await chat.press("tab")
        assert card.has_focus
        await chat.press("a")
        assert decisions(chat.host) == []
        clock.now += A_WHILE_S
        await chat.press("a")
        await chat.shows("I saved that to distance.txt")
        assert decisions(chat.host) == ["allow"]
        assert chat.composer.has_focus


async def test_d_denies(chatting, recording, asked):
    """A no ends the step and says so."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        _, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.press("tab", "d")
        await chat.shows("Nothing was changed.", "denied")
        assert decisions(chat.host) == ["deny"]


async def test_other_keys_and_escape_answer_nothing(chatting, recording, asked):
    """Enter and other letters do nothing on the card; escape goes back to typing."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        card, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.press("tab", "enter", "y", "space", "s")
        assert card.has_focus
        await chat.press("escape")
        assert chat.composer.has_focus
        assert decisions(chat.host) == []


async def test_one_answer_is_sent_however_often_a_key_is_pressed(chatting, recording, asked):
    """Held keys do not answer what comes next."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        _, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.press("tab", "a", "a", "a")
        await chat.shows("I saved that")
        assert decisions(chat.host) == ["allow"]


async def test_a_yes_is_for_the_card_that_was_shown(chatting, recording, asked):
    """Not for one that came since and was not drawn yet. Control: the test of the grace."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        _, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.press("tab")
        state = chat.conversation.state
        other = state.current.approval.model_copy(update={"approval": "a2"})
        runs = (*state.runs[:-1], replace(state.current, approval=other))
        chat.conversation.state = replace(state, runs=runs)
        await chat.press("a")
        assert decisions(chat.host) == []
        assert chat.conversation.state.current.approval == other


async def test_a_click_first_gives_the_focus(chatting, recording, asked):
    """Clicking a choice answers only when the card has the focus already."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        card, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.pilot.click("ApprovalCard .choice")
        assert card.has_focus
        assert decisions(chat.host) == []
        clock.now += A_WHILE_S
        await chat.pilot.click("ApprovalCard .choice")
        await chat.shows("I saved that")
        assert decisions(chat.host) == ["allow"]


async def test_coming_back_to_the_window_answers_nothing(chatting, recording, asked):
    """After the window regained the focus the grace begins again."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        card, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.press("tab")
        card.hold()
        await chat.press("a")
        assert decisions(chat.host) == []


async def test_stopping_takes_the_card_away(chatting, recording, asked):
    """Escape in the composer cancels the run with its approval."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        card, _ = await asked(chat)
        await chat.press("escape")
        await chat.shows("stopped", "– write_file")
        assert not card.display


async def test_hidden_characters_and_long_values_are_shown(chatting, recording, asked):
    """What hides is spelled out and warned about; the choices stay in view below a long text."""
    log = recording("approval")
    request = next(body for body in log if body["type"] == "approval.requested")
    args = {"path": "fdp\u202etxt.exe", "content": "\n".join(f"line {n} \x1b[2J" for n in range(60))}
    request["steps"] = [{**request["steps"][0], "args": args}]
    async with chatting(FakeHost([log]), size=(90, 26)) as chat:
        await asked(chat)
        await chat.shows(
            "holds hidden characters",
            "fdp⟨U+202E⟩txt.exe",
            "line 0 ⟨U+001B⟩[2J",
            "[a] allow once",
            "[d] deny",
        )
        await chat.press("tab", *["pagedown"] * 12)
        await chat.shows("line 59", "[a] allow once")


async def test_each_key_scrolls_however_quickly_they_come(chatting, recording, asked):
    """Keys held down come faster than the screen is drawn; not one of them is lost."""
    log = recording("approval")
    request = next(body for body in log if body["type"] == "approval.requested")
    request["steps"] = [{**request["steps"][0], "args": {"content": "\n".join(map(str, range(100, 300)))}}]
    async with chatting(FakeHost([log]), size=(90, 26)) as chat:
        card, _ = await asked(chat)
        for lines in (8, 8, 8, 1, -2):
            card.action_scroll(lines)
        assert card.query_one("VerticalScroll").scroll_y == 23


async def test_a_preview_is_shown_line_by_line(chatting, recording, asked):
    """What a call would do stands below where it goes and above the rest, with all that hides spelled out."""
    log = recording("approval")
    request = next(body for body in log if body["type"] == "approval.requested")
    request["steps"] = [{**request["steps"][0], "preview": " milk\n-eggs\n+egg\u200bs\n\x1b[2J"}]
    async with chatting(FakeHost([log]), size=(90, 40)) as chat:
        await asked(chat)
        await chat.shows("holds hidden characters", "-eggs", "+egg⟨U+200B⟩s", "⟨U+001B⟩[2J")
        places = [chat.text().index(text) for text in ("  path  ", "-eggs", "  content  ")]
        assert places == sorted(places)


async def test_look_alike_letters_are_pointed_out(chatting, recording, asked):
    """A Cyrillic letter in an address is named."""
    log = recording("approval")
    request = next(body for body in log if body["type"] == "approval.requested")
    request["steps"] = [{**request["steps"][0], "args": {"path": "p\u0430ypal.txt"}}]
    async with chatting(FakeHost([log])) as chat:
        await asked(chat)
        await chat.shows("look closely: \u0430 is CYRILLIC SMALL LETTER A")


CHOICES = "[a] once [d] deny [p] plan [s] session [u] until Jun 2"


def offering(log: list) -> list:
    """The recorded run, with a card that offers to allow for longer."""
    request = next(body for body in log if body["type"] == "approval.requested")
    request |= {"scopes": ["plan", "session", "date"], "until": "2026-06-02"}
    request["steps"] = [{**step, "lasts": True} for step in request["steps"]]
    return log


@pytest.mark.parametrize(("key", "scope"), [("a", "once"), ("p", "plan"), ("s", "session"), ("u", "date")])
async def test_a_wider_yes_has_a_letter_of_its_own(chatting, recording, asked, key, scope):
    """What is offered stands on the card with the rule that it would cover, also on the smallest screen."""
    async with chatting(FakeHost([offering(recording("approval"))]), size=(60, 20)) as chat:
        _, clock = await asked(chat)
        await chat.shows(CHOICES, "for longer: write_file:path=distance.txt")
        clock.now += A_WHILE_S
        await chat.press("tab", key)
        await chat.shows("I saved that to")
    assert [p["scope"] for method, p in chat.host.received if method == "approve"] == [scope]


async def test_what_is_not_offered_cannot_be_chosen(chatting, recording, asked):
    """Control: on a card without them the letters do nothing."""
    async with chatting(FakeHost([recording("approval")])) as chat:
        _, clock = await asked(chat)
        clock.now += A_WHILE_S
        await chat.press("tab", "p", "s", "u")
        assert decisions(chat.host) == []
        assert "session" not in chat.text()
