"""From a request to a plan that may run: recalled facts, the model's plan, static checks, and the user's
missing words.

Knows nothing of execution.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...memory import Fact
from ..errors import PlanInvalid
from ..events import EventBody, PlanChanged, Planned, PlannedStep, Recalled, RecalledItem, Route, Warned
from ..model import AgentModel, FactView, TurnContext, can_part
from ..plan import Plan
from ..procedures.recalling import Remembered, remembered
from ..route import ACTING, RouteByRule, by_rule, by_scores, plausible
from ..runs.context import RunContext
from ..runs.dialogue import Asked, ask
from ..schedules.planning import schedule_plan
from ..schedules.recognising import asks_to_be_reminded
from ..values import Origin, ToolOrigin, UserOrigin
from .arguments import Argument, questions_in, replaced
from .checks import check_plan
from .clauses import clauses
from .things_asked import things_asked

FACTS_FOR_PLANNING = 4


async def recall_facts(ctx: RunContext, query: str) -> Recalled | None:
    """Put the facts that match ``query`` into the context; the event that says which, if there are any."""
    facts = await asyncio.to_thread(ctx.store.search_facts, query, FACTS_FOR_PLANNING)
    ctx.facts = tuple((fact_view(fact), fact_origin(fact)) for fact in facts)
    return recalled_facts(facts)


async def routing_turn(ctx: RunContext) -> TurnContext:
    """The turn as a route is chosen for it, with what is known about the request and not recalled yet."""
    facts = await asyncio.to_thread(ctx.store.search_facts, ctx.request, FACTS_FOR_PLANNING)
    return replace(await ctx.turn(), facts=[fact_view(fact) for fact in facts])


def fact_view(fact: Fact) -> FactView:
    return FactView(fact.id, fact.subject, fact.key, fact.value, fact.evidence_quote)


def fact_origin(fact: Fact) -> Origin:
    """Whose words a fact is made of; anything but the user's own is not trusted."""
    return UserOrigin() if fact.origin == "user" else ToolOrigin(fact.origin, "", trusted=False)


def recalled_facts(facts: Sequence[Fact]) -> Recalled | None:
    items = tuple(
        RecalledItem(id=fact.id, kind="fact", text=fact.evidence_quote, origin=fact.origin) for fact in facts
    )
    return Recalled(items=items) if items else None


async def ruled(ctx: RunContext) -> RouteByRule | None:
    """The route that the form of the request names; none where "remind me every monday …" is only a part."""
    rule = by_rule(ctx.request)
    if rule is None or rule.route != "schedule" or len(clauses(ctx.request)) == 1:
        return rule
    if not asks_to_be_reminded(ctx.request):
        return rule
    turn = await ctx.turn()

    def several(model: AgentModel) -> bool:
        return can_part(model) and model.several(turn)

    return None if await ctx.driver.ask(several, ctx.stop, ctx.meter) else rule


async def procedure_for(ctx: RunContext) -> Remembered | None:
    """What was learned and fits the request, if the user typed all of it and it is about no text."""
    if ctx.piped or ctx.text:
        return None
    views = ctx.tools.views
    return await asyncio.to_thread(remembered, ctx.store, ctx.registry, views, ctx.request)


async def make_plan(ctx: RunContext, turn: TurnContext, route: Route) -> Plan:
    """The model's plan for ``turn``, checked; raises ``PlanInvalid`` with everything that is wrong with
    it.
    """
    if route == "schedule":
        reminders = ctx.tools.views.get("set_reminder")
        repeat = reminders is not None and "repeats" in reminders.parameters.get("properties", {})
        plan = schedule_plan(turn.request, turn.now, repeat)
    else:
        stop = ctx.stop
        plan = await ctx.driver.ask(lambda model: model.plan(turn, route, stop.event), stop, ctx.meter)
    if problems := check_plan(plan, ctx.tools.views.values()):
        listed = "; ".join(map(str, problems))
        raise PlanInvalid(
            f"I could not make a plan for this that fits the tools ({listed}). Try to say it differently."
        )
    return plan


async def plan_only(ctx: RunContext) -> Plan:
    """The plan for a request that is not going to run; other routes than acting give a plan without steps."""
    scores: Mapping[Route, float] = {}
    ctx.request = (await things_asked(ctx))[-1]
    if rule := await ruled(ctx):
        route, ctx.request = rule.route, rule.request
        turn = await ctx.turn()
    elif (known := await procedure_for(ctx)) is not None and known.plan is not None:
        return known.plan
    else:
        asked = await routing_turn(ctx)
        scores = await ctx.driver.ask(lambda model: model.route(asked, ctx.stop.event), ctx.stop, ctx.meter)
        turn = await ctx.turn()
        route = by_scores(plausible(scores, ctx.request), ctx.settings.route_margin).route
    if route not in ACTING:
        return Plan(route, scores={**scores})
    await recall_facts(ctx, ctx.request)
    return replace(await make_plan(ctx, ctx.with_facts(turn), route), scores={**scores})


def planned(plan: Plan) -> Planned:
    return Planned(steps=planned_steps(plan), procedure=plan.procedure)


def not_understood(ctx: RunContext, plan: Plan) -> Iterator[Warned]:
    """A warning for each part of the request that the plan does not serve; the run counts as failed then."""
    for words in plan.not_understood:
        ctx.outcome.worsen("failed")
        yield Warned(message=f"I did not understand “{words}”, so nothing was done about it.")


def plan_changed(plan: Plan, reason: str) -> PlanChanged:
    return PlanChanged(steps=planned_steps(plan), reason=reason)


def planned_steps(plan: Plan) -> tuple[PlannedStep, ...]:
    return tuple(PlannedStep.model_validate(step.to_wire()) for step in plan.steps)


async def fill_questions(ctx: RunContext, plan: Plan) -> AsyncGenerator[EventBody, None]:
    """Ask for every argument that only the user can give, before anything runs; the plan in the outcome has
    the replies.
    """
    steps = list(plan.steps)
    for position, step in enumerate(steps):
        replies: dict[str, Any] = {}
        for name, argument in step.args.items():
            for question in questions_in(argument):
                asked = Asked()
                async for body in ask(ctx, question.question, asked, step.id, name):
                    yield body
                replies[name] = _with_reply(replies.get(name, argument), asked.reply)
        if replies:
            steps[position] = replace(step, args={**step.args, **replies})
    if tuple(steps) != plan.steps:
        ctx.outcome.plan = replace(plan, steps=tuple(steps))
        yield plan_changed(ctx.outcome.plan, "you gave what was missing")


def _with_reply(argument: Argument, reply: str) -> Argument:
    """The argument with the reply in place of its first question."""
    questions = iter(questions_in(argument))
    first = next(questions)
    return replaced(argument, lambda part: reply if part is first else part)
