"""Homewit's agent: from a request to steps, approvals, effects and an answer.

    from homewit.agent import Agent

    async with Agent.open(tools=[my_tool]) as agent:
        result = await agent.run("what is 17 * 23?")

Only this module is public, with ``events``, ``requests`` and ``testing``. Importing it loads nothing: a name
is loaded when it is first asked for, so that clients of the host process pay only for what they use.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .config import Settings
    from .errors import AgentError, BudgetExceeded, ModelUnavailable, NotFound, PlanInvalid, UsageError
    from .events import Event
    from .plan import Ask, Plan, Ref, Step
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

_HOMES = {
    "config": ("Settings",),
    "errors": ("AgentError", "BudgetExceeded", "ModelUnavailable", "NotFound", "PlanInvalid", "UsageError"),
    "events": ("Event",),
    "plan": ("Ask", "Plan", "Ref", "Step"),
    "policy": ("Policy",),
    "result": ("Result",),
    "session": ("Agent",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load the module of a public name when it is first asked for."""
    if name in _HOME_OF:
        from importlib import import_module

        return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
