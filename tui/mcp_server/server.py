"""The MCP server: its two methods, ``tools/list`` and ``tools/call``, in both eras of the protocol.

The handshake era asks the user with a request of the server's own, that of 2026-07-28 by answering with a
form. Ends when stdin does. Knows nothing of what tools do.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ElicitRequest,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from ...agent.requests import ERROR_NOT_FOUND, CallTool
from ..errors import HostStopped, RequestFailed, TuiError
from ..launch import Launch
from . import asking
from .calls import Call, Tell
from .hosts import Hosts
from .inbox import Inbox
from .offer import Offer
from .outcome import failed
from .parked import Parked
from .pipes import over_stdio

_INSTRUCTIONS = (
    "Tools of the user's own machine, run by Homewit: files in the working folder, notes, tasks, "
    "reminders, expenses, calendar, contacts, mail, and what the user added. What changes files or leaves "
    "the machine is put before the user first."
)
_LATE = "The question has expired, or belongs to another call. Call the tool again."


async def serve(launch: Launch, offer: Offer, allow: Sequence[str], timeout_s: float | None) -> None:
    """Serve the client at stdin and stdout until it leaves; raises ``TuiError`` once no host can be had.

    ``allow``: rules for what runs without asking; ``timeout_s``: what a call may take.
    """
    hosts = Hosts(launch)
    serving = Serving(hosts, offer, allow, timeout_s)
    try:
        async with over_stdio() as (heard, said):
            server = serving.server()
            running = asyncio.create_task(server.run(heard, said, server.create_initialization_options()))
            try:
                await asyncio.wait({running, hosts.failed}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
    finally:
        await hosts.close()
    if hosts.failed.done():
        raise hosts.failed.result()


class Serving:
    """What the two methods do."""

    def __init__(self, hosts: Hosts, offer: Offer, allow: Sequence[str], timeout_s: float | None) -> None:
        self._hosts = hosts
        self._offer = offer
        self._allow = allow
        self._timeout_s = timeout_s
        self._parked = Parked()
        self._session: str | None = None
        """That of all calls, so that what the earlier ones let in counts for the later ones."""
        self._first = asyncio.Lock()

    def server(self) -> "Server[Any]":
        return Server(
            "homewit",
            version=version("homewit"),
            title="Homewit",
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def _list(
        self, ctx: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "The list has one page.")
        try:
            inbox = await self._hosts.get(_can_ask(ctx))
            items = await inbox.client.items("tools.list", schemas=True)
        except TuiError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        return ListToolsResult(tools=self._offer.tools(items))

    async def _call(
        self, ctx: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        if not self._offer.has(params.name):
            raise MCPError(INVALID_PARAMS, f"There is no tool named {params.name!r} here.")
        call: Call | None = None
        try:
            if params.request_state is not None:
                call = self._parked.take(params.request_state, params.name, params.arguments or {})
                if call is None:
                    raise MCPError(INVALID_PARAMS, _LATE)
                if call.need is not None and asking.key(call.need) not in (params.input_responses or {}):
                    return self._ask(call, call.need)
                await call.answer(params.input_responses)
            else:
                call = await self._begin(ctx, params)
            return await self._follow(ctx, call)
        except HostStopped as error:
            return failed(f"{error}. Whether the call took effect: homewit runs list")
        except RequestFailed as error:
            if error.code == ERROR_NOT_FOUND:
                raise MCPError(INVALID_PARAMS, str(error)) from error
            return failed(str(error))
        except TuiError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        except asyncio.CancelledError:
            if call is not None:
                call.stop()
            raise

    async def _begin(self, ctx: ServerRequestContext[Any], params: CallToolRequestParams) -> Call:
        asks = _can_ask(ctx)
        inbox = await self._hosts.get(asks)
        request = CallTool(
            tool=params.name,
            args=params.arguments or {},
            caller=_name_of(ctx),
            allow=list(self._allow),
            timeout_s=self._timeout_s,
        )

        def make(session: str | None) -> Call:
            return Call(inbox, request.model_copy(update={"session": session}), asks)

        try:
            return await self._in_session(make)
        except RequestFailed as error:
            if error.code != ERROR_NOT_FOUND or not await self._has_lost_session(inbox):
                raise
        return await self._in_session(make)

    async def _in_session(self, make: Callable[[str | None], Call]) -> Call:
        """A call that the host has taken; the first one begins the session."""
        if self._session is not None:
            return await _taken(make(self._session))
        async with self._first:
            call = await _taken(make(self._session))
            self._session = (await call.accepted()).session
        return call

    async def _has_lost_session(self, inbox: Inbox) -> bool:
        """Whether the user has removed the session meanwhile."""
        if self._session is None:
            return False
        try:
            await inbox.client.item("sessions.show", id=self._session)
        except RequestFailed:
            self._session = None
        return self._session is None

    async def _follow(
        self, ctx: ServerRequestContext[Any], call: Call
    ) -> CallToolResult | InputRequiredResult:
        tell = _progress(ctx)
        while True:
            told = await call.follow(tell)
            if isinstance(told, CallToolResult):
                return told
            if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
                return self._ask(call, told)
            await call.answer({asking.key(told): await _elicited(ctx, asking.form(told))})

    def _ask(self, call: Call, need: asking.Need) -> InputRequiredResult:
        """The form instead of a result; the client makes the call again with what was filled in."""
        asked: dict[str, Any] = {asking.key(need): ElicitRequest(params=asking.form(need))}
        return InputRequiredResult(input_requests=asked, request_state=self._parked.put(call))


async def _taken(call: Call) -> Call:
    try:
        await call.accepted()
    except asyncio.CancelledError:
        call.stop()
        raise
    return call


async def _elicited(ctx: ServerRequestContext[Any], asked: Any) -> object:
    """The client's answer; one that answers with an error has not agreed."""
    try:
        return await ctx.session.elicit_form(asked.message, asked.requested_schema, ctx.request_id)
    except (MCPError, ValueError):
        return None


def _progress(ctx: ServerRequestContext[Any]) -> Tell:
    steps = 0

    async def tell(text: str) -> None:
        nonlocal steps
        steps += 1
        await ctx.session.report_progress(steps, message=text)

    return tell


def _can_ask(ctx: ServerRequestContext[Any]) -> bool:
    """Whether the client shows forms to its user; one that names no kind shows these."""
    told = ctx.session.client_capabilities
    if told is None or told.elicitation is None:
        return False
    return told.elicitation.form is not None or told.elicitation.url is None


def _name_of(ctx: ServerRequestContext[Any]) -> str:
    client = ctx.session.client_params
    return client.client_info.name if client is not None else ""
