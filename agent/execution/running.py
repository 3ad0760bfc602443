"""The calls of a plan that are under way: starts them within their limits, and tells what comes of them.

What they say is kept in its order until somebody asks for it. Knows nothing of plans and approvals.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from itertools import count

from ...tools import ToolSpec
from ..plan import Step
from ..runs.context import RunContext
from ..subtasks.tool import SUB_TASK, Nested
from .calls import Said
from .gate import Prepared
from .previews import LookedAgain
from .retrying import call_again_and_again

AT_ONCE = 64
"""Most calls of one run at a time; each call of a function that blocks takes a thread."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Work for a call is over; ``error`` is what it raised, as when the run is stopped."""

    work: int
    error: BaseException | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """What has become of a call whose arguments were amiss: a step with others, or None."""

    step: Step | None


Work = Said | Corrected | LookedAgain | Nested
News = Work | Ended


class Running:
    """Belongs to one executor and its event loop."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self._tasks: dict[int, tuple[Step, asyncio.Task[None]]] = {}
        self._numbers = count()
        self._by_tool: Counter[str] = Counter()
        self._news: deque[tuple[Step, News]] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[str]:
        """Ids of the calls."""
        return (step.id for step, _ in self._tasks.values())

    @property
    def full(self) -> bool:
        return len(self._tasks) >= AT_ONCE

    def has_room(self, spec: ToolSpec) -> bool:
        """Whether one more call of the tool may begin now."""
        most = spec.max_parallel
        return not self.full and (most is None or self._by_tool[spec.name] < most)

    def start(self, prepared: Prepared) -> None:
        """Begin a call."""
        from ..subtasks.carrying import carry_out_sub_task  # which has an executor, too

        call = carry_out_sub_task if prepared.tool.name == SUB_TASK else call_again_and_again
        self.follow(prepared.step, call(self._ctx, prepared))

    def follow(self, step: Step, work: "AsyncGenerator[Work, None]") -> None:
        """Carry out what has to do with a call beside all others."""
        self._by_tool[step.tool] += 1
        number = next(self._numbers)
        self._tasks[number] = (step, asyncio.create_task(self._follow(number, step, work)))

    async def news(self, until: "asyncio.Future[object] | None" = None) -> list[tuple[Step, News]]:
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
                del self._tasks[what.work]
                self._by_tool[step.tool] -= 1
        return news

    async def close(self) -> None:
        """Cancel what is left, and wait for it."""
        tasks = [task for _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _follow(self, number: int, step: Step, work: "AsyncGenerator[Work, None]") -> None:
        error: BaseException | None = None
        try:
            async for said in work:
                self._tell(step, said)
                if isinstance(said, Nested):
                    await said.told.wait()
        except Exception as raised:  # noqa: BLE001 - handed to the executor, which decides
            error = raised
        finally:
            self._tell(step, Ended(number, error))

    def _tell(self, step: Step, what: News) -> None:
        self._news.append((step, what))
        self._arrived.set()
