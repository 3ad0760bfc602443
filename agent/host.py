"""The host process: serves one client over stdio, so that a user interface never shares a process with the
engine.

``python -m homewit.agent.host``. stdout carries protocol lines only; everything else goes to stderr. Ends
when stdin does, or on SIGTERM, after having stored how its runs ended. Knows nothing of screens.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from typing import Any

from pydantic import ValidationError

from . import requests
from .errors import AgentError, ModelUnavailable, NotFound, UsageError
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
from .service import Service, Shutdown

log = logging.getLogger(__name__)
PATIENCE_S = 1.5
METHODS: dict[str, type[requests.Params]] = {
    kind.model_fields["method"].default: kind
    for kind in (
        requests.Initialize,
        requests.Warm,
        requests.Prompt,
        requests.RunWorkflow,
        requests.PlanOnly,
        requests.Cancel,
        requests.Approve,
        requests.Reply,
        requests.Generate,
        requests.Resume,
        requests.Query,
        requests.Shutdown,
    )
}


class Host:
    """One client's conversation; requests are served concurrently."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outbox = Outbox(outgoing)
        self._service = Service(self._outbox.notify)
        self._serving: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Serve until the client leaves or a signal comes, then end in order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        waits = {
            asyncio.create_task(self._read()),
            asyncio.create_task(self._ending.wait()),
            asyncio.create_task(self._outbox.broken.wait()),
        }
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
        await self._service.close(PATIENCE_S)
        await self._outbox.close(PATIENCE_S)

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
            result = await self._service.handle(_params(message))
        except Shutdown:
            self._outbox.result(id_, {})
            self._ending.set()
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


def claim_stdout() -> int:
    """The real stdout as a descriptor of our own; from now on whatever else is printed goes to stderr."""
    protocol = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return protocol


def main() -> None:
    outgoing = claim_stdout()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )

    async def serve() -> None:
        await Host(0, outgoing).run()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(serve())
    sys.stderr.flush()
    # Not sys.exit: a thread may still be loading or running a model, and nothing of it is worth waiting for.
    os._exit(0)


if __name__ == "__main__":
    main()
