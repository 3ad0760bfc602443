"""Cancelling a coroutine at a chosen moment: while it waits for the nth time, or as that wait is over."""

import asyncio
from collections.abc import Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any, Literal

How = Literal["while it waits", "as it is woken"]
HOW: tuple[How, ...] = ("while it waits", "as it is woken")


class Moment:
    """Runs a coroutine, and cancels its task when it waits for the `number`th time.

    Attributes:
        came: whether it waited so often.
    """

    def __init__(self, number: int, how: How) -> None:
        self._left = number
        self._how = how
        self.came = False

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """As `await work`, with the cancellation in it."""
        return await self._watched(work)

    @coroutine
    def _watched(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        steps = work.__await__()
        step = partial(steps.send, None)
        while True:
            try:
                waits_for = step()
            except StopIteration as over:
                return over.value
            self._left -= 1
            if self._left == 0:
                self._cancel(waits_for)
            try:
                yield waits_for
                step = partial(steps.send, None)
            except BaseException as error:  # noqa: BLE001  it goes where it was going
                step = partial(steps.throw, error)

    def _cancel(self, waits_for: "asyncio.Future[Any] | None") -> None:
        self.came = True
        task = asyncio.current_task()
        assert task is not None
        if waits_for is None or self._how == "while it waits":
            asyncio.get_running_loop().call_soon(task.cancel)
        else:
            waits_for.add_done_callback(lambda _: task.cancel())
