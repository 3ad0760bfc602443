"""The engine of a full-screen program stops, cannot be started, or refuses: each is a state with a way on."""

from homewit.tui.testing import FakeHost, HostRefuses

from .conftest import HALF

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
