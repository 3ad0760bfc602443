"""Starts, resumes and finds runs. Several may be going on at once; they share one model.

Knows nothing of clients, and of the parts only that they are there.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ...memory import new_run_id
from ...tools import UnknownTool
from ..config import load_settings
from ..errors import CallFailed, NotFound, OutcomeUnknown, UsageError
from ..events import EventBody, StepFinished, Warned
from ..execution.executor import Executor
from ..log.commits import Commits
from ..log.journal import Given, Journal, as_logged, started
from ..log.ledger import Ledger
from ..log.resume import continue_run
from ..permission.exposure import Exposed
from ..permission.grants import Grants
from ..permission.rule_names import check_names
from ..permission.rules import Rule
from ..plan import Plan, Step
from ..planning.planner import plan_only
from ..policy import Policy
from ..result import collect
from ..store_errors import translated
from ..workflows.calling import call_of
from ..workflows.carrying import parsed, serve_workflow
from ..workflows.starting import Start
from ..workplace import Workplace
from .active import ActiveRun
from .budget import Budget, Meter
from .context import RunContext
from .desk import Desk
from .run import carry_out, serve
from .stop import Stop

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may do beyond the standing settings; None leaves a setting as it is."""

    allow: tuple[str, ...] = ()
    max_steps: int | None = None
    timeout_s: float | None = None
    max_tokens: int | None = None
    folder: Path | None = None
    """Where it works; the folder of the client by default."""


STANDING = Limits()
RESUMABLE = ("running", "unknown", "approval_needed", "input_needed")
"""Runs that did not end, or could not go on without the user."""
Flow = Callable[[RunContext], AsyncGenerator[EventBody, None]]
"""What a run does, from its first event to its answer."""


class Runner:
    """The runs of one workplace; of the others in its process it knows which are going on."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._runs: dict[str, ActiveRun] = {}
        self._all = place.runs

    async def start(
        self,
        prompt: str,
        session: str | None = None,
        limits: Limits = STANDING,
        seed: int | None = None,
        piped: str = "",
        *,
        occurrence: str | None = None,
        flow: Flow = serve,
    ) -> ActiveRun:
        """Store the request and set its run going; whatever happens after that is an event of it.

        ``occurrence``: the moment of a schedule whose run it is; ``flow``: what is done about the request.
        """
        given = Given(prompt if prompt.strip() else "", piped if piped.strip() else "")
        if not given.text:
            raise UsageError("The prompt is empty. Say what you would like to know or have done.")
        broken = await self._place.plugins.refresh()
        policy = self._granted(limits)
        journal = await self._held(partial(self._begin, given, session, seed, occurrence))
        ctx = self._context(given, policy, limits, journal.commits, journal.session, journal.user_turn)
        ctx.alone = occurrence is not None
        first = started(given, journal.session, self._place.model)
        news = (Warned(message=f"{one.source} is left out now: {one.message}") for one in broken)
        return self._go(ctx, journal, _after([first, *news], carry_out(ctx, flow(ctx))))

    async def start_workflow(
        self,
        start: Start,
        session: str | None = None,
        limits: Limits = STANDING,
        occurrence: str | None = None,
    ) -> ActiveRun:
        """Set a workflow going that was checked; raises as ``start`` does."""
        given = Given("", start.prompt) if start.caller else Given(start.prompt)
        policy = self._granted(limits)
        journal = await self._held(partial(self._begin, given, session, None, occurrence))
        ctx = self._context(given, policy, limits, journal.commits, journal.session, journal.user_turn)
        ctx.words = f"{ctx.words}\n{start.words(parsed(start))}"
        first = started(given, journal.session, self._place.model, start.to_wire())
        return self._go(ctx, journal, _after([first], carry_out(ctx, serve_workflow(ctx, start))))

    async def start_call(
        self,
        tool: str,
        args: Mapping[str, Any],
        caller: str,
        session: str | None = None,
        limits: Limits = STANDING,
    ) -> ActiveRun:
        """Set a call going that another program asks for; raises ``UsageError`` for its arguments,
        ``NotFound``.
        """
        await self._place.plugins.refresh()
        try:
            found = self._place.registry.get(tool)
        except UnknownTool as error:
            raise NotFound(str(error)) from error
        return await self.start_workflow(call_of(found, args, caller), session, limits)

    async def resume(self, run: str, limits: Limits = STANDING, *, flow: Flow = serve) -> ActiveRun:
        """Continue, from its log, a run that did not end, or could not without the user.

        One that had not begun begins with ``flow``.
        """
        if not self._place.leases.take(run):
            raise UsageError(f"The run {run} is still going on. `homewit runs cancel {run}` stops it.")
        try:
            return await self._resume(run, limits, flow)
        except BaseException:
            self._place.leases.give_back(run)
            raise

    async def _resume(self, run: str, limits: Limits, flow: Flow) -> ActiveRun:
        store, now = self._place.store, self._place.now
        with translated():
            schedule = await asyncio.to_thread(store.schedules.of_run, run)
        if schedule is not None:
            limits = replace(limits, folder=Path(schedule.folder))
        policy = self._granted(limits)
        with translated():
            stored = await asyncio.to_thread(lambda: as_logged(store, store.get_run(run)))
            if stored.status not in RESUMABLE:
                raise UsageError(f"The run {run} has ended ({stored.status}); there is nothing to resume.")
            journal, given = await asyncio.to_thread(Journal.reopen, store, now, stored)
        ctx = self._context(given, policy, limits, journal.commits, journal.session, journal.user_turn)
        ctx.request, ctx.alone = stored.prompt, schedule is not None
        return self._go(ctx, journal, carry_out(ctx, continue_run(ctx, flow)))

    async def plan(self, prompt: str, session: str | None = None) -> Plan:
        """The plan for a request; nothing is executed and nothing is stored."""
        with translated():
            nothing = Commits(self._place.store, "")
            return await plan_only(
                self._context(Given(prompt), self._place.policy, STANDING, nothing, session)
            )

    async def call_tool(self, tool: str, args: Mapping[str, Any]) -> StepFinished:
        """One call that the user typed in full, and thereby approved; logged like any run. Raises when it
        fails.
        """
        place = self._place
        await place.plugins.refresh()
        place.registry.get(tool)
        create = partial(place.store.create_run, None, f"tools call {tool}")
        run = await self._held(lambda id: asyncio.to_thread(create, id=id))
        policy = replace(place.policy, once=(Rule(tool=tool),))
        typed = "\n".join(map(str, args.values()))
        journal = Journal(place.store, run, "", "", place.now)
        ctx = self._context(Given(typed), policy, STANDING, journal.commits)
        plan = Plan("act", (Step("s1", tool, dict(args)),))
        bodies = carry_out(ctx, Executor(ctx, plan).run())
        result = await collect(self._go(ctx, journal, bodies).events())
        step = result.steps[0]
        told = step.text if step.text.startswith(tool) else f"{tool}: {step.text}"
        if step.status == "unknown":
            raise OutcomeUnknown(f"{told}. Whether it took effect is not known.")
        if step.status != "done":
            raise CallFailed(told)
        return step

    def active(self, run: str) -> ActiveRun:
        """A run of this workplace that is going on; raises ``NotFound``."""
        if run not in self._runs:
            raise NotFound(f"The run {run} is not going on here. `homewit runs list` shows all runs.")
        return self._runs[run]

    def cancel(self, run: str) -> None:
        """Ask a run to end, whoever started it; raises ``NotFound`` when it is not going on here."""
        (self._all.get(run) or self.active(run)).cancel()

    def waiting_in(self, session: str | None) -> ActiveRun | None:
        """The run of ``session`` whose question waits for an answer, if there is one."""
        waiting = (run for run in self._runs.values() if run.open_question is not None)
        return next((run for run in waiting if run.session == session), None)

    def is_busy(self, session: str | None) -> bool:
        """Whether a run of ``session`` is going on; of any session when it is None."""
        return any(session in (None, run.session) for run in self._all.values())

    async def close(self) -> None:
        """Cancel what is still going on, and wait until that is stored."""
        runs = list(self._runs.values())
        for run in runs:
            run.cancel()
        for run in runs:
            await run.close()

    async def park(self) -> None:
        """Leave what is going on as it is, to be resumed later, and wait until it rests."""
        await asyncio.gather(*(run.park() for run in list(self._runs.values())))

    def _granted(self, limits: Limits) -> Policy:
        """The policy with the grants of one run; raises ``RuleError`` for a grant that can never apply."""
        granted = Policy.of(limits.allow)
        check_names(granted.allow, self._place.registry)
        policy = self._place.policy.with_grants(limits.allow)
        if limits.folder is None or limits.folder == self._place.cwd:
            return policy
        there = Policy.of((), load_settings(self._place.home, limits.folder, environment={}).deny)
        return replace(policy, deny=(*policy.deny, *there.deny))  # what a folder refuses holds wherever from

    async def _held(self, create: Callable[[str], Awaitable[T]]) -> T:
        """Create a run under an id that is held before: one that nobody holds counts as interrupted."""
        run = new_run_id()
        self._place.leases.take(run)
        try:
            with translated():
                return await create(run)
        except BaseException:
            self._place.leases.give_back(run)
            raise

    async def _begin(
        self, given: Given, session: str | None, seed: int | None, occurrence: str | None, run: str
    ) -> Journal:
        place = self._place
        return await Journal.begin(place.store, place.now, given, session, seed, occurrence, id=run)

    def _go(self, ctx: RunContext, journal: Journal, bodies: AsyncGenerator[EventBody, None]) -> ActiveRun:
        run = ActiveRun(ctx, journal, bodies, on_end=self._forget)
        self._runs[run.id] = self._all[run.id] = run
        return run

    def _forget(self, run: str) -> None:
        self._runs.pop(run, None)
        self._all.pop(run, None)
        self._place.leases.give_back(run)

    def _context(
        self,
        given: Given,
        policy: Policy,
        limits: Limits,
        commits: Commits,
        session: str | None = None,
        user_turn: str = "",
    ) -> RunContext:
        place, stop = self._place, Stop()
        settings = place.settings
        budget = Budget(
            max_steps=settings.max_steps if limits.max_steps is None else limits.max_steps,
            timeout_s=settings.timeout_s if limits.timeout_s is None else limits.timeout_s,
            max_tokens=settings.max_tokens if limits.max_tokens is None else limits.max_tokens,
            max_model_calls=settings.max_model_calls,
            background=not place.interactive,
        )
        return RunContext(
            run=commits.run,
            session=session,
            request=given.text,
            user_turn=user_turn,
            words=given.typed,
            piped=given.piped,
            now=place.now,
            store=place.store,
            registry=place.registry,
            tools=place.tools,
            driver=place.driver,
            policy=policy,
            settings=settings,
            tool_context=place.tool_context(limits.folder),
            stop=stop,
            meter=Meter(budget, stop),
            desk=Desk(stop, place.interactive),
            ledger=Ledger(commits),
            grants=Grants(place.store, commits.run, session),
            exposed=Exposed(place.registry, place.tokens.accounts),
        )


async def _after(
    first: Iterable[EventBody], rest: AsyncGenerator[EventBody, None]
) -> AsyncGenerator[EventBody, None]:
    for body in first:
        yield body
    async with aclosing(rest) as bodies:
        async for body in bodies:
            yield body
