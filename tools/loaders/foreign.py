"""A tool whose definition came from outside, as the program sees it: strict by default.

Its results are untrusted, all of its arguments may decide where something goes, and it asks each time, unless
the user has said what it does. It knows its arguments by schema alone; who carries a call out is given to it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..calling.lending import LentSecrets
from ..context import ToolContext
from ..declaration.schema_check import check_arguments, schema_validator
from ..errors import ToolFailed, ToolTimeout
from ..result import JSONValue, ToolResult
from ..spec import Effect, ToolSpec
from .definition import Definition
from .plain_schema import plain_arguments, plain_schema

TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}
"""The result of a tool that does not say what it gives."""
_LONGEST_DESCRIPTION = 400
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")

Carry = Callable[[Mapping[str, Any], ToolContext], Awaitable[ToolResult]]


def tool_name(source: str, name: str) -> str:
    """What a foreign tool is called here: its own name in our letters, behind that of its source."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    own = _NOT_IN_NAMES.sub("_", words).strip("_") or "tool"
    prefix = _NOT_IN_NAMES.sub("_", source.lower()).strip("_")
    return (own if f"{own}_".startswith(f"{prefix}_") else f"{prefix}_{own}")[:64]


def foreign_spec(
    source: str,
    definition: Definition,
    *,
    kind: str,
    effect: Effect = Effect.SEND,
    secrets: tuple[str, ...] = (),
    untrusted: bool = True,
) -> ToolSpec:
    """The definition as models and the policy see it."""
    parameters = plain_arguments(definition.parameters)
    described = " ".join(definition.description.split())[:_LONGEST_DESCRIPTION]
    return ToolSpec(
        name=tool_name(source, definition.name),
        description=described or definition.name.replace("_", " "),
        parameters=parameters,
        returns=plain_schema(definition.returns) if definition.returns else TEXT,
        effect=effect,
        sinks=tuple(parameters["properties"]),
        secrets=secrets,
        untrusted_output=untrusted,
        source=f"{kind}:{source}",
        max_parallel=4,
    )


@dataclass(frozen=True)
class ForeignTool:
    """Keeps what `Tool` promises to its callers; there is no check, no preview and no way back."""

    spec: ToolSpec
    carry: Carry = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.spec.name

    @property
    def can_undo(self) -> bool:
        """Never."""
        return False

    def validate(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments unchanged; raises InvalidArguments when they do not fit the definition."""
        return check_arguments(self.name, self._validator, args)

    @cached_property
    def _validator(self) -> Any:
        return schema_validator(self.spec.parameters)

    async def call(self, args: Mapping[str, Any], ctx: ToolContext) -> ToolResult:
        """Run the tool within its time limit; raises as `Tool.call`."""
        values, secrets = self.validate(args), LentSecrets(self.name, self.spec.secrets, ctx.secret)
        with secrets.within(ctx) as own:
            try:
                async with asyncio.timeout(self.spec.timeout_s):
                    result = await self.carry(values, own)
            except TimeoutError as error:
                raise ToolTimeout(
                    f"{self.name} did not finish within {self.spec.timeout_s:g} seconds"
                ) from error
        return ToolResult(secrets.struck(result.data), secrets.struck(result.text))

    async def was_done(self, args: Mapping[str, Any], ctx: ToolContext) -> bool | None:
        """Nobody can tell."""
        return None

    async def foresee(self, args: Mapping[str, Any], ctx: ToolContext) -> str:
        """Nothing beyond the arguments is known."""
        return ""

    async def take_back(self, data: JSONValue, ctx: ToolContext) -> str:
        """There is no way back: raises ToolFailed."""
        raise ToolFailed(f"{self.name} cannot be undone: it has no way back.")
