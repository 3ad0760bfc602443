"""Tools in processes of their own, so that a crash, a hang or a leak ends a step and not the agent.

`Workers` keeps the processes, `RemoteTool` is a tool as the host sees it: its definition as data, its calls
elsewhere. `child` is the program that runs inside.
"""

from .defining import Defined, define, define_all
from .definition import Definition
from .definition_cache import DefinitionCache
from .definitions import Definitions
from .pool import Shield, Workers, no_shield
from .remote import RemoteTool
from .shield import ByDeclaration
from .source import Source
from .sources import in_folder, installed
from .worker import WorkerLimits

__all__ = [
    "ByDeclaration",
    "Defined",
    "Definition",
    "DefinitionCache",
    "Definitions",
    "RemoteTool",
    "Shield",
    "Source",
    "WorkerLimits",
    "Workers",
    "define",
    "define_all",
    "in_folder",
    "installed",
    "no_shield",
]
