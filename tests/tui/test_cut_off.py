"""A request that was cut off, as by a terminal that was closed: it is named, shown as far as it came, and
goes on when the user says so.
"""

from typing import Any

from homewit.tui.testing import FakeHost

PROMPT = "plan a dinner for six"


def cut_off(recording, status: str = "interrupted") -> FakeHost:
    """A host whose newest run ends, in its log, with a card that nobody answered."""
    events = recording("approval")
    told = events[: next(n for n, body in enumerate(events) if body["type"] == "approval.requested") + 1]
    log = [
        {"v": 1, "seq": n, "run": "r_1", "ts": "2026-05-03T09:30:00Z", **body}
        for n, body in enumerate(told, 1)
    ]

    def show(params: dict[str, Any]) -> dict[str, Any]:
        return {"item": {"id": params["args"]["id"], "status": status, "events": log}}

    def newest(_params: dict[str, Any]) -> dict[str, Any]:
        return {"items": [{"id": "r_1", "prompt": PROMPT, "status": status}]}

    return FakeHost(runs=[events], answers={"runs.show": show, "runs.list": newest})


async def test_enter_goes_on_with_it(chatting, recording):
    """The first screen says so, its session shows how far it came, and the card is there again."""
    async with chatting(cut_off(recording)) as chat:
        await chat.ready()
        await chat.shows(f"Cut off  {PROMPT}")
        await chat.say("/resume s_dinner1")
        await chat.shows("cut off before it ended; enter goes on with it")
        assert "needs your OK" not in chat.text()
        await chat.press("enter")
        await chat.shows("needs your OK")
        assert ("resume", {"run": "r_1", "allow": []}) in chat.host.received


async def test_one_that_goes_on_elsewhere_is_left_alone(chatting, recording):
    """Enter resumes nothing then. Control: the test above."""
    async with chatting(cut_off(recording, "waiting")) as chat:
        await chat.ready()
        await chat.say("/resume s_dinner1")
        await chat.shows("still going on in another program")
        await chat.press("enter")
        await chat.pilot.pause(0.05)
        assert "resume" not in chat.host.methods()


async def test_a_terminal_that_goes_takes_no_leave(chatting, recording):
    """What runs is to rest. Control: a chat that is left ends it."""
    for gone in (True, False):
        async with chatting(FakeHost(runs=[recording("approval")])) as chat:
            await chat.ready()
            await chat.say("do it")
            await chat.shows("needs your OK")
            await chat.conversation.close(cut_off=gone)
            assert chat.host.received[-1] == ("shutdown", {"park": gone})
