"""What calls would do, asked of their tools before the user is, and again right before they run.

The card shows it, and the consent holds only while the tool still says the same: when a file has changed
since, the user sees what would happen now. Knows nothing of cards and plans.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ...tools.errors import ToolError
from ..runs.context import RunContext
from .gate import Prepared


@dataclass(frozen=True, slots=True)
class Preview:
    """What a tool says of a call as things are now, or why the call would fail."""

    text: str = ""
    error: ToolError | None = None


@dataclass(frozen=True, slots=True)
class LookedAgain:
    """Whether a call would still do what was approved."""

    same: bool


async def preview(ctx: RunContext, prepared: Prepared) -> Preview:
    """Ask the tool; nothing for a call whose arguments are not all known. Raises the reason when stopped."""
    if not prepared.complete:
        return Preview()
    args = prepared.resolved.plain()
    try:
        return Preview(await ctx.stop.race(prepared.tool.foresee(args, ctx.tool_context)))
    except ToolError as error:
        return Preview(error=error)


async def look_again(ctx: RunContext, prepared: Prepared, shown: str) -> "AsyncGenerator[LookedAgain, None]":
    """Compare with what was shown."""
    yield LookedAgain(await preview(ctx, prepared) == Preview(shown))
