"""Runs one function of a tool within its time, so that nothing but a ToolError comes out of it.

Apart from the tools themselves, since a process that only tells which there are needs no event loop.
"""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ToolError, ToolFailed, ToolTimeout
from .threads import run_in_thread

_GRACE_S = 1.0  # for an async tool to clean up after it was cancelled


async def run_within(
    timeout_s: float, name: str, function: Callable[..., Any], values: Mapping[str, Any]
) -> Any:
    """Call the function of the tool `name`; raises ToolTimeout, or a ToolError."""
    task = asyncio.ensure_future(_contained(name, function, values))
    try:
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
    except asyncio.CancelledError:
        await _abandon(task)
        raise
    if not done:
        await _abandon(task)
        raise ToolTimeout(f"{name} did not finish within {timeout_s:g} seconds")
    if task.cancelled():
        raise ToolFailed(f"{name} failed: it cancelled itself")
    return task.result()


async def _contained(name: str, function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    try:
        if inspect.iscoroutinefunction(function):
            return await function(**values)
        return await run_in_thread(function, **values)
    except ToolError:
        raise
    except (Exception, SystemExit) as error:
        reason = str(error) or type(error).__name__
        raise ToolFailed(f"{name} failed: {reason}") from error


async def _abandon(task: "asyncio.Future[Any]") -> None:
    """Cancel a call and give it a moment; one that ignores that is left behind, its result unread."""
    task.cancel()
    await asyncio.wait({task}, timeout=_GRACE_S)
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
