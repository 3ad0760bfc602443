"""What the user has to see before calls that ask can run: the card, and what comes of the answer.

Others go on while it is open. Knows nothing of the order in which calls run, nor how they end.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...tools.errors import ToolError
from ..errors import RunStopped
from ..events import ApprovalRequested, ApprovalResolved, EventBody
from ..permission.approval import Answer, build_card
from ..permission.consent import Consent
from ..permission.grants import last_moment, offered_until
from ..runs.context import RunContext
from .gate import Prepared
from .previews import preview

News = Callable[["asyncio.Future[Any]"], Awaitable[list[EventBody]]]
"""What calls under way have said, waited for until the future is done."""


@dataclass(slots=True)
class Looked:
    """Calls that ask, with what each would do; and those that would only fail, with the reason."""

    calls: list[Prepared] = field(default_factory=list)
    previews: dict[str, str] = field(default_factory=dict)
    failing: list[tuple[Prepared, ToolError]] = field(default_factory=list)


async def look_at(ctx: RunContext, asking: Iterable[Prepared], due: set[str]) -> Looked:
    """What the card is to show; what is ``due`` and can be seen to fail is not asked for.

    Raises ``RunStopped``.
    """
    looked = Looked()
    for one in asking:
        if ctx.desk.interactive and not one.sinks_known:
            continue
        seen = await preview(ctx, one)
        if seen.error is not None and one.step.id in due:
            looked.failing.append((one, seen.error))
        else:
            looked.calls.append(one)
            looked.previews[one.step.id] = seen.text
    return looked


async def ask_for(
    ctx: RunContext, consent: Consent, looked: Looked, news: News
) -> AsyncGenerator[EventBody, None]:
    """One card for all calls that were looked at, up to its end; a yes is kept in ``consent``."""
    desk, interactive = ctx.desk, ctx.desk.interactive
    approval = desk.new_id("approval")
    if interactive:
        desk.expect(approval)
    until = offered_until(ctx.now()) if interactive else None
    card = build_card(approval, looked.calls, looked.previews, until)
    yield card
    said = Answer("deny")
    if interactive:
        answer = asyncio.ensure_future(desk.wait(approval))
        try:
            while not answer.done():
                for body in await news(answer):
                    yield body
            said = answer.result()
        except RunStopped:
            yield ApprovalResolved(approval=approval, decision="deny", by="cancelled")
            return
        finally:
            answer.cancel()
    if said.decision == "allow":
        consent.approvals.grant(looked.calls, looked.previews)
        yield await _kept(ctx, card, said, looked.calls)
        return
    consent.missing = not interactive
    yield ApprovalResolved(approval=approval, decision="deny", by="user" if interactive else "headless")


async def _kept(
    ctx: RunContext, card: ApprovalRequested, said: Answer, calls: Sequence[Prepared]
) -> ApprovalResolved:
    """The end of a card that was allowed, with what was allowed for longer."""
    scope = said.scope if said.scope in card.scopes else "once"
    given: tuple[str, ...] = ()
    if scope != "once":
        day = said.until or card.until
        until = last_moment(day, ctx.now()) if scope == "date" and day is not None else None
        given = await asyncio.to_thread(ctx.grants.give, calls, scope, until)
    return ApprovalResolved(approval=card.approval, decision="allow", by="user", scope=scope, grants=given)
