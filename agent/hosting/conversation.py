"""One client's conversation over two descriptors: requests are served concurrently and answered in JSON-RPC.

Knows what errors look like on the wire, and nothing of what requests do or where clients come from.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from .. import requests
from ..errors import AgentError, ModelUnavailable, NotFound, UsageError
from .rpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    LineTooLong,
    Outbox,
    lines,
)
from .service import Notify, Service, Shutdown

log = logging.getLogger(__name__)
PATIENCE_S = 1.5
"""For what still goes on when the client has left."""
LAST_WORDS_S = 10.0
"""For what is already said to be taken; a client that is gone takes nothing, and is not waited for."""
METHODS: dict[str, type[requests.Params]] = {
    kind.model_fields["method"].default: kind for kind in requests.Params.__subclasses__()
}


class Conversation:
    """Begins when it is made; ``run`` it to its end, then ``close`` it."""

    def __init__(self, incoming: int, outgoing: int, service: Callable[[Notify], Service]) -> None:
        self._incoming = incoming
        self._outbox = Outbox(outgoing)
        self.service = service(self._outbox.notify)
        self._serving: set[asyncio.Task[None]] = set()
        self._taken_leave = asyncio.Event()
        self.parks: bool | None = None
        """Whether the client wants its runs to rest; None unless it took leave: it was cut off then."""

    async def run(self, ending: asyncio.Event) -> None:
        """Serve until the client leaves or is gone, or until ``ending``."""
        waits = {
            asyncio.create_task(self._read()),
            asyncio.create_task(self._taken_leave.wait()),
            asyncio.create_task(self._outbox.broken.wait()),
            asyncio.create_task(ending.wait()),
        }
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()

    async def close(self, park: bool) -> None:
        """End or ``park`` what still goes on, let the last words out, and let go of everything."""
        for task in self._serving:  # or it would begin something once all that goes on has been ended
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving, timeout=PATIENCE_S)
        await self.service.close(PATIENCE_S, park)
        await self._outbox.close(LAST_WORDS_S)

    async def _read(self) -> None:
        try:
            async for line in lines(self._incoming):
                task = asyncio.create_task(self._serve(line))
                self._serving.add(task)
                task.add_done_callback(self._serving.discard)
        except LineTooLong as error:
            self._outbox.error(None, INVALID_REQUEST, str(error), 2)
        if self._serving:  # what was asked before the end of input is still answered, unless it takes long
            await asyncio.wait(self._serving, timeout=PATIENCE_S)

    async def _serve(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError as error:
            self._outbox.error(None, PARSE_ERROR, f"this line is not JSON: {error}", 2)
            return
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            self._outbox.error(None, INVALID_REQUEST, "a request is an object with a method", 2)
            return
        id_ = message.get("id")
        try:
            result = await self.service.handle(_params(message))
        except Shutdown as leave:
            self.parks = leave.park
            self._outbox.result(id_, {})
            self._taken_leave.set()
        except Exception as error:  # noqa: BLE001 - every request gets an answer
            code, text, exit_code = _described(error)
            self._outbox.error(id_, code, text, exit_code)
        else:
            # No await in between: the answer to `prompt` goes out before the run's first event.
            self._outbox.result(id_, result)


class _UnknownMethod(UsageError):
    """There is no such method."""


def _params(message: dict[str, Any]) -> requests.Params:
    method = message["method"]
    if method not in METHODS:
        raise _UnknownMethod(f"There is no method {method!r}. Methods are: {', '.join(METHODS)}.")
    return METHODS[method].model_validate({**(message.get("params") or {}), "method": method})


def _described(error: Exception) -> tuple[int, str, int]:
    """Error code, message and exit code."""
    match error:
        case _UnknownMethod():
            return METHOD_NOT_FOUND, str(error), error.exit_code
        case UsageError():
            return requests.ERROR_USAGE, str(error), error.exit_code
        case NotFound():
            return requests.ERROR_NOT_FOUND, str(error), error.exit_code
        case ModelUnavailable():
            return requests.ERROR_UNAVAILABLE, str(error), error.exit_code
        case AgentError():
            return requests.ERROR_FAILED, str(error), error.exit_code
        case ValidationError():
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the parameters"
            return INVALID_PARAMS, f"{where}: {first['msg']}", 2
    log.error("a request failed", exc_info=error)
    return INTERNAL_ERROR, "Something went wrong inside Homewit; the log has the details.", 1
