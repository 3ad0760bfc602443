"""Everything one run works with, handed from part to part; made by the session, and by nobody else.

Fields that change during a run are few and named here: the user's words grow by replies, and the outcome is
filled in.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...memory import LedgerRow, Store
from ...tools import Registry, ToolContext
from ..config import Settings
from ..execution.resolve import Sources
from ..execution.tool_kinds import reaches_outside
from ..log.ledger import Ledger, Output
from ..model import Exchange, FactView, ToolView, TurnContext
from ..models.driver import ModelDriver
from ..permission.exposure import Exposed
from ..permission.grants import Grants
from ..planning.tool_index import ToolIndex
from ..policy import Policy
from ..values import PIPE, MemoryOrigin, Origin
from .budget import Meter
from .desk import Desk
from .outcome import Outcome
from .stop import Stop

HISTORY = 4
PIPED = "(A text through a pipe.)"


@dataclass(slots=True)
class RunContext:
    run: str
    session: str | None
    request: str
    user_turn: str
    """Id of the stored turn that holds the request."""
    words: str
    """All that the user typed for this run: the request and the replies to its questions."""
    piped: str
    """What came through a pipe for this run; it is part of the request, but not the user's own words."""
    now: Callable[[], datetime]
    store: Store
    registry: Registry
    tools: ToolIndex
    driver: ModelDriver
    policy: Policy
    settings: Settings
    tool_context: ToolContext
    stop: Stop
    meter: Meter
    desk: Desk
    ledger: Ledger
    grants: Grants
    exposed: Exposed
    depth: int = 0
    """How many sub-tasks it is inside of."""
    alone: bool = False
    """Whether earlier requests of the session have no say, as where the same is asked every day."""
    text: str = ""
    """What the request is about, where that was told apart from it."""
    facts: tuple[tuple[FactView, Origin], ...] = ()
    """Facts recalled for this request, each with the origin of its words."""
    outcome: Outcome = field(default_factory=Outcome)

    def sources(self) -> Sources:
        """What the literals of this run's plan may come from."""
        return Sources(self.words, self.facts, piped=bool(self.piped))

    async def look_back(self) -> None:
        """Take in what was in view when the plan was made, and what the session had let in before, where a
        step of the plan reaches outside.
        """
        self.exposed.add(MemoryOrigin(fact.id, origin) for fact, origin in self.facts)
        self.exposed.add(PIPE if self.piped else ())
        steps = self.outcome.plan.steps if self.outcome.plan else ()
        if (
            self.session is not None
            and not self.alone
            and any(reaches_outside(self.registry, step.tool) for step in steps)
        ):
            await asyncio.to_thread(self.exposed.look_back, self.store, self.session, self.run)

    async def turn(self) -> TurnContext:
        """The request as a model may see it."""
        history: list[Exchange] = []
        if self.session is not None and not self.alone:
            history = await asyncio.to_thread(recent_exchanges, self)
        return TurnContext(
            request=self.request,
            now=self.now(),
            tools=await self._offered(),
            facts=[fact for fact, _ in self.facts],
            history=history,
            catalogue=self.tools,
            typed=not self.piped or self.text == self.piped,
            text=self.text,
        )

    async def _offered(self) -> Sequence[ToolView]:
        """An embedder takes its time, so it is not asked on the event loop."""
        if self.tools.embedder is None:
            return self.tools.offer(self.request)
        return await asyncio.to_thread(self.tools.offer, self.request)

    def with_facts(self, turn: TurnContext) -> TurnContext:
        """``turn`` with the facts that have been recalled since it was made."""
        return replace(turn, facts=[fact for fact, _ in self.facts])


def recent_exchanges(ctx: RunContext) -> list[Exchange]:
    """The last few requests of the session that were answered, oldest first, without this run's own."""
    exchanges: list[Exchange] = []
    asked: str | None = None
    piped: set[str | None] = set()
    for turn in ctx.store.turns(ctx.session or ""):
        if turn.run == ctx.run:
            continue
        if turn.piped:
            piped.add(turn.run)
            asked = asked or PIPED
        elif turn.role == "user":
            asked = turn.text
        elif asked is not None:
            steps = ctx.store.ledger(turn.run) if turn.run else []
            # An answer without steps was written with the earlier ones in view, and may repeat them.
            repeats = not steps and any(one.outside for one in exchanges)
            reads = any(_reads_outside(ctx.registry, step) for step in steps)
            exchanges.append(Exchange(asked, turn.text, repeats or reads or turn.run in piped))
            asked = None
    return exchanges[-HISTORY:]


def _reads_outside(registry: Registry, step: LedgerRow) -> bool:
    """Whether a step gave what strangers may have written; a tool that is gone might have."""
    if step.tool not in registry or registry.get(step.tool).spec.untrusted_output:
        return True
    if step.state != "done":
        return False
    return not all(origin.trusted for origin in Output.from_wire(step.output).origins)
