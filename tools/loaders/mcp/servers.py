"""The MCP servers that were added: connected when one of their tools is first called, then kept.

On each new connection the definitions are compared with the approved ones; a tool that changed is refused and
told. Belongs to one event loop.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...calling.lending import LentSecrets
from ...context import ToolContext
from ...errors import ToolDenied, ToolFailed
from ...result import ToolResult
from ...spec import Effect
from ..definition import Definition, what_changed
from ..foreign import ForeignTool, foreign_spec
from ..sources import McpAddress, McpProgram, Source
from .logins import Logins

if TYPE_CHECKING:
    from .connection import Connection

Tell = Callable[[str, Mapping[str, list[str]]], None]


class McpServers:
    """Connections by the names of sources."""

    def __init__(self, tell: Tell = lambda source, changes: None, logins: Logins | None = None) -> None:
        self._tell = tell
        self._logins = logins
        self._connections: dict[str, tuple[Source, Connection]] = {}
        self._changed: dict[str, dict[str, list[str]]] = {}
        self._times_closed = 0
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def tools(self, source: Source) -> list[ForeignTool]:
        """The approved tools of a source; nothing is contacted."""
        return [
            self._tool(source, one) for name, one in source.approved.items() if name not in source.suspended
        ]

    def _tool(self, source: Source, definition: Definition) -> ForeignTool:
        effect = source.effects.get(definition.name, Effect.SEND)
        secrets = tuple(_place(source).secrets.values())
        spec = foreign_spec(source.name, definition, kind="mcp", effect=effect, secrets=secrets)

        async def carry(args: Mapping[str, Any], ctx: ToolContext) -> ToolResult:
            connection = await self._connected(source, ctx)
            if changes := self._changed.get(source.name, {}).get(definition.name):
                raise ToolDenied(
                    f"{spec.name} is not what you approved: {'; '.join(changes)}. "
                    f"`homewit tools add {source.name}` shows what changed and asks you again."
                )
            harmless = effect in (Effect.READ, Effect.NETWORK)
            for name in secrets:
                ctx.secret(name)  # what the connection was opened with is struck out of this call, too
            lent = LentSecrets(spec.name, (), ctx.secret, list(connection.lent))
            with lent.within(ctx) as own:
                try:
                    result = await connection.call(definition, dict(args), own, retry=harmless)
                finally:
                    lent.also(connection.lent)
            return ToolResult(lent.struck(result.data), lent.struck(result.text))

        return ForeignTool(spec, carry)

    async def definitions(self, source: Source, ctx: ToolContext) -> dict[str, Definition]:
        """What a source has now, over a connection of its own; raises ToolFailed."""
        connection = await self._open(source, ctx)
        try:
            return await connection.definitions()
        finally:
            await connection.close()

    async def forget(self, name: str) -> None:
        """Close the connection to a source that was removed or approved anew."""
        self._changed.pop(name, None)
        if (known := self._connections.pop(name, None)) is not None:
            await known[1].close()

    async def close(self) -> None:
        """Close all connections; those that are being opened close when they are open."""
        self._times_closed += 1
        for name in list(self._connections):
            await self.forget(name)

    async def _connected(self, source: Source, ctx: ToolContext) -> "Connection":
        async with self._opening[source.name]:
            before, present = self._connections.get(source.name, (None, None))
            if present is not None:
                if before == source and not present.over:
                    return present
                await present.close()
            closed_before = self._times_closed
            connection = await self._open(source, ctx)
            try:
                self._compare(source, await connection.definitions())
                if self._times_closed != closed_before:
                    raise ToolFailed(f"{source.name} was not called: all connections were closed meanwhile.")
            except BaseException:
                await connection.close()
                raise
            self._connections[source.name] = source, connection
            return connection

    async def _open(self, source: Source, ctx: ToolContext) -> "Connection":
        try:
            from .connection import Connection  # the SDK takes a second to load
        except ImportError as error:
            raise ToolFailed(
                "MCP servers need an extra that is not installed: pip install 'homewit[mcp]'."
            ) from error
        return await Connection.open(source.name, _place(source), ctx, self._logins)

    def _compare(self, source: Source, now: Mapping[str, Definition]) -> None:
        changes = {
            name: what_changed(before, now[name]) if name in now else ["the server has it no more"]
            for name, before in source.approved.items()
            if name not in now or now[name].digest != before.digest
        }
        self._changed[source.name] = changes
        if changes:
            self._tell(source.name, changes)


def _place(source: Source) -> McpProgram | McpAddress:
    if not isinstance(source.place, (McpProgram, McpAddress)):
        raise ToolDenied(f"{source.name} is no MCP server")
    return source.place
