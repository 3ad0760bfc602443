"""One open connection to an MCP server, kept by a task of its own.

The SDK's client has to be entered and left by the same task; calls may come from any. Knows nothing of what
was approved.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from importlib.metadata import version
from typing import Any

from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CONNECTION_CLOSED, INVALID_PARAMS, ElicitResult, Implementation
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from ...context import ToolContext
from ...errors import ToolError, ToolFailed, ToolRetry
from ...isolation.programs import Program, start_program
from ...net import streaming_client
from ...result import ToolResult
from ...secret import Secret
from ..definition import Definition
from ..sources import McpAddress, McpProgram
from .authorization import Authorization
from .logins import Logins
from .pipes import over_pipes
from .questions import Questions
from .results import result_of

log = logging.getLogger(__name__)
_OPEN_S = 60.0
_LISTENS_S = 5.0  # long for a line that is opened at once; some servers say so with their first question only
_MOST_PAGES = 100


class Connection:
    """Made by `open`; ends with `close`, or by itself when the server does (`over`)."""

    def __init__(
        self, name: str, place: McpProgram | McpAddress, logins: Logins | None = None, mode: str = "auto"
    ) -> None:
        self._name = name
        self._place = place
        self._mode = mode
        self._authorization = _authorization(name, place, logins)
        self._client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._closing = asyncio.Event()
        self._asked: set[Questions] = set()
        self._program: Program | None = None
        self._task: asyncio.Task[None] | None = None
        self._opened = False
        self._in_session = False
        self._listening = asyncio.Event()

    @classmethod
    async def open(
        cls,
        name: str,
        place: McpProgram | McpAddress,
        ctx: ToolContext,
        logins: Logins | None = None,
        mode: str = "auto",
    ) -> "Connection":
        """Connect; raises ToolFailed with what the server said when it cannot be reached, LoginNeeded when it
        wants one.
        """
        connection = cls(name, place, logins, mode)
        connection._task = asyncio.create_task(connection._keep(ctx))
        _kept.add(connection._task)
        connection._task.add_done_callback(_kept.discard)
        try:
            async with asyncio.timeout(_OPEN_S):
                await asyncio.shield(connection._client)
        except TimeoutError as error:
            await connection.close()
            raise ToolFailed(f"The MCP server {name} did not answer within {_OPEN_S:g} seconds.") from error
        except BaseException:
            await connection.close()
            raise
        return connection

    @property
    def over(self) -> bool:
        """Whether it can be used no more."""
        ended = self._program is not None and self._program.ended
        return ended or self._closing.is_set() or self._task is None or self._task.done()

    async def close(self) -> None:
        """End the connection, and the program behind it, also when nobody waits for that any more."""
        self._closing.set()
        if self._task is not None:
            if not self._opened:
                self._task.cancel()  # a server that does not answer would be waited for
            await asyncio.wait({self._task})

    async def definitions(self) -> dict[str, Definition]:
        """All tools that the server has now, by their names."""
        client, cursor = self._client.result(), None
        found: dict[str, Definition] = {}
        with self._told("could not list its tools"):
            for _ in range(_MOST_PAGES):
                page = await client.list_tools(cursor=cursor, cache_mode="refresh")
                found |= {one.name: _definition(one) for one in page.tools}
                cursor = page.next_cursor
                if not cursor:
                    break
        return found

    async def call(self, tool: Definition, args: dict[str, Any], ctx: ToolContext, retry: bool) -> ToolResult:
        """Call a tool; `retry`: whether it does no harm to call it again after it has refused arguments.

        Raises ToolRetry, ToolFailed, LoginNeeded, or ApprovalNeeded for what the server asks meanwhile.
        """
        questions = Questions(self._name, ctx)
        self._asked.add(questions)

        async def show(progress: float, total: float | None, message: str | None) -> None:
            ctx.progress(message or (f"{progress:g} of {total:g}" if total else f"{progress:g}"))

        try:
            with self._told(f"failed at {tool.name}"):
                answer = await self._client.result().call_tool(tool.name, args, progress_callback=show)
        except ToolError as error:
            if isinstance(error.__cause__, MCPError) and error.__cause__.code == CONNECTION_CLOSED:
                self._closing.set()  # the next call gets another one
            raise
        finally:
            self._asked.discard(questions)
            questions.check()
        result = result_of(answer, structured=bool(tool.returns))
        if answer.is_error:
            message = f"{self._name} could not do {tool.name}: {result.text}"
            raise ToolRetry(message) if retry else ToolFailed(message)
        return result

    async def _keep(self, ctx: ToolContext) -> None:
        try:
            async with AsyncExitStack() as stack:
                streams = await stack.enter_async_context(self._transport(ctx))
                client = Client(
                    streams,
                    mode=self._mode,
                    elicitation_callback=self._elicited,
                    client_info=Implementation(name="homewit", version=version("homewit")),
                )
                opened = await stack.enter_async_context(client)
                if self._in_session and opened.protocol_version not in MODERN_PROTOCOL_VERSIONS:
                    with suppress(TimeoutError):  # a server that never says so asks nothing by itself
                        await asyncio.wait_for(self._listening.wait(), _LISTENS_S)
                self._opened = True
                self._client.set_result(opened)
                await self._closing.wait()
        except BaseException as error:
            if not self._client.done():
                self._client.set_exception(self._reason(error))
                self._client.exception()  # whoever waited may have been cancelled, so that nobody looks
            else:
                log.info("the connection to the MCP server %s ended: %s", self._name, error)
            if isinstance(error, asyncio.CancelledError):
                raise

    @asynccontextmanager
    async def _transport(self, ctx: ToolContext) -> AsyncIterator[Any]:
        """Something that the client enters to get its two streams."""
        place = self._place
        if isinstance(place, McpAddress):
            headers = {field: ctx.secret(name).reveal() for field, name in place.secrets.items()}
            async with streaming_client(
                allow=(place.url,), headers=headers, authorize=self._authorization
            ) as http:
                http.event_hooks["response"].append(self._answered)
                yield streamable_http_client(place.url, http_client=http)
            return
        secrets = {field: ctx.secret(name).reveal() for field, name in place.secrets.items()}
        self._program = await start_program(
            place.command,
            cwd=ctx.cwd,
            readable=place.readable,
            writable=place.writable,
            network=place.network,
            confined=place.confined,
            variables={**place.variables, **secrets},
        )
        try:
            yield over_pipes(self._program)
        finally:
            await self._program.end(0)

    async def _answered(self, response: Any) -> None:
        """Notes whether the server keeps a session, and answers to the line over which it asks in one.

        What it asks before that is lost, so no tool is called then.
        """
        self._in_session |= "mcp-session-id" in response.headers
        if response.request.method == "GET":
            self._listening.set()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turns what the SDK raises into sentences that name the server."""
        try:
            yield
        except (ToolError, asyncio.CancelledError, TimeoutError):
            raise
        except Exception as error:
            found = _innermost(error)
            message = f"The MCP server {self._name} {what}: {found}"
            if (refusal := self._refusal()) is not None:
                raise refusal from error
            if isinstance(found, MCPError):
                raise (ToolRetry if found.code == INVALID_PARAMS else ToolFailed)(message) from found
            if isinstance(found, ValidationError):
                raise ToolFailed(
                    f"The MCP server {self._name} said what the protocol does not know"
                ) from found
            raise ToolFailed(message) from found

    @property
    def lent(self) -> tuple[Secret, ...]:
        """The tokens that the server was shown so far."""
        return tuple(self._authorization.lent.values()) if self._authorization is not None else ()

    def _refusal(self) -> ToolError | None:
        return self._authorization.refusal() if self._authorization is not None else None

    def _reason(self, error: BaseException) -> ToolError:
        error = _innermost(error)
        if (refusal := self._refusal()) is not None:
            return refusal
        if isinstance(error, ToolError):
            return error
        said = self._program.last_words() if self._program is not None else ""
        why = f"{said}" if said else f"{error or type(error).__name__}"
        return ToolFailed(f"The MCP server {self._name} could not be used: {why}")

    async def _elicited(self, context: Any, params: Any) -> Any:
        """A question belongs to a call; with several under way nobody knows to which, so it stays open."""
        if len(self._asked) != 1:
            return ElicitResult(action="cancel")
        return next(iter(self._asked)).answer(params)


_kept: "set[asyncio.Task[None]]" = set()
"""The tasks of all connections, which the loop itself would not keep."""


def _authorization(name: str, place: McpProgram | McpAddress, logins: Logins | None) -> Authorization | None:
    """None for a program, and for a server that is given a secret of the user's instead."""
    if logins is None or isinstance(place, McpProgram):
        return None
    if any(field.lower() == "authorization" for field in place.secrets):
        return None
    return Authorization(name, place.url, logins)


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _definition(tool: Any) -> Definition:
    hints = tool.annotations.model_dump(exclude_none=True, by_alias=True) if tool.annotations else {}
    return Definition(
        name=tool.name,
        description=tool.description or tool.title or "",
        parameters=tool.input_schema,
        returns=tool.output_schema or {},
        hints={name: value for name, value in hints.items() if name.endswith("Hint")},
    )
