"""What each request of a client does. Opens the agent on ``initialize`` and forwards the events of runs.

Knows nothing of how requests arrive and answers leave.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import singledispatchmethod
from typing import Any

from .. import requests
from ..errors import NotFound, UsageError
from ..home import find_home
from ..models.generating import generate
from ..queries.lookups import Queries
from ..queries.status import host_info, host_status
from ..reminding import keep_showing
from ..runs.active import ActiveRun
from ..runs.runner import Limits
from ..session import Agent
from ..threads import to_its_end
from .shared import Shared
from .standing import Standing
from .surroundings import PROGRAM, mismatch, settings_of

Notify = Callable[[str, dict[str, Any]], None]


class Shutdown(Exception):
    """The client takes leave; its runs are to be cancelled, or to rest with ``park``."""

    def __init__(self, park: bool) -> None:
        super().__init__()
        self.park = park


class Service:
    """The methods of ``requests`` over one agent."""

    def __init__(self, notify: Notify, shared: Shared, standing: Standing | None = None) -> None:
        """``standing`` is there when the process is a resident host, which other clients may share."""
        self._notify = notify
        self._shared = shared
        self._standing = standing
        self._environment: Mapping[str, str] = os.environ
        self._stack = AsyncExitStack()
        self._agent: Agent | None = None
        self._forwarding: set[asyncio.Task[None]] = set()
        self._opening = asyncio.Lock()
        self._telling: set[asyncio.Task[None]] = set()
        """What comes to the client by itself."""

    async def close(self, patience_s: float, park: bool = False) -> None:
        """Cancel what this client has going on, or leave it to be resumed, and let its last events out.

        What is scheduled is always left to be resumed: nobody cancelled it.
        """
        for task in self._telling:
            task.cancel()
        if self._telling:
            await asyncio.wait(self._telling)
        async with self._opening:  # what has begun to be opened is closed with the rest
            pass
        if self._agent is not None:
            await self._agent.firing.close()
            await (self._agent.runner.park() if park else self._agent.runner.close())
        if self._forwarding:
            await asyncio.wait(self._forwarding, timeout=patience_s)
        await self._stack.aclose()

    @singledispatchmethod
    async def handle(self, params: requests.Params) -> Any:
        """The result of a request; raises the agent's errors."""
        raise UsageError(f"{type(params).__name__} is not a request")

    @handle.register
    async def _hello(self, params: requests.Hello) -> Any:
        reason = await asyncio.to_thread(mismatch, params, self._shared.home)
        if not reason:
            self._environment = settings_of(params.environment)
        outdated = bool(reason) and await asyncio.to_thread(PROGRAM.is_outdated)
        return {"accepted": not reason, "reason": reason, "idle": self._is_alone, "outdated": outdated}

    @handle.register
    async def _host_info(self, params: requests.HostInfo) -> Any:
        return await asyncio.to_thread(host_info, self._shared, self._standing)

    @handle.register
    async def _host_stop(self, params: requests.HostStop) -> Any:
        if self._standing is None:
            raise UsageError("This host is private to its client and ends with it.")
        if not (params.now or self._is_alone):
            raise UsageError(
                f"The host has {self._standing.clients() - 1} other clients. "
                "Close them first, or stop it all the same with --now: runs can be resumed."
            )
        self._standing.end()
        return {}

    @handle.register
    async def _host_hand_on(self, _params: requests.HostHandOn) -> Any:
        if self._standing is None or not await asyncio.to_thread(PROGRAM.is_outdated):
            raise UsageError("This host is what it would be if it were started now; it keeps its place.")
        await self._standing.hand_on()
        return {}

    @handle.register
    async def _initialize(self, params: requests.Initialize) -> Any:
        async with self._opening:
            if self._agent is not None:
                raise UsageError("This host is initialized already; start another one for another home.")
            if params.home is not None and find_home(params.home) != self._shared.home:
                raise UsageError(f"This host serves {self._shared.home.path}; start another one.")
            agent = Agent.open(
                model=params.model,
                cwd=params.cwd,
                interactive=params.interactive,
                environment=self._environment,
                shared=self._shared,
            )
            self._agent = await to_its_end(self._stack.enter_async_context(agent))
            if params.interactive and params.reminded:
                place = self._agent.place
                show = keep_showing(place.store, place.now, lambda told: self._notify("reminder", told))
                self._telling.add(asyncio.create_task(show))
            if self._standing is not None:
                self._telling.add(asyncio.create_task(self._tell_when_handed_on(self._standing)))
        return await self._status()

    @handle.register
    async def _warm(self, params: requests.Warm) -> Any:
        await (await self._opened()).warm()
        return await self._status()

    @handle.register
    async def _prompt(self, params: requests.Prompt) -> Any:
        agent = await self._opened()
        waiting = agent.runner.waiting_in(params.session) if params.session else None
        if waiting is not None and waiting.open_question is not None:
            waiting.reply(waiting.open_question, params.text)
            return {"run": waiting.id, "session": waiting.session}
        limits = _limits(params)
        piped = params.piped or ""
        run = await agent.runner.start(params.text, params.session, limits, params.seed, piped)
        return self._forward(run)

    @handle.register
    async def _workflow(self, params: requests.RunWorkflow) -> Any:
        agent = await self._opened()
        ask = agent.place.workflows.start
        piped = tuple(params.piped)
        start = await asyncio.to_thread(ask, params.name, params.text, params.inputs, piped)
        run = await agent.runner.start_workflow(start, params.session, _limits(params))
        return self._forward(run)

    @handle.register
    async def _call(self, params: requests.CallTool) -> Any:
        runner = (await self._opened()).runner
        call = runner.start_call(params.tool, params.args, params.caller, params.session, _limits(params))
        return self._forward(await call)

    @handle.register
    async def _resume(self, params: requests.Resume) -> Any:
        return self._forward(await (await self._opened()).runner.resume(params.run, _limits(params)))

    @handle.register
    async def _fire(self, params: requests.Fire) -> Any:
        return self._forward(await (await self._opened()).firing.fire(params.occurrence))

    @handle.register
    async def _plan(self, params: requests.PlanOnly) -> Any:
        plan = await (await self._opened()).plan(params.text, session=params.session)
        return plan.to_wire()

    @handle.register
    async def _cancel(self, params: requests.Cancel) -> Any:
        (await self._opened()).runner.cancel(params.run)
        return {}

    @handle.register
    async def _approve(self, params: requests.Approve) -> Any:
        run = (await self._opened()).active(params.run)
        if not run.approve(params.approval, params.decision, params.scope, params.until):
            raise NotFound(f"There is no open approval {params.approval} in the run {params.run}.")
        return {}

    @handle.register
    async def _reply(self, params: requests.Reply) -> Any:
        if not (await self._opened()).active(params.run).reply(params.question, params.text):
            raise NotFound(f"There is no open question {params.question} in the run {params.run}.")
        return {}

    @handle.register
    async def _generate(self, params: requests.Generate) -> Any:
        return await generate(
            (await self._opened()).place.driver, params, lambda text: self._notify("text", {"text": text})
        )

    @handle.register
    async def _query(self, params: requests.Query) -> Any:
        agent = await self._opened()
        queries = Queries(
            agent.place, agent.runner, lambda text: self._notify("progress", {"text": text}), agent.firing
        )
        return await queries.answer(params.name, params.args)

    @handle.register
    async def _shutdown(self, params: requests.Shutdown) -> Any:
        raise Shutdown(params.park)

    @property
    def _is_alone(self) -> bool:
        return self._standing is not None and self._standing.clients() <= 1

    async def _opened(self) -> Agent:
        """The agent, also for a request that came while it was being opened."""
        async with self._opening:
            return self._present()

    def _present(self) -> Agent:
        if self._agent is None:
            raise UsageError("The first request has to be `initialize`.")
        return self._agent

    async def _status(self) -> Any:
        status = await asyncio.to_thread(host_status, self._present().place)
        return status.model_dump(mode="json")

    def _forward(self, run: ActiveRun) -> Any:
        """Send the run's events from now on; the caller's answer goes first."""

        async def forward() -> None:
            async for event in run.events():
                self._notify("event", event.to_wire())
            await self._look_at_the_program()

        task = asyncio.create_task(forward())
        self._forwarding.add(task)
        task.add_done_callback(self._forwarding.discard)
        return {"run": run.id, "session": run.session}

    async def _look_at_the_program(self) -> None:
        """After each run: a client that stays may be the only one, and then nobody else notices."""
        if not await asyncio.to_thread(PROGRAM.is_outdated):
            return
        if self._standing is not None:
            await self._standing.hand_on()
        else:
            self._notify("outdated", {})

    async def _tell_when_handed_on(self, standing: Standing) -> None:
        await standing.handed_on.wait()
        self._notify("outdated", {})


def _limits(
    params: requests.Prompt | requests.RunWorkflow | requests.CallTool | requests.Resume,
) -> Limits:
    return Limits(tuple(params.allow), params.max_steps, params.timeout_s, params.max_tokens)
