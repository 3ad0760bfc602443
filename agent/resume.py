"""Continues an interrupted run from its log and ledger alone; no code is replayed and nothing done is done
again.

Knows nothing of why the run was interrupted.
"""

import asyncio
from collections.abc import AsyncGenerator

from . import answer
from .approval import Approvals
from .context import RunContext
from .events import EventBody
from .executor import Executor
from .planning import fill_questions, recall_facts
from .recovery import recover
from .run import serve
from .settling import Settled, settle_all


async def continue_run(ctx: RunContext) -> AsyncGenerator[EventBody, None]:
    """What is left of the run of ``ctx``."""
    found = recover(await asyncio.to_thread(ctx.store.events, ctx.run))
    ctx.desk.skip_ids(approvals=len(found.cards), questions=found.questions)
    if found.plan is None:
        if not found.answered:
            async for body in serve(ctx):  # nothing was begun
                yield body
        return
    ctx.outcome.plan = found.plan
    await recall_facts(ctx, ctx.request)  # literals keep the origin that they had
    settled = Settled()
    async for body in settle_all(ctx, found, settled):
        yield body
    if found.answered:
        return
    async for body in fill_questions(ctx, ctx.outcome.plan):
        yield body
    approvals = Approvals()
    for card in found.approved():
        approvals.restore(card, ctx.registry)
    executor = Executor(ctx, ctx.outcome.plan, settled.outputs, approvals, settled.finished)
    executor.headless_denied = found.headless_denied
    async for body in executor.run():
        yield body
    async for body in answer.from_results(ctx, await ctx.turn()):
        yield body
