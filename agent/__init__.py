"""Homewit's agent: from a request to steps, approvals, effects and an answer.

    from homewit.agent import Agent

    async with Agent.open(tools=[my_tool]) as agent:
        result = await agent.run("what is 17 * 23?")

Only this module is public, with ``events``, ``requests`` and ``testing``. Importing it is cheap: clients of
the host process read the vocabulary without loading what serves it.
"""

from typing import TYPE_CHECKING, Any

from .errors import AgentError, BudgetExceeded, ModelUnavailable, NotFound, PlanInvalid, UsageError
from .events import Event
from .plan import Ask, Plan, Ref, Step

if TYPE_CHECKING:
    from .config import Settings
    from .policy import Policy
    from .result import Result
    from .session import Agent

__all__ = [
    "Agent",
    "AgentError",
    "Ask",
    "BudgetExceeded",
    "Event",
    "ModelUnavailable",
    "NotFound",
    "Plan",
    "PlanInvalid",
    "Policy",
    "Ref",
    "Result",
    "Settings",
    "Step",
    "UsageError",
]

_LATE = {"Agent": ".session", "Policy": ".policy", "Result": ".result", "Settings": ".config"}


def __getattr__(name: str) -> Any:
    """Load what is heavy when it is first asked for."""
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(_LATE[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
