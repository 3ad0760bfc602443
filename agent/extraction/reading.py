"""Reads the text of one extraction: by the model, which has no tools and sees nothing but the text and what
to look for, or by rule where the model cannot read.

A long text is read part by part. Of a single value the first finding counts and is not looked for again; of
several, all do. What the text does not have is null, which is an outcome and no failure. Knows nothing of the
plan and of what the values are for.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...tools import ToolResult
from ...tools.errors import ToolFailed
from ..errors import ModelFailed
from ..model import AgentModel, ReadingModel, can_read
from ..planning.arguments import as_text
from ..runs.context import RunContext
from .fields import Field, fields_of
from .grounding import Grounds
from .labels import find_all

MOST_PARTS = 32
"""Readings of one text; a longer one is refused, not read in part."""


async def read_fields(ctx: RunContext, args: Mapping[str, Any], show: Callable[[str], None]) -> ToolResult:
    """The values, by name, and in words. ``show`` hears how far it is.

    Raises ``ToolFailed``; nothing of the text is in its message.
    """
    text = args["text"]
    try:
        fields = fields_of(args["fields"])
    except ValueError as error:
        raise ToolFailed(str(error)) from error
    if (model := await _reader(ctx)) is not None:
        found = await _by_model(ctx, model, text, fields, show)
    else:
        found = await asyncio.to_thread(find_all, text, fields, ctx.now().date())
    data = {field.name: found.get(field.name, field.nothing) for field in fields}
    return ToolResult(data, "\n".join(f"{name}: {_said(value)}" for name, value in data.items()))


async def _reader(ctx: RunContext) -> ReadingModel | None:
    """The model, if it can read; one that cannot is not loaded to find that out."""
    if not await asyncio.to_thread(ctx.driver.reads):
        return None
    model = (await ctx.driver.warm()).agent_model
    return model if can_read(model) else None


async def _by_model(
    ctx: RunContext, model: ReadingModel, text: str, fields: Sequence[Field], show: Callable[[str], None]
) -> dict[str, Any]:
    try:
        parts = await asyncio.to_thread(model.parts, text, fields)
        if len(parts) > MOST_PARTS:
            raise ToolFailed(
                f"the text is too long to be read: {len(text):,} characters are {len(parts)} parts for this "
                f"model, and {MOST_PARTS} are read at most. Narrow it down first."
            )
        found: dict[str, Any] = {}
        for number, part in enumerate(parts, 1):
            wanted = [field for field in fields if field.many or found.get(field.name) is None]
            if not wanted:
                break
            if len(parts) > 1:
                show(f"reading part {number} of {len(parts)}")
            _merge(found, wanted, await _said_of(ctx, part, wanted))
    except ModelFailed as error:
        raise ToolFailed(str(error)) from error
    return found


async def _said_of(ctx: RunContext, part: str, wanted: Sequence[Field]) -> dict[str, Any]:
    """What the model found in one part that is there."""

    def question(model: AgentModel) -> Mapping[str, Any]:
        return model.extract(part, wanted, ctx.stop.event) if can_read(model) else {}

    said = await ctx.driver.ask(question, ctx.stop, ctx.meter)
    grounds = Grounds(part, ctx.now().date())
    return {field.name: grounds.found(field, said.get(field.name)) for field in wanted}


def _merge(found: dict[str, Any], wanted: Sequence[Field], more: Mapping[str, Any]) -> None:
    for field in wanted:
        if field.many:
            found[field.name] = list(dict.fromkeys([*found.get(field.name, []), *more[field.name]]))
        else:
            found[field.name] = more[field.name]


def _said(value: Any) -> str:
    return "not found" if value is None or value == [] else as_text(value)
