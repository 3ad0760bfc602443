"""Carries out the occurrences of schedules, each as the one run that it gets.

While it is under way, the lease on it is renewed by this process; if the process dies, whoever takes the
occurrence next resumes that very run from its log. Knows nothing of when things are due.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

from ...memory import Occurrence, Schedule, ScheduleBook, StoreError
from ..errors import AgentError, UsageError
from ..events import EventBody, RouteChosen, Warned
from ..log.journal import as_logged
from ..plan import Plan, Step
from ..runs.active import ActiveRun
from ..runs.context import RunContext
from ..runs.run import carry_plan, serve
from ..runs.runner import Flow, Limits, Runner
from ..store_errors import translated
from ..workplace import Workplace
from .due import hand_out
from .flows import Flows
from .grants import Standing, standing
from .holder import is_gone, this_process
from .tool import REMIND_TOOL

log = logging.getLogger(__name__)
LEASE_S = 60.0
RENEWED_EVERY_S = 15.0
MOST_ATTEMPTS = 5
"""So often an occurrence is taken up again after the program died in it."""


class Firing:
    """For one agent; ``close`` before its runs are closed."""

    def __init__(self, place: Workplace, runner: Runner) -> None:
        self._place = place
        self._runner = runner
        self._holder = this_process()
        self._watching: dict[asyncio.Task[None], tuple[str, ActiveRun]] = {}
        """With the occurrence and its run."""

    @property
    def _book(self) -> ScheduleBook:
        return self._place.store.schedules

    async def due(self) -> list[Occurrence]:
        """What can be carried out now, having written down what has come due."""
        with translated():
            now = self._place.now()
            await asyncio.to_thread(self._book.hand_out, lambda schedule: hand_out(schedule, now))
            return await asyncio.to_thread(self._book.free, is_gone)

    async def fire(self, occurrence: str) -> ActiveRun:
        """Start the run of an occurrence, or resume the one it has; raises ``UsageError`` when somebody else
        carries it out, or it is over.
        """
        with translated():
            taken = await asyncio.to_thread(self._book.take, occurrence, self._holder, LEASE_S, is_gone)
            if taken is None:
                raise UsageError(f"The occurrence {occurrence} is being carried out, or is over.")
            schedule = await asyncio.to_thread(self._book.get, taken.schedule)
        if taken.run is not None and self._place.leases.is_held(taken.run):  # this machine has slept
            raise UsageError(f"The occurrence {occurrence} is being carried out.")
        if taken.run is not None and (taken.status != "running" or await self._has_ended(taken.run)):
            await asyncio.to_thread(self._book.settle, taken.id)
            raise UsageError(f"The occurrence {occurrence} is over: its run has ended.")
        try:
            run = await self._begin(taken, schedule)
        except (AgentError, StoreError) as error:
            await asyncio.to_thread(self._book.settle, taken.id, str(error))
            raise
        task = asyncio.create_task(self._watch(taken.id, run))
        self._watching[task] = taken.id, run
        task.add_done_callback(self._watching.pop)
        return run

    async def close(self) -> None:
        """Leave what is under way as it is: it is resumed from its log by whoever takes it next."""
        under_way = dict(self._watching)
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)
        for occurrence, run in under_way.values():
            with suppress(StoreError):
                if run.ended:
                    await asyncio.to_thread(self._book.settle, occurrence)
                else:
                    await run.park()
                    await asyncio.to_thread(self._book.give_back, occurrence, self._holder)

    async def _has_ended(self, run: str) -> bool:
        """Whether the log says so, though the program died before the run's own row did."""
        store = self._place.store
        return (await asyncio.to_thread(lambda: as_logged(store, store.get_run(run)))).status != "running"

    async def _begin(self, taken: Occurrence, schedule: Schedule) -> ActiveRun:
        if taken.attempts > MOST_ATTEMPTS:
            raise UsageError(f"The program ended {MOST_ATTEMPTS} times in the middle of this run.")
        granted = standing(schedule.allow, self._place.registry)
        limits = Limits(allow=granted.rules, folder=_folder_of(schedule))
        flow = _flow(schedule, granted)
        if taken.run is not None:
            return await self._runner.resume(taken.run, limits, flow=flow)
        if schedule.kind == "workflow":
            start = await asyncio.to_thread(Flows(self._place.workflows).start, schedule)
            return await self._runner.start_workflow(start, schedule.session, limits, taken.id)
        request = f"Remind me: {schedule.prompt}" if schedule.kind == "reminder" else schedule.prompt
        return await self._runner.start(request, schedule.session, limits, occurrence=taken.id, flow=flow)

    async def _watch(self, occurrence: str, run: ActiveRun) -> None:
        try:
            while not await run.ends_within(RENEWED_EVERY_S):
                if not await asyncio.to_thread(self._book.renew, occurrence, self._holder, LEASE_S):
                    log.warning("the lease on %s was lost; its run %s goes on", occurrence, run.id)
            await asyncio.to_thread(self._book.settle, occurrence)
        except StoreError as error:
            log.error("what came of the occurrence %s cannot be stored: %s", occurrence, error)


def _flow(schedule: Schedule, granted: Standing) -> Flow:
    """What a run of this schedule does, from its first event on."""

    async def flow(ctx: RunContext) -> AsyncGenerator[EventBody, None]:
        for reason in granted.dropped:
            yield Warned(message=reason)
        if schedule.kind != "reminder":
            bodies = serve(ctx)
        else:
            yield RouteChosen(route="schedule", decided_by="rule")
            bodies = carry_plan(ctx, await ctx.turn(), _reminder(schedule))
        async for body in bodies:
            yield body

    return flow


def _reminder(schedule: Schedule) -> Plan:
    return Plan("schedule", (Step("s1", REMIND_TOOL, {"text": schedule.prompt}),))


def _folder_of(schedule: Schedule) -> Path:
    """Where the runs of a schedule work; raises ``UsageError`` when it is gone."""
    folder = Path(schedule.folder)
    if not folder.is_dir():
        raise UsageError(
            f"The folder {folder} of the schedule is gone. Make it again, or add the schedule elsewhere."
        )
    return folder
