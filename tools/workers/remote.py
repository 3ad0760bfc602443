"""A tool whose code runs in a worker: the host holds its definition and nothing of its code.

Called like any other tool. Arguments are checked here against the definition, and once more, with the
author's own types, where it runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from ..calling.lending import LentSecrets
from ..context import ToolContext
from ..declaration.schema_check import check_arguments, schema_validator
from ..errors import ToolDied, ToolFailed
from ..result import JSONValue, ToolResult
from ..spec import ToolSpec
from .definition import Definition
from .source import Source


class Calls(Protocol):
    """What carries calls to where the code runs."""

    async def call(
        self, source: Source, definition: Definition, part: str, args: Any, ctx: ToolContext
    ) -> Any: ...


@dataclass(frozen=True)
class RemoteTool:
    """Keeps what `Tool` promises to its callers."""

    spec: ToolSpec
    source: Source
    workers: Calls = field(repr=False, compare=False)
    parts: frozenset[str] = frozenset()
    """What its code has beside the call itself: "check", "undo", "preview"."""
    validator: Callable[[Mapping[str, Any]], Any] | None = field(default=None, repr=False, compare=False)
    """The author's own types, where the host knows them; the definition's schema otherwise."""

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.spec.name

    @property
    def definition(self) -> Definition:
        """What a worker has to have for it to be called."""
        return Definition(self.spec, self.parts)

    @property
    def can_undo(self) -> bool:
        """As `Tool.can_undo`."""
        return "undo" in self.parts

    def validate(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments unchanged; raises InvalidArguments when they do not fit the definition."""
        if self.validator is not None:
            self.validator(args)
            return dict(args)
        return check_arguments(self.name, self._validator, args)

    @cached_property
    def _validator(self) -> Any:
        return schema_validator({**self.spec.parameters, "additionalProperties": False})

    async def call(self, args: Mapping[str, Any], ctx: ToolContext) -> ToolResult:
        """Run the tool; raises as `Tool.call`, and ToolDied when its process ends before it answers."""
        values, secrets = self.validate(args), self._secrets(ctx)
        with secrets.within(ctx) as own:
            done = await self.workers.call(self.source, self.definition, "call", values, own)
        if not isinstance(done, dict) or not isinstance(done.get("text"), str):
            raise ToolDied(f"{self.name}: its process said something that cannot be read")
        return ToolResult(secrets.struck(done.get("data")), secrets.struck(done["text"]))

    async def was_done(self, args: Mapping[str, Any], ctx: ToolContext) -> bool | None:
        """As `Tool.was_done`."""
        if "check" not in self.parts:
            return None
        done = await self._part("check", dict(args), ctx)
        return None if done is None else bool(done)

    async def foresee(self, args: Mapping[str, Any], ctx: ToolContext) -> str:
        """As `Tool.foresee`."""
        return str(await self._part("preview", dict(args), ctx)) if "preview" in self.parts else ""

    async def take_back(self, data: JSONValue, ctx: ToolContext) -> str:
        """As `Tool.take_back`."""
        if "undo" not in self.parts:
            raise ToolFailed(f"{self.name} cannot be undone: it has no way back.")
        return str(await self._part("undo", data, ctx))

    async def _part(self, part: str, args: Any, ctx: ToolContext) -> Any:
        secrets = self._secrets(ctx)
        with secrets.within(ctx) as own:
            return secrets.struck(await self.workers.call(self.source, self.definition, part, args, own))

    def _secrets(self, ctx: ToolContext) -> LentSecrets:
        return LentSecrets(self.name, self.spec.secrets, ctx.secret)
