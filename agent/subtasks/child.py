"""The surroundings of a sub-task: those of its run, narrowed. Knows nothing of how it is carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...tools import Registry
from ..errors import UsageError
from ..execution.gate import Prepared
from ..planning.tool_index import ToolIndex
from ..runs.budget import Budget, Meter
from ..runs.context import RunContext
from ..runs.outcome import Outcome
from ..values import USER
from .tool import MOST_DEEP, SUB_TASK


@dataclass(frozen=True, slots=True)
class Task:
    """The arguments of a sub-task."""

    prompt: str
    tools: tuple[str, ...]
    data: str
    budget: Budget

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> "Task":
        return cls(
            args["prompt"],
            tuple(args.get("tools") or ()),
            args.get("data") or "",
            Budget(
                max_steps=args.get("max_steps", 8),
                timeout_s=args.get("timeout_s", 120.0),
                max_tokens=args.get("max_tokens", 2000),
            ),
        )


def child_of(ctx: RunContext, prepared: Prepared, task: Task) -> RunContext:
    """The context of a sub-task; the grants of its run are its own, and what it spends the run has spent.

    Raises ``UsageError`` for tools that it cannot have.
    """
    if task.tools and task.data:
        raise UsageError("a sub-task with tools reads no data; give it the data, or the tools")
    is_typed = prepared.resolved.values["prompt"].origins == USER
    registry = Registry(ctx.registry.get(name) for name in task.tools if _may_have(ctx, name))
    stop = ctx.stop.child()
    return replace(
        ctx,
        request="\n\n".join(part for part in (task.prompt, task.data) if part),
        words=f"{ctx.words}\n{task.prompt}" if is_typed else ctx.words,
        piped=task.data,
        registry=registry,
        tools=ToolIndex(registry, ctx.tools.embedder, agents=ctx.tools.agents),
        stop=stop,
        meter=Meter(task.budget, stop, ctx.meter),
        desk=replace(ctx.desk, stop=stop),
        alone=True,
        depth=ctx.depth + 1,
        facts=(),
        outcome=Outcome(),
    )


def _may_have(ctx: RunContext, name: str) -> bool:
    if name not in ctx.registry:
        raise UsageError(f"there is no tool {name!r} to give to a sub-task")
    if name == SUB_TASK and ctx.depth + 1 >= MOST_DEEP:
        raise UsageError(f"sub-tasks may be {MOST_DEEP} deep, and no deeper")
    return True
