"""Homewit's tools: what the agent may do, and how anyone adds to it.

    from homewit.tools import tool, ToolContext

    @tool
    def roll(sides: int = 6) -> int:
        \"\"\"Roll a die.\"\"\"

Importing this package is cheap: the network client, units and date parsing load when they are first used, and
so do the types of records.
It knows nothing of models, plans or the database behind `Records`.
"""

from typing import TYPE_CHECKING, Any

from . import beginning as beginning  # before all others
from .context import ToolContext
from .decorator import tool
from .errors import (
    ApprovalNeeded,
    DuplicateTool,
    InputNeeded,
    InvalidArguments,
    InvalidTool,
    LoginNeeded,
    MissingSetting,
    NetworkBlocked,
    PathDenied,
    SandboxUnavailable,
    ToolDenied,
    ToolError,
    ToolFailed,
    ToolRetry,
    ToolTimeout,
    UnknownTool,
)
from .loaders.python import PluginProblem
from .registry import Registry
from .result import ToolResult
from .secret import Secret
from .spec import Effect, Tool, ToolSpec

if TYPE_CHECKING:
    from .net import GuardedClient
    from .records import Expense, Note, Records, Reminder, Task
    from .sandbox import Sandbox

__all__ = [
    "ApprovalNeeded",
    "DuplicateTool",
    "Effect",
    "Expense",
    "GuardedClient",
    "InputNeeded",
    "InvalidArguments",
    "InvalidTool",
    "LoginNeeded",
    "MissingSetting",
    "NetworkBlocked",
    "Note",
    "PathDenied",
    "PluginProblem",
    "Records",
    "Registry",
    "Reminder",
    "Sandbox",
    "SandboxUnavailable",
    "Secret",
    "Task",
    "Tool",
    "ToolContext",
    "ToolDenied",
    "ToolError",
    "ToolFailed",
    "ToolResult",
    "ToolRetry",
    "ToolSpec",
    "ToolTimeout",
    "UnknownTool",
    "tool",
]

_LATE = dict.fromkeys(("Expense", "Note", "Records", "Reminder", "Task"), ".records") | {
    "GuardedClient": ".net",
    "Sandbox": ".sandbox",
}


def __getattr__(name: str) -> Any:
    """Load what is heavy or rarely needed when it is first asked for."""
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(_LATE[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
