"""What a resident host tells of itself, and the way to end it. Private hosts have none.

Plain; made by ``resident`` and read by ``service``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    started: datetime
    socket: str
    idle_s: float
    """Seconds without a client after which it ends."""
    clients: Callable[[], int]
    """How many are connected."""
    end: Callable[[], None]
    hand_on: Callable[[], Awaitable[None]]
    """Make room for a host of the program as it is now; clients that are here are served until they leave."""
    handed_on: asyncio.Event
