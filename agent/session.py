"""The composition root: puts home, settings, database, tools, policy and model together, and offers them as
an ``Agent``.

    async with Agent.open(model="bundled", tools=[...]) as agent:
        result = await agent.run("...")
        async for event in agent.stream("..."): ...
        plan = await agent.plan("...")

Headless unless opened with ``interactive=True``: nothing is approved and no question waits. Knows nothing of
clients.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ..tools import Registry, Tool, ToolError
from ..tools.context import ClientsFor
from ..tools.loaders.mcp import Logins
from ..tools.loaders.own_tools import OwnDefinitions
from ..tools.oauth import Account, Tokens, accounts_from
from ..tools.secrets import LateStore, open_store
from ..tools.when.local_clock import local_now
from ..tools.workers.definition_cache import DefinitionCache
from ..tools.workers.definitions import Definitions
from ..tools.workers.pool import Workers, no_shield
from ..tools.workers.shield import ByDeclaration
from ..tools.workers.worker import WorkerLimits
from .config import Settings, load_settings
from .errors import ConfigError
from .events import Event
from .extraction.fields import EXTRACT
from .extraction.tool import extract
from .home import Home, find_home, prepare_home
from .hosting.program import fingerprint
from .hosting.shared import Shared
from .models.engines import LoadedModel, model_name, resolved_model
from .plan import Plan
from .planning.tool_embedder import EngineEmbedder, embedder
from .planning.tool_index import ToolIndex
from .plugins import Plugins
from .policy import Policy
from .result import Result, collect
from .runs.active import ActiveRun
from .runs.runner import Limits, Runner
from .schedules.firing import Firing
from .schedules.flows import Flows
from .schedules.tool import schedule_tools
from .subtasks.tool import SUB_TASK, sub_task
from .workflows.folder import WorkflowFolder
from .workflows.opening import Workflows
from .workplace import Workplace, granted_folders


class Agent:
    """Runs requests against one home. Made by ``open``; belongs to one event loop."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.runner = Runner(place)
        self.firing = Firing(place, self.runner)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        model: Any = None,
        home: str | Path | None = None,
        tools: Iterable[Tool[Any, Any]] = (),
        policy: Policy | None = None,
        *,
        interactive: bool = False,
        cwd: str | Path | None = None,
        now: Callable[[], datetime] = local_now,
        settings: Settings | None = None,
        environment: Mapping[str, str] = os.environ,
        shared: Shared | None = None,
    ) -> AsyncIterator["Agent"]:
        """Open the home with its database and tools; the model is loaded when it is first needed.

        ``model`` is a name ("bundled"), a path, an engine or an ``AgentModel``; None takes the configured
        one, else the bundled one. ``shared`` is for several agents in one process: its home, clock, database
        and models are used, and stay open. Raises HomeError, ConfigError or StoreUnavailable.
        """
        folder = Path(cwd or Path.cwd()).absolute()
        parts = shared or Shared(find_home(home), now)
        try:
            place = await asyncio.to_thread(
                build, parts, model, tuple(tools), policy, interactive, folder, settings, environment
            )
            agent = cls(place)
            async with AsyncExitStack() as ends:  # from the last on, each also after one that was cancelled
                ends.callback(parts.models.give_back, place.driver)
                for part in (place.workers, place.plugins, agent.runner, agent.firing):
                    ends.push_async_callback(part.close)
                yield agent
        finally:
            if shared is None:
                await asyncio.to_thread(parts.close)

    async def warm(self) -> LoadedModel:
        """Load the model now; raises ``ModelUnavailable``."""
        return await self.place.driver.warm()

    async def run(
        self,
        prompt: str,
        *,
        session: str | None = None,
        allow: Iterable[str] = (),
        max_steps: int | None = None,
        timeout_s: float | None = None,
        seed: int | None = None,
        piped: str = "",
    ) -> Result:
        """Carry a request out and return what came of it.

        Args:
            session: the conversation that it belongs to; a new one by default.
            allow: grants for this run, as after ``--allow``.
            max_steps: steps that its plan may have.
            timeout_s: seconds that it may take.
            seed: kept with the run; the agent's own model calls are greedy.
            piped: text that belongs to the request without being the user's own words.
        """
        limits = Limits(tuple(allow), max_steps, timeout_s)
        return await collect((await self.runner.start(prompt, session, limits, seed, piped)).events())

    async def stream(
        self,
        prompt: str,
        *,
        session: str | None = None,
        allow: Iterable[str] = (),
        max_steps: int | None = None,
        timeout_s: float | None = None,
        seed: int | None = None,
        piped: str = "",
    ) -> AsyncGenerator[Event, None]:
        """The events of a run as they are stored, with the arguments of ``run``; closing it early cancels the
        run.
        """
        limits = Limits(tuple(allow), max_steps, timeout_s)
        run = await self.runner.start(prompt, session, limits, seed, piped)
        async with aclosing(run.events()) as events:
            async for event in events:
                yield event

    async def resume(self, run: str) -> Result:
        """Continue an interrupted run to its end."""
        return await collect((await self.runner.resume(run)).events())

    async def plan(self, prompt: str, *, session: str | None = None) -> Plan:
        """The plan for a request; nothing is executed and nothing is stored."""
        return await self.runner.plan(prompt, session)

    def active(self, run: str) -> ActiveRun:
        """A run that is going on, to ``cancel``, ``approve`` or ``reply``; raises ``NotFound``."""
        return self.runner.active(run)


def build(
    shared: Shared,
    model: Any,
    tools: tuple[Tool[Any, Any], ...],
    policy: Policy | None,
    interactive: bool,
    cwd: Path,
    settings: Settings | None,
    environment: Mapping[str, str],
) -> Workplace:
    """All parts, opened; blocks. A ``policy`` that is given replaces the configured grants, never the
    refusals.
    """
    found = shared.home
    named = str(model) if isinstance(model, str | Path) else None
    settings = settings or load_settings(found, cwd, {"model": named}, environment)
    prepare_home(found)
    configured = Policy.of(settings.allow, settings.deny)
    accounts = read_accounts(settings)
    where = settings.secrets
    secrets = LateStore(found.path) if where == "auto" else open_store(found.path, where)
    net = ClientsFor(settings.tool_settings())
    tokens = Tokens(accounts, secrets, net)
    logins = Logins(secrets, net, accounts, tokens.client_secret)
    registry, workers, plugins = _found_tools(found, cwd, settings, logins)
    store = shared.store()
    flows = Flows(Workflows(WorkflowFolder(found.workflows), registry))
    agents = (*schedule_tools(store.schedules, flows), sub_task, extract)
    for tool in (*agents, *tools):
        registry.add(tool)
    chosen = resolved_model(settings.model, cwd) if model is None or named is not None else model
    if settings.draft is not None:
        settings = settings.model_copy(update={"draft": resolved_model(settings.draft, cwd)})
    return Workplace(
        home=found,
        cwd=cwd,
        settings=settings,
        store=store,
        registry=registry,
        workers=workers,
        secrets=secrets,
        tokens=tokens,
        logins=logins,
        tools=ToolIndex(
            registry, _embedder(settings, cwd), _hidden(settings), frozenset(tool.name for tool in agents)
        ),
        plugins=plugins,
        policy=configured if policy is None else replace(policy, deny=(*policy.deny, *configured.deny)),
        driver=shared.models.lend(chosen, settings),
        model=model_name(chosen),
        now=shared.now,
        interactive=interactive,
        leases=shared.leases,
        runs=shared.runs,
    )


def _found_tools(
    home: Home, cwd: Path, settings: Settings, logins: Logins
) -> tuple[Registry, Workers, Plugins]:
    """Homewit's own tools and those of plugins, with what runs them and what looks for new ones."""
    registry, program = Registry(), fingerprint()
    limits = WorkerLimits(memory_bytes=settings.tool_memory_mb << 20)
    roots = granted_folders(cwd, settings.roots)
    shield = ByDeclaration(roots, (home.path,)) if settings.shield else no_shield
    workers = Workers(cwd, limits, shield=shield)
    registry.load_builtins(workers, OwnDefinitions(home.own_definitions, program))
    known = Definitions(DefinitionCache(home.definitions, program), cwd, limits, shield)
    plugins = Plugins(registry, workers, known, home.tools, logins)
    plugins.load()
    return registry, workers, plugins


def _hidden(settings: Settings) -> tuple[str, ...]:
    """What is not among the tools of a request: sub-tasks, unless they are, and extraction, which comes with
    tools that need it.
    """
    return (EXTRACT,) if settings.sub_tasks else (EXTRACT, SUB_TASK)


def _embedder(settings: Settings, cwd: Path) -> EngineEmbedder | None:
    return embedder(resolved_model(settings.embedder, cwd)) if settings.embedder else None


def read_accounts(settings: Settings) -> dict[str, Account]:
    """The accounts of the settings; raises ConfigError for one that cannot be used."""
    try:
        return accounts_from(settings.oauth)
    except ToolError as error:
        raise ConfigError(f"config.toml: {error}") from error
