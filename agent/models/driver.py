"""Lets several runs share one model: loads it once, and asks it off the event loop.

An engine takes any number of questions at once, those of runs that somebody waits for first; any other model
is asked one thing at a time. A cancelled question is waited for until the model has noticed, so that whoever
is next meets a model at rest. Knows nothing of what is asked.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from ...llm import forget_stored_text
from ...llm.errors import LLMError
from ...memory import Fact
from ..errors import ModelFailed, ModelUnavailable
from ..model import AgentModel
from ..runs.budget import Meter
from ..runs.stop import Stop
from ..threads import blocking_iterator, in_thread
from .engines import LoadedModel

T = TypeVar("T")
FLUSH_S = 0.05


class ModelDriver:
    """``load`` is called once, in a thread, when the model is first needed.

    ``prefixes`` is the folder in which engines keep what they computed; ``all_drivers`` names those of this
    process.
    """

    def __init__(
        self,
        load: Callable[[], LoadedModel],
        prefixes: Path | None = None,
        all_drivers: "Callable[[], Iterable[ModelDriver]]" = tuple,
        reads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._load = load
        self.reads = reads
        """Whether the model may be able to read a text; asked before it is loaded for nothing. Blocks."""
        self._prefixes = prefixes
        self._all_drivers = all_drivers
        self._turn = asyncio.Lock()
        self.loaded: LoadedModel | None = None

    async def warm(self) -> LoadedModel:
        """The model, loaded if need be; raises ``ModelUnavailable``."""
        async with self._turn:
            return await self._ready()

    async def ask(self, question: Callable[[AgentModel], T], stop: Stop, meter: Meter) -> T:
        """The answer to one blocking question; raises the reason to stop, if there is one by then."""
        async with self._model(stop, meter) as model:
            return await in_thread(question, model)

    async def stream(
        self, question: Callable[[AgentModel], Iterator[str]], stop: Stop, meter: Meter
    ) -> AsyncGenerator[str, None]:
        """Text as it is written: the first piece at once, later ones gathered for about 50 ms."""
        async with (
            self._model(stop, meter) as model,
            aclosing(_pieces(lambda: question(model))) as pieces,
        ):
            async for text in pieces:
                yield text

    async def generate(self, question: Callable[[LoadedModel], Iterator[str]]) -> AsyncGenerator[str, None]:
        """Text straight from the engine, for callers that want no agent; ends early when they close it."""
        async with self._loaded() as loaded:
            with _our_errors():
                async with aclosing(_pieces(lambda: question(loaded))) as pieces:
                    async for text in pieces:
                        yield text

    def forget(self, facts: Iterable[Fact]) -> None:
        """Drop what any model computed from the words of ``facts``, in memory and on disk; blocks."""
        self.forget_texts([text for fact in facts for text in (fact.evidence_quote, fact.value)])

    def forget_texts(self, texts: Sequence[str]) -> None:
        """The same for any words."""
        if not texts:
            return
        for driver in {self, *self._all_drivers()}:
            engine = driver.loaded.engine if driver.loaded is not None else None
            if engine is not None and hasattr(engine, "forget_text"):
                engine.forget_text(texts)
        if self._prefixes is not None:
            forget_stored_text(self._prefixes, texts)

    def close(self) -> None:
        """Let go of the model; nobody may ask it any more. Blocks."""
        loaded, self.loaded = self.loaded, None
        if loaded is not None and hasattr(loaded.engine, "close"):
            loaded.engine.close()

    @asynccontextmanager
    async def _model(self, stop: Stop, meter: Meter) -> AsyncIterator[AgentModel]:
        """The model for one question of a run, whose cost is counted."""
        async with self._loaded(stop) as loaded:
            each = loaded.each
            model = loaded.agent_model if each is None else each(meter.budget.background)
            with _counted(model, stop, meter):
                yield model

    @asynccontextmanager
    async def _loaded(self, stop: Stop | None = None) -> AsyncIterator[LoadedModel]:
        """The loaded model, which is the caller's alone unless it takes several questions at once."""
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn)
            if stop is not None:
                stop.check()
            loaded = await self._ready()
            if loaded.each is not None:
                await turn.aclose()
            yield loaded

    async def _ready(self) -> LoadedModel:
        if self.loaded is not None:
            return self.loaded
        try:
            return await in_thread(self._load_and_keep)
        except LLMError as error:
            raise ModelUnavailable(str(error)) from error
        except MemoryError as error:
            raise ModelUnavailable("There is not enough memory to load the model.") from error

    def _load_and_keep(self) -> LoadedModel:
        """In one go: who waits for the model may be cancelled meanwhile, and the next one finds it loaded."""
        self.loaded = self._load()
        return self.loaded


def _pieces(make: Callable[[], Iterator[str]]) -> AsyncGenerator[str, None]:
    return blocking_iterator(make, threading.Event(), gather_s=FLUSH_S)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except LLMError as error:
        raise ModelFailed(str(error)) from error


@contextmanager
def _counted(model: AgentModel, stop: Stop, meter: Meter) -> Iterator[None]:
    """Count what a question cost; a stop outweighs whatever else came of it."""
    stop.check()
    meter.begin_model_call()
    try:
        with _our_errors():
            yield
    except Exception:
        stop.check()  # a model may end a cancelled question in any way it likes
        raise
    finally:
        meter.add(model.take_usage())
    stop.check()
