"""What all queries have in common: what they answer, and how they are told apart.

A list is ``{"items": [...]}``, one thing ``{"item": {...}}``. Knows no query.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

Answer = dict[str, Any]
Blocking = Mapping[str, Callable[..., Answer]]
"""Queries by name that run in a thread."""
Waiting = Mapping[str, Callable[..., Awaitable[Answer]]]
"""Queries by name that run on the event loop."""


def time_of(moment: datetime | None) -> str | None:
    """A moment as answers have it."""
    return None if moment is None else moment.isoformat()
