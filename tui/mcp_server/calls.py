"""One call of a tool, from its beginning to its result, over as many exchanges as it takes.

A call outlives the request that began it where the user has to be asked in between. Who follows it may be
cut off anywhere; ``stop`` then ends the run as well. Knows nothing of the protocol's requests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from mcp_types import CallToolResult

from ...agent import events as ev
from ...agent.requests import CallTool, RunAccepted
from ..errors import RequestFailed, TuiError
from . import asking
from .inbox import Inbox
from .outcome import Outcome

Tell = Callable[[str], Awaitable[None]]


class Call:
    """Begins when it is made. ``asks``: whether somebody is there for approvals and questions."""

    def __init__(self, inbox: Inbox, request: CallTool, asks: bool) -> None:
        self.request = request
        self._inbox = inbox
        self._asks = asks
        self._begun = asyncio.create_task(inbox.client.call_tool(request))
        self._outcome: Outcome | None = None
        self.need: asking.Need | None = None
        """What it waits for."""
        self._stopping: asyncio.Task[None] | None = None

    async def accepted(self) -> RunAccepted:
        """The run; raises ``RequestFailed`` where there is none, with the host's words."""
        return await asyncio.shield(self._begun)

    async def follow(self, tell: Tell) -> CallToolResult | asking.Need:
        """The result, or what is needed from the user first; what the tool says meanwhile is told.

        Raises ``HostStopped``.
        """
        run = (await self.accepted()).run
        if self._outcome is None:
            self._outcome = Outcome(run)
        while True:
            body = (await self._inbox.next(run)).body
            self._outcome.take(body)
            if isinstance(body, ev.StepOutput):
                await tell(body.text)
            elif isinstance(body, ev.RunFinished):
                return self._outcome.result(body.status)
            elif self._asks and isinstance(body, ev.ApprovalRequested | ev.Question):
                self.need = body
                return body

    async def answer(self, given: Mapping[str, object] | None) -> None:
        """Hand on what a client gave for the need that ``follow`` told, by its key. A run that has ended
        meanwhile needs no answer; ``follow`` tells how it ended.
        """
        need, self.need = self.need, None
        if need is not None:
            run = (await self.accepted()).run
            with suppress(RequestFailed):
                await asking.answer(self._inbox.client, run, need, (given or {}).get(asking.key(need)))

    def stop(self) -> None:
        """Nobody waits for the result any more."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())

    async def _stop(self) -> None:
        with suppress(TuiError):
            run = (await self._begun).run
            self._inbox.drop(run)
            await self._inbox.client.cancel(run)
