"""The tool that a step calls to hand a part of the work to a sub-task.

Only its definition: a sub-task is carried out by ``carrying``, inside of the run. What it is asked for and
which tools it has decide what is done, so they are sinks.
"""

import asyncio
from dataclasses import dataclass, field

from ...tools import ToolError, tool
from ..events import EventBody

SUB_TASK = "sub_task"
MOST_DEEP = 2
"""A sub-task may hand on a part of its own work, and that part none of its."""


@dataclass(frozen=True)
class SubTaskResult:
    """What came of it: its answer, and how many steps it took."""

    text: str
    steps: int


@dataclass(frozen=True, slots=True)
class Nested:
    """Something that a sub-task says while it is carried out.

    It goes on only when that is ``told``: its plan has to stand in the log before its first call does.
    """

    body: EventBody
    told: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


@tool(effect="read", sinks=("prompt", "tools"), untrusted_output=True, timeout_s=3600.0)
def sub_task(
    prompt: str,
    tools: list[str] | None = None,
    data: str = "",
    max_steps: int = 8,
    max_tokens: int = 2000,
    timeout_s: float = 120.0,
) -> SubTaskResult:
    """Hand a part of the work to a sub-task with tools and limits of its own.

    Args:
        prompt: What it is to do, in words.
        tools: Names of the tools that it may use; without any it only reads the data and answers.
        data: A text for it to read; only for a sub-task without tools.
        max_steps: Steps that it may have.
        max_tokens: Tokens that its model may write.
        timeout_s: Seconds that it may take.
    """
    raise ToolError("a sub-task runs inside of a plan only")
