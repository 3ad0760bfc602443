"""Runs share a model: an engine takes their questions at once, any other model one after the other."""

import asyncio
import threading
from collections.abc import Iterator

from homewit.agent.model import TokenCount
from homewit.agent.models.after_others import AfterOthers
from homewit.agent.models.driver import ModelDriver
from homewit.agent.models.engines import LoadedModel
from homewit.agent.runs.budget import Budget, Meter
from homewit.agent.runs.stop import Stop


class Counting:
    """As much of an ``AgentModel`` as the driver asks: every question costs one token."""

    def __init__(self, background: bool = False) -> None:
        self.background = background
        self.used = 0

    def take_usage(self) -> TokenCount:
        used, self.used = self.used, 0
        return TokenCount(generated=used)


def driver(several: bool) -> ModelDriver:
    each = Counting if several else None
    return ModelDriver(lambda: LoadedModel("m", 0, None, Counting(), "", each=each))  # type: ignore[arg-type]


def meter(background: bool = False) -> tuple[Stop, Meter]:
    stop = Stop()
    return stop, Meter(Budget(None, None, None, background=background), stop)


async def test_questions_of_several_runs_are_asked_at_once():
    """Each waits for the other inside of the model, and each run pays for its own."""
    both = threading.Barrier(2, timeout=60)

    def question(model) -> bool:
        model.used = 1
        both.wait()
        return model.background

    def told(model) -> Iterator[str]:
        model.used = 2
        both.wait()
        yield "x"

    (stop, counted), (other_stop, other) = meter(), meter(background=True)
    shared = driver(several=True)

    async def stream() -> list[str]:
        return [piece async for piece in shared.stream(told, stop, counted)]

    answers = await asyncio.gather(stream(), shared.ask(question, other_stop, other))
    assert answers == [["x"], True]
    assert (counted.report().generated, other.report().generated) == (2, 1)


async def test_a_model_of_ones_own_is_asked_one_thing_at_a_time():
    """Control: without a way to ask several at once, nobody meets anybody inside of the model."""
    inside, met = threading.Lock(), threading.Event()

    def question(wait_s: float) -> bool:
        alone = inside.acquire(blocking=False)
        if alone:
            met.wait(wait_s)
            inside.release()
        else:
            met.set()
        return alone

    async def asked(one: ModelDriver, wait_s: float) -> list[bool]:
        return await asyncio.gather(*(one.ask(lambda _: question(wait_s), *meter()) for _ in range(3)))

    assert await asked(driver(several=False), 0.05) == [True, True, True]
    assert False in await asked(driver(several=True), 60)


async def test_a_model_is_kept_though_nobody_waits_for_it_any_more():
    """It is loaded once, also when whoever asked for it has left meanwhile."""
    loading, go_on, loaded = threading.Event(), threading.Event(), []

    def load() -> LoadedModel:
        loaded.append(LoadedModel("m", 0, None, Counting(), ""))  # type: ignore[arg-type]
        loading.set()
        go_on.wait(60)
        return loaded[0]

    shared = ModelDriver(load)
    leaving = asyncio.create_task(shared.warm())
    await asyncio.to_thread(loading.wait, 60)
    leaving.cancel()
    go_on.set()
    await asyncio.wait({leaving})
    assert (leaving.cancelled(), await shared.warm()) == (True, loaded[0])
    assert len(loaded) == 1


def test_background_work_is_told_as_such():
    """Every request of the view says so to the engine; everything else is the engine's own."""
    asked: list[tuple[str, bool]] = []

    class Engine:
        name = "e"

        def score(self, prompt, options, background=False):
            asked.append(("score", background))

        def chat(self, messages, background=False):
            asked.append(("chat", background))

        def generate(self, prompt, background=False):
            asked.append(("generate", background))

    engine = Engine()
    for view in (engine, AfterOthers(engine)):
        view.score([], [])
        view.chat([])
        view.generate("x")
    kinds = ("score", "chat", "generate")
    assert asked == [(kind, background) for background in (False, True) for kind in kinds]
    assert AfterOthers(engine).name == "e"
