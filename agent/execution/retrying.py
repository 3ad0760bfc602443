"""A call that is made again when it fails, as often as its step says; only its last end is its end.

Each attempt has its own row in the ledger. What may have taken effect is not made again, nor what the same
arguments cannot change. Knows nothing of the rest of the plan.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..errors import RunStopped
from ..events import StepFinished, StepOutput
from ..runs.context import RunContext
from .calls import Fault, Said, call_tool
from .gate import Prepared


async def call_again_and_again(ctx: RunContext, prepared: Prepared) -> AsyncGenerator[Said, None]:
    """As ``call_tool``."""
    on_error = prepared.step.on_error
    retries = on_error.retry if on_error is not None else 0
    for attempt in range(1, retries + 2):
        fault: Fault | None = None
        end: StepFinished | None = None
        async with aclosing(call_tool(ctx, prepared)) as sayings:
            async for said in sayings:
                if isinstance(said, Fault):
                    fault = said
                elif fault is not None and isinstance(said, StepFinished):
                    end = said
                else:
                    yield said
        if fault is None or end is None:
            return
        if on_error is not None and attempt <= retries and not (fault.retry or fault.question):
            pause_s = on_error.pause_s(attempt)
            told = f"{end.text}; trying again in {pause_s:g} s ({attempt} of {retries})"
            yield StepOutput(id=prepared.step.id, text=told)
            try:
                await ctx.stop.race(asyncio.sleep(pause_s))
            except RunStopped:
                yield fault
                yield end
                raise
            continue
        yield fault
        yield end
        return
