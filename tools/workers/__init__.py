"""Tools in processes of their own, so that a crash, a hang or a leak ends a step and not the agent.

`Workers` keeps the processes, `RemoteTool` is a tool as the host sees it: its definition as data, its calls
elsewhere. `child` is the program that runs inside.
"""

from .defining import Defined, define
from .pool import Workers
from .remote import RemoteTool
from .source import Source
from .worker import WorkerLimits

__all__ = ["Defined", "RemoteTool", "Source", "WorkerLimits", "Workers", "define"]
