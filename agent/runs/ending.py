"""Ends a run from outside: one that is going on is asked to stop, one that was interrupted is closed.

Knows nothing of clients.
"""

import asyncio
from typing import Any

from ..errors import UsageError
from ..events import RunStatus
from ..execution.tool_kinds import is_harmless
from ..log.journal import Journal, as_logged, finished
from ..log.ledger import Ledger
from ..workplace import Workplace
from .active import ActiveRun

PATIENCE_S = 5.0
"""How long a run that is asked to stop is waited for; it may be inside a tool."""


async def end_run(place: Workplace, run: str) -> dict[str, Any]:
    """``{id, status}`` of the run afterwards; raises ``NotFound``, or ``UsageError`` when it cannot be."""
    going = place.runs.get(run)
    if going is not None:
        return {"id": run, "status": await _stopped(place, going)}
    if not place.leases.take(run):
        raise UsageError(
            f"The run {run} goes on in a process of its own (--no-host). Stop it there, with Ctrl-C."
        )
    try:  # it is looked at now that nobody can end it at the same time
        stored = await asyncio.to_thread(lambda: as_logged(place.store, place.store.get_run(run)))
        if stored.status != "running":
            raise UsageError(f"The run {run} has ended ({stored.status}); there is nothing to cancel.")
        return {"id": run, "status": await _closed(place, run)}
    finally:
        place.leases.give_back(run)


async def _stopped(place: Workplace, run: ActiveRun) -> str:
    run.cancel()
    await run.ends_within(PATIENCE_S)
    return (await asyncio.to_thread(place.store.get_run, run.id)).status


async def _closed(place: Workplace, run: str) -> RunStatus:
    """The last event that an interrupted run lacks; what nobody knows of it stays known as such."""
    store = place.store
    journal, _ = await asyncio.to_thread(Journal.reopen, store, place.now, store.get_run(run))
    begun = (await Ledger(journal.commits).entries()).values()
    uncertain = [entry.tool for entry in begun if entry.state in ("intent", "unknown")]
    status = "unknown" if any(_may_have_acted(place, tool) for tool in uncertain) else "cancelled"
    await journal.write(finished(status)).event()
    return status


def _may_have_acted(place: Workplace, tool: str) -> bool:
    """A tool that is no longer there may have done anything."""
    return tool not in place.registry or not is_harmless(place.registry.get(tool).spec)
