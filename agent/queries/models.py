"""The look-ups of ``homewit model``: which models there are, how fast one is here, and one in fewer bits.

None loads the model that answers; the one that is measured is loaded beside it.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ...llm.errors import LLMError, RequestError
from ..errors import ModelUnavailable, UsageError
from ..models.engines import describe_model, measure_model, quantize_model
from ..runs.runner import Runner
from ..threads import in_thread
from ..workplace import Workplace
from .answers import Answer, Blocking, Waiting


class ModelQueries:
    """One method per query; ``tell`` hears how far measuring is."""

    def __init__(self, place: Workplace, runner: Runner, tell: Callable[[str], None]) -> None:
        self._place = place
        self._runner = runner
        self._tell = tell
        self.blocking: Blocking = {
            "model.list": self._list,
            "model.info": self._info,
            "model.quantize": self._quantize,
        }
        self.waiting: Waiting = {"model.bench": self._bench}

    def _list(self) -> Answer:
        folders = sorted(path for path in self._place.home.models.glob("*") if path.is_dir())
        return {"items": [_model("bundled"), *(_model(str(path)) for path in folders)]}

    def _info(self, name: str | None = None) -> Answer:
        try:
            return {"item": describe_model(self._place.resolved(name or self._place.model))}
        except LLMError as error:
            raise ModelUnavailable(str(error)) from error

    def _quantize(self, source: str, target: str, bits: Literal[4, 8] = 8) -> Answer:
        try:
            folder = self._place.cwd / Path(target).expanduser()
            return {"item": quantize_model(self._place.resolved(source), str(folder), bits)}
        except RequestError as error:
            raise UsageError(str(error)) from error
        except LLMError as error:
            raise ModelUnavailable(str(error)) from error

    async def _bench(
        self, name: str | None = None, quick: bool = False, quantize: Literal["int8", "int4"] | None = None
    ) -> Answer:
        if self._runner.is_busy(None):
            raise UsageError("Something is still running; measure when it has ended.")
        loop = asyncio.get_running_loop()
        changed = {} if quantize is None else {"quantize": quantize}
        settings = self._place.settings.model_copy(update=changed)

        def tell(text: str) -> None:
            loop.call_soon_threadsafe(self._tell, text)

        try:
            found = await in_thread(
                measure_model, self._place.resolved(name or self._place.model), settings, quick, tell
            )
        except RequestError as error:
            raise UsageError(str(error)) from error
        except LLMError as error:
            raise ModelUnavailable(str(error)) from error
        except MemoryError as error:
            raise ModelUnavailable("There is not enough memory to load the model.") from error
        return {"item": found}


def _model(source: str) -> Answer:
    try:
        return describe_model(source)
    except LLMError as error:
        return {"name": source, "path": source, "available": False, "summary": str(error)}
