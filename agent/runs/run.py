"""One prompt from its route to its last event. Only the order of things is written here; each part has its
own file.

``carry_out`` turns whatever happens into events, so that ``run.finished`` is always the last one. Knows
nothing of storage and clients.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from ...memory import StoreError
from ..answering import answer, memories
from ..errors import AgentError, InputNeeded, RunCancelled, RunStopped
from ..events import (
    Answered,
    Errored,
    EventBody,
    Recalled,
    RecalledItem,
    Route,
    RouteChosen,
    TextDelta,
    Warned,
)
from ..execution.executor import Executor
from ..log.journal import finished
from ..model import TurnContext
from ..plan import Plan
from ..planning.mending import Mender
from ..planning.named_text import declines
from ..planning.planner import (
    fill_questions,
    make_plan,
    not_understood,
    planned,
    procedure_for,
    recall_facts,
    routing_turn,
    ruled,
)
from ..planning.replanning import carry_through
from ..planning.things_asked import things_asked
from ..procedures.recalling import Remembered
from ..route import ACTING, CHANGES_MEMORY, by_rule, by_scores, plausible, settle
from .context import RunContext
from .dialogue import Asked, ask

log = logging.getLogger(__name__)
WHAT_WITH_IT = "What shall I do with this text? You can say “save it as a note”, for example."
LEFT_ALONE = "All right, I do nothing with it."
_LOWEST = -100.0  # a log-probability of minus infinity has no JSON


async def carry_out(
    ctx: RunContext, flow: AsyncGenerator[EventBody, None]
) -> AsyncGenerator[EventBody, None]:
    """``flow``, then usage and ``run.finished``, however the flow ends."""
    outcome = ctx.outcome
    try:
        with ctx.meter.clock():
            async with aclosing(flow) as bodies:
                async for body in bodies:
                    yield body
    except InputNeeded as needed:
        outcome.end(needed.status)
        yield Answered(text=str(needed))
    except RunStopped as stopped:
        outcome.end(stopped.status)
        if outcome.status == "unknown":
            yield answer.so_far(ctx)
        elif outcome.partial.strip():
            yield Answered(text=outcome.partial)
        if not isinstance(stopped, RunCancelled):
            yield Errored(code=stopped.code, message=str(stopped))
    except AgentError as error:
        outcome.end(error.status)
        yield Errored(code=error.code, message=str(error))
    except StoreError as error:
        outcome.end("failed")
        yield Errored(code="store", message=str(error))
    except Exception:
        log.exception("run %s failed", ctx.run)
        outcome.end("failed")
        yield Errored(
            code="internal", message="Something went wrong inside Homewit; the log has the details."
        )
    yield ctx.meter.report()
    yield finished(outcome.status)


async def serve(ctx: RunContext) -> AsyncGenerator[EventBody, None]:
    """Events of a request, from its route to its answer."""
    things = await things_asked(ctx)
    if ctx.text and not ctx.request:
        asked = Asked()
        async for body in ask(ctx, WHAT_WITH_IT, asked):
            yield body
        if declines(asked.reply):
            yield answer.said(ctx, LEFT_ALONE)
            return
        ctx.request = asked.reply
        things = await things_asked(ctx)
    ctx.request = things[-1]
    parts = _each(ctx, things) if len(things) > 1 else _serve_one(ctx)
    async for body in parts:
        yield body


async def _each(ctx: RunContext, things: Sequence[str]) -> AsyncGenerator[EventBody, None]:
    """Several things one after the other, with one answer to all of them."""
    answers: list[Answered] = []
    for request in things:
        ctx.request = request
        async for body in _serve_one(ctx):
            if isinstance(body, Answered):
                answers.append(body)
            elif not isinstance(body, TextDelta):
                yield body
    citations = dict.fromkeys(cited for one in answers for cited in one.citations)
    yield Answered(text="\n".join(one.text for one in answers), citations=tuple(citations))


async def _serve_one(ctx: RunContext) -> AsyncGenerator[EventBody, None]:
    """One thing that is asked for, from its route to its answer."""
    chosen = _Chosen()
    if by_rule(ctx.request) is None and (known := await procedure_for(ctx)) is not None:
        if known.plan is not None:
            async for body in _repeat(ctx, known, known.plan):
                yield body
            return
        yield Warned(message=f"I know this as “{known.name}”, but {known.reason}; I plan it anew.")
    async for body in _choose_route(ctx, chosen):
        yield body
    if ctx.piped and chosen.route in CHANGES_MEMORY:
        ctx.request = own_words(ctx)
    turn = await ctx.turn()
    match chosen.route:
        case "remember" | "forget" if not ctx.request.strip():
            part = memories.not_yours(ctx)
        case "remember":
            part = memories.remember(ctx, turn)
        case "recall":
            part = memories.recall(ctx, turn)
        case "forget":
            part = memories.forget(ctx, turn)
        case "unclear":
            part = answer.no_tool(ctx, turn)
        case _:
            part = _with_memory(ctx, turn, chosen.route)
    async for body in part:
        yield body


async def _repeat(ctx: RunContext, known: Remembered, plan: Plan) -> AsyncGenerator[EventBody, None]:
    """What was learned, once more, with the words of this request in its slots."""
    yield RouteChosen(route=plan.route, decided_by="rule")
    item = RecalledItem(id=known.id, kind="procedure", text=known.name, origin="user")
    yield Recalled(items=(item,))
    await asyncio.to_thread(ctx.store.procedures.count_use, known.id)
    async for body in carry_plan(ctx, await ctx.turn(), plan):
        yield body


def own_words(ctx: RunContext) -> str:
    """What the user typed, without its control word: only that decides what is remembered and forgotten."""
    rule = by_rule(ctx.words)
    return rule.request if rule else ctx.words


class _Chosen:
    route: Route = "unclear"


async def _choose_route(ctx: RunContext, chosen: _Chosen) -> AsyncGenerator[EventBody, None]:
    if rule := await ruled(ctx):
        chosen.route, ctx.request = rule.route, rule.request
        yield RouteChosen(route=rule.route, decided_by="rule")
        return
    turn = await routing_turn(ctx)
    scores = await ctx.driver.ask(lambda model: model.route(turn, ctx.stop.event), ctx.stop, ctx.meter)
    choice = by_scores(plausible(scores, ctx.request), ctx.settings.route_margin)
    chosen.route = choice.route
    shown = {str(route): round(max(score, _LOWEST), 4) for route, score in scores.items()}
    yield RouteChosen(route=choice.route, scores=shown)
    if choice.rival is not None:
        asked = Asked()
        async for body in ask(ctx, "Shall I use my tools for this, or just answer? (yes for tools)", asked):
            yield body
        settled = settle(choice, asked.reply)
        if settled is None:  # what is said next is what is wanted now
            ctx.request = asked.reply
            async for body in _choose_route(ctx, chosen):
                yield body
        else:
            chosen.route = settled


async def _with_memory(ctx: RunContext, turn: TurnContext, route: Route) -> AsyncGenerator[EventBody, None]:
    if recalled := await recall_facts(ctx, turn.request):
        yield recalled
    turn = ctx.with_facts(turn)
    part = act(ctx, turn, route) if route in ACTING else answer.chat(ctx, turn)
    async for body in part:
        yield body


async def act(ctx: RunContext, turn: TurnContext, route: Route) -> AsyncGenerator[EventBody, None]:
    """Plan, carry the plan out, and answer from its results."""
    plan = await make_plan(ctx, turn, route)
    if not plan.steps and plan.question:
        asked = Asked()
        async for body in ask(ctx, plan.question, asked):
            yield body
        ctx.request = f"{ctx.request}\n{asked.reply}"
        turn = ctx.with_facts(await ctx.turn())
        plan = await make_plan(ctx, turn, route)
    if not plan.steps:
        async for body in answer.no_tool(ctx, turn):
            yield body
        return
    async for body in carry_plan(ctx, turn, plan):
        yield body


async def carry_plan(ctx: RunContext, turn: TurnContext, plan: Plan) -> AsyncGenerator[EventBody, None]:
    """Carry a plan out that was made for ``turn``, and answer from its results."""
    ctx.outcome.plan = plan
    yield planned(plan)
    for warning in not_understood(ctx, plan):
        yield warning
    ctx.meter.check_steps(len(plan.steps))
    async for body in fill_questions(ctx, plan):
        yield body
    executor = Executor(ctx, ctx.outcome.plan, mender=Mender(ctx, turn))
    async for body in carry_through(ctx, turn, executor):
        yield body
    async for body in answer.from_results(ctx, turn):
        yield body
