"""What became of a call that was cut off, as far as anybody but the user can tell; it is put in the ledger.

What it did to the user's records is undone, so that it may be made again from its start. Anything else is
told by the tool's own check, or stays ``unknown``. Knows nothing of why a call was cut off.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...memory import RecordBook, StoreError
from ...tools import Effect, ToolResult
from ...tools.errors import ToolError
from ..log.ledger import Output
from ..runs.context import RunContext
from .derivation import output_of
from .gate import Prepared

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """``failed``: it did not happen, or is undone, and may be made again. ``output`` only when it is done."""

    status: Literal["done", "failed", "unknown"]
    why: str
    output: Output | None = None


def records_of(ctx: RunContext, prepared: Prepared, args: Mapping[str, Any]) -> RecordBook:
    """The user's records for one call; one that only changes these has them so that it can be undone."""
    if prepared.tool.spec.effect is not Effect.RECORD:
        return ctx.store.records
    return ctx.store.records.in_call(ctx.ledger.key(prepared.step.id, args))


async def settle(
    ctx: RunContext, prepared: Prepared, args: Mapping[str, Any], why: str, records: RecordBook
) -> Judged:
    """Settle a call that may have happened; ``records`` are those of `records_of` for it."""
    step = prepared.step.id
    if (undone := await undo_records(prepared, records)) is not None:
        why = f"{why}{undone}"
        ctx.ledger.failed(step, why, again=True)
        return Judged("failed", why)
    done = None
    try:
        done = await prepared.tool.was_done(args, ctx.tool_context)
    except ToolError as error:  # a check that fails tells nothing
        why = f"{why}; its check failed: {error}"
        log.warning("run %s, step %s: the check of %s failed: %s", ctx.run, step, prepared.tool.name, error)
    if done is None:
        ctx.ledger.unknown(step, why)
        return Judged("unknown", why)
    if not done:
        ctx.ledger.failed(step, why, again=True)
        return Judged("failed", why)
    output = output_of(prepared, ToolResult(None, "It was done."))
    ctx.ledger.done(step, output)
    return Judged("done", why, output)


async def undo_records(prepared: Prepared, records: RecordBook) -> str | None:
    """End a call that changes only records, and undo what it did; a few words of that.

    None when that does not settle it: a record was changed since, or a plugin's tool changed none at all, and
    may have done something else in spite of what it declares.
    """
    if prepared.tool.spec.effect is not Effect.RECORD:
        return None
    try:
        undone = await asyncio.to_thread(records.undo_call)
    except StoreError as error:
        log.warning("what %s did to records could not be undone: %s", prepared.tool.name, error)
        return None
    if undone:
        return "; what it had changed is as it was"
    return "" if undone == 0 and prepared.tool.spec.source == "builtin" else None
