"""Plain text generation for ``homewit generate``: no agent, no tools, no memory. Knows nothing of runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict

from ..llm.errors import LLMError
from ..llm.generation import Chunk, SamplingParams
from .driver import ModelDriver
from .engines import LoadedModel
from .errors import ModelFailed, UsageError
from .requests import Generate


async def generate(driver: ModelDriver, params: Generate, show: Callable[[str], None]) -> dict[str, object]:
    """The whole text with its finish reason and usage; pieces go to ``show`` as they come."""
    try:
        sampling = SamplingParams(
            max_tokens=params.max_tokens,
            temperature=params.temperature,
            seed=params.seed,
            schema=params.json_schema,
        )
    except LLMError as error:
        raise UsageError(str(error)) from error
    stop = threading.Event()
    last: list[Chunk] = []

    def pieces(loaded: LoadedModel) -> Iterator[str]:
        for chunk in _chunks(loaded, params, sampling, stop):
            last[:] = [chunk]
            yield chunk.text

    texts: list[str] = []
    try:
        async with aclosing(driver.generate(pieces)) as stream:
            async for text in stream:
                texts.append(text)
                show(text)
    finally:
        stop.set()
    end = last[-1] if last else Chunk("")
    usage = asdict(end.usage) if end.usage else {}
    return {"text": "".join(texts), "finish_reason": end.finish_reason or "stop", "usage": usage}


def _chunks(
    loaded: LoadedModel, params: Generate, sampling: SamplingParams, stop: threading.Event
) -> Iterator[Chunk]:
    """Through the chat template where there is one, unless the prompt is meant as it stands."""
    if loaded.engine is None:
        raise ModelFailed(f"The model {loaded.name} brings no engine that could generate text.")
    if params.raw or not loaded.chats:
        return loaded.engine.generate(params.prompt, sampling, stop)
    return loaded.engine.chat([{"role": "user", "content": params.prompt}], None, sampling, stop)
