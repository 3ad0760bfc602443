"""Finds tools by meaning with a checkpoint of the user's: the setting ``embedder``.

Any checkpoint that the engine loads will do, best one that was trained for it. It is loaded when the first
request asks, once for all that name it. One that cannot be loaded is told of in the log and does without.
Knows nothing of tools.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from ...llm.errors import LLMError

log = logging.getLogger(__name__)


def _load(name: str) -> Any:
    from ...llm import Engine  # loads torch

    return Engine.load(name)


class EngineEmbedder:
    """An ``Embedder`` over ``Engine.embed``; may be called from any thread, one at a time."""

    def __init__(self, name: str, load: Callable[[str], Any] = _load) -> None:
        self._name = name
        self._load = load
        self._engine: Any = None
        self._failed = False
        self._turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Any:
        """[len(texts), width], unit length; None where the checkpoint cannot be loaded."""
        with self._turn:
            if self._engine is None and not self._failed:
                try:
                    self._engine = self._load(self._name)
                except (LLMError, MemoryError) as error:
                    self._failed = True
                    log.warning("tools are found by their words only: the embedder %s: %s", self._name, error)
            return None if self._engine is None else self._engine.embed(list(texts))

    def likeness(self, asked: Any, known: Any) -> list[float]:
        """How near the first of ``asked`` is to each of ``known``, from -1 to 1."""
        return (known @ asked[0]).tolist()


@cache
def embedder(name: str) -> EngineEmbedder:
    """The one embedder of this process that goes by a name or a path."""
    return EngineEmbedder(name)
