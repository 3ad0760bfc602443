"""One call of one tool: intent, run, outcome. The only place from which tools are run.

A call that was cut off (stop, timeout, crash) and may have changed something ends as ``unknown``, unless what
it did to the user's records can be undone or the tool's own check can tell. Knows nothing of the rest of the
plan.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from traceback import format_tb
from typing import Any

from ...memory import RecordBook
from ...tools import ToolResult
from ...tools.errors import (
    ApprovalNeeded,
    InputNeeded,
    InvalidArguments,
    ToolDied,
    ToolError,
    ToolRetry,
    ToolTimeout,
)
from ..errors import RunStopped
from ..events import EventBody, StepFinished, StepOutput
from ..extraction.fields import EXTRACT
from ..extraction.reading import read_fields
from ..log.ledger import Output
from ..runs.context import RunContext
from ..values import Origins, ToolOrigin
from .cut_off import records_of, settle, undo_records
from .derivation import output_of, written_by
from .endings import end_of
from .gate import Prepared
from .showing import Showing
from .tool_kinds import is_harmless
from .traced_records import TracedRecords

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a call failed, beyond its words: where these come from, and whether other arguments may help.

    ``question`` has to be answered by the user, for ``argument``; to ``wish`` the user has to agree.
    """

    origins: Origins
    retry: bool = False
    question: str = ""
    argument: str = ""
    wish: str = ""


Said = EventBody | Output | Fault
_End = Callable[..., StepFinished]
"""`end_of` for the call at hand."""


async def call_tool(ctx: RunContext, prepared: Prepared) -> AsyncGenerator[Said, None]:
    """Events of the call after its start; its output, or its fault, comes right before the last of them.

    Outcomes are given to the ledger without waiting for the disk: whatever is done with them is written
    behind them. Raises the reason when the run is stopped during the call, after having accounted for the
    step.
    """
    step, args = prepared.step, prepared.resolved.plain()
    end = partial(end_of, step.id, step.tool, args, began=monotonic())
    await ctx.ledger.intend(step.id, step.tool, args)
    showing = Showing(prepared.step.id)
    stranger = ToolOrigin(prepared.tool.spec.name, step.id, trusted=False)
    book = records_of(ctx, prepared, args)
    records = TracedRecords(book, written_by(prepared), stranger)
    task = asyncio.ensure_future(_run(ctx, prepared, args, showing, records))
    try:
        async for body in _while_running(task, showing.queue):
            yield body
        result = task.result()
    except ToolError as error:
        _log_place(ctx, prepared, error)
        for said in await _after_error(ctx, prepared, error, book, records.origins(), end):
            yield said
    except RunStopped as stopped:
        yield await _cut_off(ctx, prepared, book, end)
        raise stopped
    else:
        output = output_of(prepared, result, records.origins())
        ctx.ledger.done(step.id, output)
        yield output
        yield end("done", output)
    finally:
        book.end_call()
        task.cancel()


async def _after_error(
    ctx: RunContext, prepared: Prepared, error: ToolError, book: RecordBook, read: Origins, end: _End
) -> list[Said]:
    """Account for a call that has raised; what is said of it."""
    step = prepared.step.id
    if isinstance(error, (ToolTimeout, ToolDied)) and not is_harmless(prepared.tool.spec):
        judged = await settle(ctx, prepared, prepared.resolved.plain(), str(error), book)
        if judged.output is None:
            return [end(judged.status, why=judged.why)]
        return [StepOutput(id=step, text=str(error)), judged.output, end("done", judged.output)]
    if book.has_written:
        await undo_records(prepared, book)  # nothing is half done
    ctx.ledger.failed(step, str(error))
    return [fault_of(error, prepared, read), end("failed", why=str(error))]


async def _cut_off(ctx: RunContext, prepared: Prepared, book: RecordBook, end: _End) -> StepFinished:
    """Account for a call during which the run was stopped."""
    step, why = prepared.step.id, "it was cut off while it ran"
    if is_harmless(prepared.tool.spec):
        ctx.ledger.failed(step, why)
        return end("failed", why=why)
    if (undone := await undo_records(prepared, book)) is not None:
        ctx.ledger.failed(step, why + undone, again=True)
        return end("failed", why=why + undone)
    ctx.ledger.unknown(step, why)
    return end("unknown", why=why)


def fault_of(error: ToolError, prepared: Prepared, read: Origins = frozenset()) -> Fault:
    """What the failure of a call, or of its preview, means; its words derive from all that a result would."""
    origins = output_of(prepared, ToolResult(None, ""), read).origins
    match error:
        case InputNeeded(question=question, argument=argument):
            return Fault(origins, question=question, argument=argument)
        case ApprovalNeeded(what=what):
            return Fault(origins, wish=what)
        case ToolRetry() | InvalidArguments():
            return Fault(origins, retry=True)
    return Fault(origins)


def _log_place(ctx: RunContext, prepared: Prepared, error: ToolError) -> None:
    """Where the tool's own code failed, for its author. No values: what they hold may be secret."""
    if error.__cause__ is not None:
        place = "".join(format_tb(error.__cause__.__traceback__))
        log.info("run %s, step %s: %s\n%s", ctx.run, prepared.step.id, error, place)


async def _run(
    ctx: RunContext,
    prepared: Prepared,
    args: dict[str, Any],
    showing: Showing,
    records: TracedRecords,
) -> ToolResult:
    context = replace(
        ctx.tool_context,
        progress=showing.progress,
        output=showing.output,
        records=records,
        approved=prepared.wishes,
        call_key=ctx.ledger.key(prepared.step.id, args),
    )
    if prepared.tool.name == EXTRACT:
        return await read_fields(ctx, args, showing.progress)
    return await ctx.stop.race(prepared.tool.call(args, context))


async def _while_running(
    task: "asyncio.Future[Any]", shown: "asyncio.Queue[StepOutput]"
) -> AsyncGenerator[StepOutput, None]:
    """What the call shows, until it is over."""
    while not task.done():
        body = asyncio.ensure_future(shown.get())
        await asyncio.wait({task, body}, return_when=asyncio.FIRST_COMPLETED)
        if body.done():
            yield body.result()
        else:
            body.cancel()
    while not shown.empty():
        yield shown.get_nowait()
