"""A view of an engine for runs that nobody sits and waits for: its requests take what others leave.

Knows nothing of runs.
"""

from functools import partial
from typing import Any


class AfterOthers:
    """Like ``engine``, but every request is background work."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.chat = partial(engine.chat, background=True)
        self.generate = partial(engine.generate, background=True)
        self.score = partial(engine.score, background=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)
