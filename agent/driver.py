"""Lets several runs share one model: loads it once, asks it one thing at a time, and off the event loop.

A model is not thread-safe and blocks while it thinks. A cancelled question is waited for until the model has noticed, so
that the next one meets a model at rest. Knows nothing of what is asked.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TypeVar

from ..llm.errors import LLMError
from .budget import Meter
from .errors import ModelFailed, ModelUnavailable
from .model import AgentModel
from .stop import Stop
from .threads import blocking_iterator, in_thread

T = TypeVar("T")
FLUSH_S = 0.05


class ModelDriver:
    """``load`` is called once, in a thread, when the model is first needed."""

    def __init__(self, load: Callable[[], AgentModel]) -> None:
        self._load = load
        self._model: AgentModel | None = None
        self._turn = asyncio.Lock()

    @property
    def loaded(self) -> AgentModel | None:
        return self._model

    async def warm(self) -> AgentModel:
        """The model, loaded if need be; raises ``ModelUnavailable``."""
        async with self._turn:
            return await self._ready()

    async def ask(self, question: Callable[[AgentModel], T], stop: Stop, meter: Meter) -> T:
        """The answer to one blocking question; raises the reason to stop, if there is one by then."""
        async with self._turn:
            stop.check()
            model = await self._ready()
            with _counted(model, stop, meter):
                return await in_thread(question, model)

    async def stream(
        self, question: Callable[[AgentModel], Iterator[str]], stop: Stop, meter: Meter
    ) -> AsyncIterator[str]:
        """Text as it is written: the first piece at once, later ones gathered for about 50 ms."""
        async with self._turn:
            stop.check()
            model = await self._ready()
            abandoned = threading.Event()
            pieces = blocking_iterator(lambda: question(model), abandoned, gather_s=FLUSH_S)
            with _counted(model, stop, meter):
                async with aclosing(pieces):
                    async for text in pieces:
                        yield text

    async def _ready(self) -> AgentModel:
        if self._model is None:
            try:
                self._model = await in_thread(self._load)
            except LLMError as error:
                raise ModelUnavailable(str(error)) from error
            except MemoryError as error:
                raise ModelUnavailable("There is not enough memory to load the model.") from error
        return self._model


@contextmanager
def _counted(model: AgentModel, stop: Stop, meter: Meter) -> Iterator[None]:
    """Count what a question cost; a stop outweighs whatever else came of it."""
    stop.check()
    try:
        yield
    except LLMError as error:
        stop.check()
        raise ModelFailed(str(error)) from error
    except Exception:
        stop.check()  # a model may end a cancelled question in any way it likes
        raise
    finally:
        meter.add(model.take_usage())
    stop.check()
