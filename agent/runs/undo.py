"""Takes the newest effect back that can be: a note, a task, a reminder, an expense, a change of files.

Which one that is, is read from the ledger; how it is taken back is the tool's own business, and whether it
still can be. Knows nothing of clients.
"""

import asyncio
from dataclasses import dataclass

from ...tools import Effect, ToolError
from ..errors import CallFailed, NotFound
from ..log.ledger import Output
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, in words, and the step that had done it."""

    run: str
    step: str
    tool: str
    text: str


async def undo_last(place: Workplace, session: str | None = None) -> Undone:
    """Undo the newest effect that still stands and can be taken back, of one session or of all.

    One that was changed since is left as it is, and so is everything before it. Raises NotFound, CallFailed.
    """
    store, registry = place.store, place.registry
    if session is not None:
        await asyncio.to_thread(store.get_session, session)
    tools = [registry.get(name) for name in registry.names()]
    undoable = [tool.name for tool in tools if tool.can_undo or tool.spec.effect is Effect.RECORD]
    row = await asyncio.to_thread(store.last_done, undoable, session)
    if row is None:
        where = "in this session" if session is not None else "yet"
        raise NotFound(f"There is nothing to undo: no record was kept and no file changed {where}.")
    try:
        said = await registry.get(row.tool).take_back(Output.from_wire(row.output).data, place.tool_context())
    except ToolError as error:
        raise CallFailed(f"Nothing was undone. {error}") from error
    await asyncio.to_thread(store.mark_undone, row.run, row.step)
    return Undone(row.run, row.step, row.tool, said)
