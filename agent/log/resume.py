"""Continues an interrupted run from its log and ledger alone; no code is replayed and nothing done is done
again.

Knows nothing of why the run was interrupted.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable

from ..answering import answer
from ..events import EventBody
from ..execution.executor import Executor
from ..permission.approval import Approvals
from ..planning.mending import Mender
from ..planning.planner import fill_questions, recall_facts
from ..planning.replanning import carry_through
from ..runs.context import RunContext
from ..runs.run import serve
from ..workflows.carrying import continue_workflow, parsed, serve_workflow
from ..workflows.starting import Start
from .recovery import Recovered, recover
from .settling import Settled, settle_all


async def continue_run(
    ctx: RunContext, begin: Callable[[RunContext], AsyncGenerator[EventBody, None]] = serve
) -> AsyncGenerator[EventBody, None]:
    """What is left of the run of ``ctx``; one that had no plan yet begins anew."""
    found = recover(await asyncio.to_thread(ctx.store.events, ctx.run))
    ctx.desk.skip_ids(approvals=found.asked, questions=found.questions)
    if found.workflow is not None:
        async for body in _continue_workflow(ctx, Start.from_wire(found.workflow), found):
            yield body
        return
    if found.plan is None:
        if not found.answered:
            async for body in begin(ctx):  # nothing was begun
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
    turn = ctx.with_facts(await ctx.turn())
    mender = Mender(ctx, turn)
    executor = Executor(ctx, ctx.outcome.plan, settled.outputs, approvals, settled.finished, mender)
    executor.consent.missing = found.headless_denied
    ctx.meter.count_steps(found.planned)
    async for body in carry_through(ctx, turn, executor, found.replans):
        yield body
    async for body in answer.from_results(ctx, turn):
        yield body


async def _continue_workflow(
    ctx: RunContext, start: Start, found: Recovered
) -> AsyncGenerator[EventBody, None]:
    ctx.words = f"{ctx.words}\n{start.words(parsed(start))}"
    if found.plan is not None:
        part = continue_workflow(ctx, start, found)
    elif not found.answered:
        part = serve_workflow(ctx, start)
    else:
        return
    async for body in part:
        yield body
