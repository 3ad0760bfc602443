"""Calls that wait for the user between two requests of their client, as in the protocol of 2026-07-28.

There the answer to a call is a form, and the client calls again with what the user filled in. The state
that it brings along is a name that cannot be guessed, good for one more request with the same tool and
arguments. A call that nobody comes back for is ended. Knows nothing of forms.
"""

import asyncio
import secrets
from typing import Any

from .calls import Call

WAITS_S = 600.0
"""For a user who has gone for coffee; a client that was asked and never answers leaves nothing behind."""


class Parked:
    def __init__(self, waits_s: float = WAITS_S) -> None:
        self._waits_s = waits_s
        self._calls: dict[str, tuple[Call, asyncio.TimerHandle]] = {}

    def put(self, call: Call) -> str:
        """The state by which it is found again, once."""
        state = secrets.token_urlsafe(32)
        timer = asyncio.get_running_loop().call_later(self._waits_s, self._forget, state)
        self._calls[state] = call, timer
        return state

    def take(self, state: str, tool: str, args: dict[str, Any]) -> Call | None:
        """The call that waits under that state; None where there is none, or it is another one."""
        found = self._calls.get(state)
        if found is None or (found[0].request.tool, found[0].request.args) != (tool, args):
            return None
        call, timer = self._calls.pop(state)
        timer.cancel()
        return call

    def _forget(self, state: str) -> None:
        call, timer = self._calls.pop(state)
        timer.cancel()
        call.stop()
