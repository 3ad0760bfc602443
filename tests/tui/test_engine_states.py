"""The engine of a full-screen program stops, cannot be started, or refuses: each is a state with a way on."""

import asyncio

import pytest

from homewit.tui.testing import FakeHost, HostRefuses

from .conftest import END, HALF, START

REST = [
    {"type": "answer", "text": "Once upon a time. The end.", "citations": []},
    {"type": "run.finished", "status": "done", "exit_code": 0},
]


async def test_a_dead_engine_is_started_again_and_goes_on(chatting):
    """Its run is taken up from the log; what stands below it says why it took longer."""
    async with chatting(FakeHost([HALF, REST])) as chat:
        await chat.ready()
        await chat.say("tell me a story")
        await chat.shows("Once upon")
        chat.host.die()
        await chat.shows("Once upon a time. The end.", "the engine process stopped", "● ready")
        assert chat.host.methods()[-3:] == ["warm", "query", "resume"]
        await chat.say("are you there?")
        await chat.shows("You said: are you there?")


async def test_while_the_engine_is_started_again_the_screen_says_so(chatting):
    """The reason and the log are named until the model is ready."""
    async with chatting() as chat:
        await chat.ready()
        chat.host.warming.clear()
        chat.host.die()
        await chat.shows("see host.log; it is started again")
        chat.host.warming.set()
        await chat.until(lambda: "host.log" not in chat.text())


async def test_an_engine_that_dies_again_is_a_state(chatting):
    """The conversation stays, the reason and the log are named, and r starts it again after Tab."""
    async with chatting(FakeHost([HALF, HALF])) as chat:
        await chat.ready()
        await chat.say("tell me a story")
        await chat.shows("Once upon")
        chat.host.die()
        await chat.until(lambda: chat.host.methods().count("resume") == 1)
        await chat.shows("● running", "Once upon")
        chat.host.die()
        await chat.shows("engine stopped", "see host.log", "Once upon")
        await chat.say("are you there?")
        await chat.shows("queued 1  are you there?", "kept until the engine runs again")
        await chat.press("r")
        assert chat.composer.text == "r"
        chat.composer.put("")
        await chat.press("tab", "r")
        await chat.shows("● ready", "You said: are you there?")


async def test_a_model_that_cannot_be_loaded_is_a_state(chatting):
    """The host's words stand on the screen, and /retry tries again."""
    broken = [True]

    def warm(_params):
        if broken:
            raise HostRefuses("models/x is truncated; download it again", exit_code=3)
        return {"lines": [], "home": "", "model": "x"}

    async with chatting(FakeHost(answers={"warm": warm})) as chat:
        await chat.shows("✗ model unavailable", "models/x is truncated; download it again")
        broken.clear()
        await chat.say("/retry")
        await chat.shows("● ready")


async def test_a_refused_prompt_is_shown_with_its_reason(chatting):
    """A prompt that the host does not take ends its turn with the host's words; the next one works."""
    refusals = [True]

    def prompt(_params):
        if refusals:
            refusals.clear()
            raise HostRefuses("the prompt has 9000 tokens, the model takes 2048")
        return {"run": "r_7", "session": "s_1"}

    async with chatting(FakeHost(answers={"prompt": prompt})) as chat:
        await chat.ready()
        await chat.say("long")
        await chat.shows("✗ the prompt has 9000 tokens", "failed")
        await chat.say("short")
        await chat.shows("You said: short")


class SlowToStartAgain(FakeHost):
    """A host that starts at once, and again only when ``may_start`` is set."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.may_start = asyncio.Event()
        self.may_start.set()

    async def __call__(self) -> FakeHost:
        await self.may_start.wait()
        return await super().__call__()

    def die(self) -> None:
        self.may_start.clear()
        super().die()


async def test_what_is_stopped_while_its_engine_starts_again_does_not_go_on(chatting):
    """Escape is told to the next host, which closes the run. Control: the test of an engine that goes on."""
    async with chatting(SlowToStartAgain([HALF])) as chat:
        await chat.ready()
        await chat.say("tell me a story")
        await chat.shows("Once upon")
        chat.host.die()
        await chat.shows("it is started again")
        await chat.press("escape")
        await chat.shows("◐ stopping")
        await chat.say("hello")
        chat.host.may_start.set()
        await chat.shows("● ready", "Once upon", "stopped", "You said: hello")
        queries = [params["name"] for method, params in chat.host.received if method == "query"]
        assert "runs.cancel" in queries
        assert "resume" not in chat.host.methods()


async def test_a_message_to_an_engine_that_starts_again_is_one_prompt(chatting):
    """The engine died while nothing was going on: nothing has to be taken up but what was written since."""
    async with chatting(SlowToStartAgain()) as chat:
        await chat.ready()
        chat.host.die()
        await chat.shows("it is started again")
        await chat.say("hello")
        await chat.shows("queued 1  hello")
        chat.host.may_start.set()
        await chat.shows("You said: hello", "● ready")
        sent = [method for method in chat.host.methods() if method in ("prompt", "resume")]
        assert sent == ["prompt"]
        assert chat.conversation.state.runs[-1].warnings == ()


async def test_a_run_whose_model_cannot_be_loaded_again_can_go_on_later(chatting):
    """It neither seems to run for ever, nor is it lost: enter goes on with it once there is a model."""
    broken = []

    def warm(_params):
        if broken:
            raise HostRefuses("there is not enough memory", exit_code=3)
        return {"lines": [], "home": "", "model": "x"}

    async with chatting(FakeHost([HALF, REST], answers={"warm": warm})) as chat:
        await chat.ready()
        await chat.say("tell me a story")
        await chat.shows("Once upon")
        broken.append("no memory")
        chat.host.die()
        await chat.shows("✗ model unavailable", "there is not enough memory", "enter goes on with it")
        broken.clear()
        await chat.say("/retry")
        await chat.shows("● ready")
        await chat.press("enter")
        await chat.shows("Once upon a time. The end.")


async def test_an_answer_that_is_written_again_stands_there_once(chatting):
    """Also while it comes: what was written before the engine died makes room for it."""
    again = [{"type": "text.delta", "text": "Once upon a time"}, {"type": "stop_here"}, END]
    async with chatting(FakeHost([HALF, again])) as chat:
        await chat.ready()
        await chat.say("tell me a story")
        await chat.shows("Once upon")
        chat.host.die()
        await chat.shows("Once upon a time")
        assert chat.text().count("Once upon") == 1


@pytest.mark.parametrize("asked_while", ["loading", "stopped"])
async def test_to_ask_twice_for_the_engine_is_to_ask_once(chatting, asked_while: str):
    """/retry while the model is being loaded leaves that to come to its end."""
    host = FakeHost()
    if asked_while == "loading":
        host.warming.clear()
    async with chatting(host) as chat:
        if asked_while == "stopped":
            await chat.ready()
            chat.conversation._revived = True
            host.warming.clear()
            host.die()
            await chat.shows("engine stopped")
            await chat.say("/retry")
        await chat.shows("◐ loading")
        await chat.say("/retry")
        host.warming.set()
        await chat.shows("● ready")


async def test_enter_goes_on_with_nothing_while_there_is_no_engine(chatting):
    """A run that was cut off stays so until one is there."""
    wire = {"v": 1, "seq": 1, "run": "r_1", "ts": "2026-05-03T09:30:00+00:00", **START}
    cut_off = {"item": {"id": "r_1", "status": "interrupted", "events": [wire]}}
    host = FakeHost([REST], answers={"runs.show": lambda _params: cut_off})
    async with chatting(host, session="s_dinner1") as chat:
        await chat.shows("cut off before it ended", "● ready")
        chat.conversation._revived = True
        host.die()
        await chat.shows("engine stopped")
        await chat.press("enter")
        await chat.shows("cut off before it ended")
        assert chat.conversation.state.current is None
        await chat.say("/retry")
        await chat.shows("● ready")
        await chat.press("enter")
        await chat.shows("Once upon a time. The end.")


async def test_a_new_version_is_not_begun_over_what_is_queued(chatting):
    """Also when it is asked for with r, on the notice: that says why, and ends nothing."""
    async with chatting() as chat:
        await chat.ready()
        chat.host.say("outdated", {})
        await chat.shows("older Homewit")
        chat.conversation._revived = True
        chat.host.die()
        await chat.shows("engine stopped")
        await chat.say("hello")
        await chat.press("tab", "r")
        await chat.shows("something waits to be sent", "queued 1  hello")
