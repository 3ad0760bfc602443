"""Takes the newest effect on Homewit's own records back: a note, a task, a reminder, an expense.

Which one that is, is read from the ledger; how it is taken back is the tool's own business, and whether it
still can be. Knows nothing of clients.
"""

import asyncio
from dataclasses import dataclass

from ..tools import Effect, ToolError
from .errors import CallFailed, NotFound
from .ledger import Output
from .workplace import Workplace


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, in words, and the step that had done it."""

    run: str
    step: str
    tool: str
    text: str


async def undo_last(place: Workplace, session: str | None = None) -> Undone:
    """Undo the newest record effect that still stands, of one session or of all.

    One that was changed since is left as it is, and so is everything before it. Raises NotFound, CallFailed.
    """
    store, registry = place.store, place.registry
    if session is not None:
        await asyncio.to_thread(store.get_session, session)
    recording = [spec.name for spec in registry.specs() if spec.effect is Effect.RECORD]
    row = await asyncio.to_thread(store.last_done, recording, session)
    if row is None:
        where = "in this session" if session is not None else "yet"
        raise NotFound(f"There is nothing to undo: no note, task, reminder or expense was kept {where}.")
    try:
        said = await registry.get(row.tool).take_back(Output.from_wire(row.output).data, place.tool_context())
    except ToolError as error:
        raise CallFailed(f"Nothing was undone. {error}") from error
    await asyncio.to_thread(store.mark_undone, row.run, row.step)
    return Undone(row.run, row.step, row.tool, said)
