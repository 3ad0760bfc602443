"""A tool of Homewit's own whose code is imported when it is first used; until then, what is known of it.

What was known has to be what the code turns out to have: otherwise the tool is not called, since it may have
been allowed as something that it is not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..context import ToolContext
from ..errors import ToolDenied
from ..result import JSONValue, ToolResult
from ..spec import ToolSpec
from ..workers.definition import Definition
from ..workers.source import Source
from .python import PythonTool, load_entry


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a tool whose code has not been imported.

    Attributes:
        where: its module and name, as in an entry point.
        takes_context: whether calls are told their surroundings.
        apart: what a worker imports for calls; None when they run in this process.
    """

    where: str
    definition: Definition
    takes_context: bool
    apart: Source | None = None

    @classmethod
    def of(cls, tool: PythonTool, where: str, apart: Source | None) -> "Known":
        """What the code has."""
        return cls(where, Definition.of(tool), tool.takes_context, apart)

    def agrees(self, other: "Known") -> bool:
        """Whether both are the same in everything."""
        return (
            (self.where, self.takes_context, self.apart) == (other.where, other.takes_context, other.apart)
        ) and self.definition.agrees(other.definition)


@dataclass(frozen=True)
class DeferredTool:
    """Keeps what `Tool` promises to its callers, whose every call may raise ToolDenied.

    Args:
        mistaken: called when the code has something else than was known.
    """

    known: Known
    mistaken: Callable[[], None] = field(repr=False, compare=False)

    @cached_property
    def tool(self) -> PythonTool:
        """The tool itself; raises ToolDenied when it is not what was known."""
        found: PythonTool = load_entry(self.known.where)
        if not Known.of(found, self.known.where, self.known.apart).agrees(self.known):
            self.mistaken()
            raise ToolDenied(
                f"{self.name} was not called: its code is not what was kept of it in the home folder. "
                "What was kept is deleted now; `homewit host stop`, and try again."
            )
        return replace(found, spec=self.spec)

    @property
    def spec(self) -> ToolSpec:
        """Its definition."""
        return self.known.definition.spec

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.spec.name

    @property
    def takes_context(self) -> bool:
        """As `Tool.takes_context`."""
        return self.known.takes_context

    @property
    def can_undo(self) -> bool:
        """As `Tool.can_undo`."""
        return "undo" in self.known.definition.parts

    def validate(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """As `Tool.validate`."""
        return self.tool.validate(args)

    async def call(self, args: Mapping[str, Any], ctx: ToolContext) -> ToolResult:
        """As `Tool.call`."""
        return await self.tool.call(args, ctx)

    async def was_done(self, args: Mapping[str, Any], ctx: ToolContext) -> bool | None:
        """As `Tool.was_done`."""
        return await self.tool.was_done(args, ctx)

    async def foresee(self, args: Mapping[str, Any], ctx: ToolContext) -> str:
        """As `Tool.foresee`."""
        return await self.tool.foresee(args, ctx)

    async def take_back(self, data: JSONValue, ctx: ToolContext) -> str:
        """As `Tool.take_back`."""
        return await self.tool.take_back(data, ctx)
