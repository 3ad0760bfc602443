"""The calls of a plan that are under way: starts them within their limits, and tells what comes of them.

What they say is kept in its order until somebody asks for it. Knows nothing of plans and approvals.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

from ..tools import ToolSpec
from .calls import call_tool
from .context import RunContext
from .events import EventBody
from .gate import Prepared
from .ledger import Output
from .plan import Step

AT_ONCE = 64
"""Most calls of one run at a time; each call of a function that blocks takes a thread."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A call is over; ``error`` is what it raised, as when the run is stopped."""

    error: BaseException | None


News = tuple[Step, EventBody | Output | Ended]


class Running:
    """Belongs to one executor and its event loop."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._by_tool: Counter[str] = Counter()
        self._news: deque[News] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[str]:
        """Ids of the calls."""
        return iter(self._tasks)

    def __contains__(self, call: object) -> bool:
        return call in self._tasks

    @property
    def full(self) -> bool:
        return len(self._tasks) >= AT_ONCE

    def has_room(self, spec: ToolSpec) -> bool:
        """Whether one more call of the tool may begin now."""
        most = spec.max_parallel
        return not self.full and (most is None or self._by_tool[spec.name] < most)

    def start(self, prepared: Prepared) -> None:
        """Begin a call."""
        step = prepared.step
        self._by_tool[step.tool] += 1
        self._tasks[step.id] = asyncio.create_task(self._follow(step, call_tool(self._ctx, prepared)))

    async def news(self, until: "asyncio.Future[object] | None" = None) -> list[News]:
        """All that has happened since the last time, waited for; nothing when ``until`` ends before."""
        while not self._news and not (until is not None and until.done()):
            self._arrived.clear()
            arrived = asyncio.ensure_future(self._arrived.wait())
            try:
                await asyncio.wait(
                    {arrived, *([until] if until else [])}, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                arrived.cancel()
        news = list(self._news)
        self._news.clear()
        for step, what in news:
            if isinstance(what, Ended):
                del self._tasks[step.id]
                self._by_tool[step.tool] -= 1
        return news

    async def close(self) -> None:
        """Cancel what is left, and wait for it."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _follow(self, step: Step, call: AsyncGenerator[EventBody | Output, None]) -> None:
        error: BaseException | None = None
        try:
            async for said in call:
                self._tell(step, said)
        except Exception as raised:  # noqa: BLE001 - handed to the executor, which decides
            error = raised
        finally:
            self._tell(step, Ended(error))

    def _tell(self, step: Step, what: EventBody | Output | Ended) -> None:
        self._news.append((step, what))
        self._arrived.set()
