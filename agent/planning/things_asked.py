"""The things that a request asks for which cannot be steps of one plan: to remember, to recall, and to do.

Each becomes a request of its own; all that is to be done stays together, so that it is one plan. Knows
nothing of how they are served.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from math import log

from ..events import Route
from ..model import AgentModel, TurnContext, can_part
from ..permission.spans import content_words
from ..route import ACTING
from ..runs.context import RunContext
from .follow_ups import in_full, leaves_out
from .given_text import Apart, meant, told_apart
from .memory_parts import Stretch, questions, stretches

_SURE = log(0.8)
_QUESTION_WORDS = content_words(
    "what what's whats who who's whos when where which how is are do you know my me i"
)


async def things_asked(ctx: RunContext) -> Sequence[str]:
    """The requests in the order in which they are served, what is to be done last; one where it asks for one.

    What follows on words to remember is part of them, unless the model is sure that it is a request.
    """
    await _tell_text_apart(ctx)
    await _say_in_full(ctx)
    found = stretches(ctx.request)
    if ctx.piped:
        return [ctx.request]
    if len(found) == 1:
        return await _with_questions(ctx, questions(ctx.request))
    turn = await ctx.turn()
    kept: list[tuple[Stretch, Route | None]] = []
    for stretch in found:
        route = None if stretch.memory else await _route(ctx, turn, ctx.request[stretch.start : stretch.end])
        if kept and kept[-1][0].memory and not stretch.memory and route is None:
            kept[-1] = replace(kept[-1][0], end=stretch.end), None
        else:
            kept.append((stretch, route))
    texts = [(ctx.request[one.start : one.end], route) for one, route in kept]
    acting = "; ".join(text for text, route in texts if route in ACTING)
    others = [text for text, route in texts if route not in ACTING]
    return [*others, acting] if acting else others


async def _tell_text_apart(ctx: RunContext) -> None:
    """Leave in the request what is asked, for a model that would take a text in it for requests as well."""
    found = None if ctx.text else await _apart(ctx)
    if found is not None and await ctx.driver.ask(can_part, ctx.stop, ctx.meter):
        ctx.request, ctx.text = found.asked, found.text
        if not ctx.piped and found.text not in ctx.words:
            ctx.words = f"{ctx.words}\n{found.text}"  # the user gave it with the request before


async def _apart(ctx: RunContext) -> Apart | None:
    """The request and the text that came with it, or with the one before where it goes on with that."""
    tools = ctx.tools.views.values()
    typed = ctx.request.removesuffix(ctx.piped).strip()
    if ctx.piped and typed:
        return Apart(typed.rstrip(":"), ctx.piped)
    if (found := await asyncio.to_thread(told_apart, ctx.request, tools)) is not None or ctx.piped:
        return found
    call = meant(ctx.request, tools)
    history = (await ctx.turn()).history if call is not None and call.takes_text else ()
    before = await asyncio.to_thread(told_apart, history[-1].user, tools) if history else None
    return before and Apart(ctx.request, before.text)


async def _with_questions(ctx: RunContext, found: Sequence[Stretch]) -> Sequence[str]:
    """What is asked about the user, where it is known or surely something to remember, and all else."""
    if len(found) == 1 or not await ctx.driver.ask(can_part, ctx.stop, ctx.meter):
        return [ctx.request]
    turn = await ctx.turn()
    recalled, others = list[str](), list[str]()
    for stretch in found:
        text = ctx.request[stretch.start : stretch.end]
        known = stretch.memory and (
            await asyncio.to_thread(_is_known, ctx, text) or await _route(ctx, turn, text) == "recall"
        )
        (recalled if known else others).append(text)
    if not recalled:
        return [ctx.request]
    return [*recalled, "; ".join(others)] if others else recalled


def _is_known(ctx: RunContext, text: str) -> bool:
    """Whether the user has said something to be remembered that has all the words of a question."""
    asked = content_words(text) - _QUESTION_WORDS
    return bool(asked) and any(
        asked <= content_words(fact.evidence_quote) for fact in ctx.store.search_facts(text)
    )


async def _say_in_full(ctx: RunContext) -> None:
    """Give a request the words of the one before it that it leaves out, for a model that sees it alone."""
    if ctx.piped or not leaves_out(ctx.request):
        return
    full = in_full(ctx.request, (await ctx.turn()).history)
    if full is not None and await ctx.driver.ask(can_part, ctx.stop, ctx.meter):
        ctx.request, ctx.words = full, f"{ctx.words}\n{full}"  # all of it the user's own words


async def _route(ctx: RunContext, turn: TurnContext, text: str) -> Route | None:
    """What a stretch by itself is, where the model is sure that tools or memory serve it."""
    part = replace(turn, request=text)

    def question(model: AgentModel) -> Route | None:
        scores = model.route(part, ctx.stop.event)
        best = max(scores, key=lambda route: scores[route])
        return best if scores[best] >= _SURE and best in {*ACTING, "recall"} else None

    return await ctx.driver.ask(question, ctx.stop, ctx.meter)
