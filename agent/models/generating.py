"""Plain text generation for ``homewit generate``: no agent, no tools, no memory. Knows nothing of runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ...llm.errors import LLMError
from ...llm.generation import Chunk, SamplingParams, TokenLogprob
from ..errors import ModelFailed, UsageError
from ..requests import Generate
from .driver import ModelDriver
from .engines import LoadedModel

_PARAMETERS = {parameter.name for parameter in fields(SamplingParams)}


@dataclass(slots=True)
class _Collected:
    """What came beside the text."""

    last: Chunk = field(default_factory=lambda: Chunk(""))
    thinking: str = ""
    logprobs: list[dict[str, Any]] = field(default_factory=list)


async def generate(driver: ModelDriver, params: Generate, show: Callable[[str], None]) -> dict[str, object]:
    """The whole text with its finish reason and usage; pieces go to ``show`` as they come."""
    try:
        given = params.model_dump(include=_PARAMETERS, exclude_none=True)
        sampling = SamplingParams(**given, schema=params.json_schema)
    except LLMError as error:
        raise UsageError(str(error)) from error
    stop = threading.Event()
    beside = _Collected()

    def pieces(loaded: LoadedModel) -> Iterator[str]:
        for chunk in _chunks(loaded, params, sampling, stop):
            beside.last = chunk
            beside.thinking += chunk.thinking
            beside.logprobs += [_reported(entry, loaded.engine.tokenizer) for entry in chunk.logprobs]
            yield chunk.text

    texts: list[str] = []
    try:
        async with aclosing(driver.generate(pieces)) as stream:
            async for text in stream:
                texts.append(text)
                show(text)
    finally:
        stop.set()
    return {
        "text": "".join(texts),
        "finish_reason": beside.last.finish_reason or "stop",
        "usage": asdict(beside.last.usage) if beside.last.usage else {},
        "thinking": beside.thinking,
        "logprobs": beside.logprobs,
    }


def _chunks(
    loaded: LoadedModel, params: Generate, sampling: SamplingParams, stop: threading.Event
) -> Iterator[Chunk]:
    """Through the chat template where there is one, unless the prompt is meant as it stands."""
    if loaded.engine is None:
        raise ModelFailed(f"The model {loaded.name} brings no engine that could generate text.")
    if params.raw or not loaded.chats:
        return loaded.engine.generate(params.prompt, sampling, stop)
    return loaded.engine.chat([{"role": "user", "content": params.prompt}], None, sampling, stop)


def _reported(entry: TokenLogprob, tokenizer: Any) -> dict[str, Any]:
    def named(token: int, logprob: float) -> dict[str, Any]:
        return {"id": token, "text": tokenizer.decode([token], skip_specials=False), "logprob": logprob}

    return {**named(entry.token, entry.logprob), "top": [named(*pair) for pair in entry.top]}
