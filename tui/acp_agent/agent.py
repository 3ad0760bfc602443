"""What an editor may ask of Homewit, method by method; each session has a conversation with the host.

Knows nothing of how runs are told.
"""

import asyncio
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any

import acp
from acp import PROTOCOL_VERSION
from acp.schema import (
    AgentCapabilities,
    AvailableCommand,
    AvailableCommandInput,
    AvailableCommandsUpdate,
    Implementation,
    InitializeResponse,
    ListSessionsResponse,
    LoadSessionResponse,
    NewSessionResponse,
    PromptCapabilities,
    PromptResponse,
    SessionCapabilities,
    SessionCloseCapabilities,
    SessionInfo,
    SessionListCapabilities,
    UnstructuredCommandInput,
)

from .. import slash
from ..errors import TuiError
from ..launch import Launch
from .editor_session import NOT_HERE, EditorSession
from .refusals import failed, invalid

_MOST_SESSIONS = 100


class EditorAgent:
    """The agent's side of one connection with an editor."""

    def __init__(self, launch: Launch, model: str | None) -> None:
        self._launch = launch
        self._model = model
        self._editor: acp.Client | None = None
        self._sessions: dict[str, EditorSession] = {}
        self._later: set[asyncio.Task[None]] = set()

    def on_connect(self, conn: acp.Client) -> None:
        self._editor = conn

    async def initialize(self, protocol_version: int, **_: Any) -> InitializeResponse:
        return InitializeResponse(
            protocol_version=min(protocol_version, PROTOCOL_VERSION) or PROTOCOL_VERSION,
            agent_info=Implementation(name="homewit", title="Homewit", version=version("homewit")),
            agent_capabilities=AgentCapabilities(
                load_session=True,
                prompt_capabilities=PromptCapabilities(embedded_context=True),
                session_capabilities=SessionCapabilities(
                    list=SessionListCapabilities(), close=SessionCloseCapabilities()
                ),
            ),
        )

    async def new_session(
        self, cwd: str, mcp_servers: list[Any] | None = None, **_: Any
    ) -> NewSessionResponse:
        session = await self._opened(cwd, None, mcp_servers)
        return NewSessionResponse(session_id=session.id)

    async def load_session(
        self, cwd: str, session_id: str, mcp_servers: list[Any] | None = None, **_: Any
    ) -> LoadSessionResponse:
        if (known := self._sessions.pop(session_id, None)) is not None:
            await known.close()
        session = await self._opened(cwd, session_id, mcp_servers)
        await session.tell_what_was_said()
        return LoadSessionResponse()

    async def list_sessions(self, cwd: str | None = None, **_: Any) -> ListSessionsResponse:
        """All of them: a session of Homewit belongs to no folder."""
        folder = cwd or str(Path.cwd())
        async with self._launch.connected(self._model) as connection:
            rows = await _asked(connection.client.items("sessions.list", limit=_MOST_SESSIONS))
        return ListSessionsResponse(
            sessions=[
                SessionInfo(session_id=row["id"], cwd=folder, title=row["title"], updated_at=row["updated"])
                for row in rows
            ]
        )

    async def prompt(self, session_id: str, prompt: list[Any], **_: Any) -> PromptResponse:
        return PromptResponse(stop_reason=await self._session(session_id).prompt(prompt))

    async def cancel(self, session_id: str, **_: Any) -> None:
        if session_id in self._sessions:
            self._sessions[session_id].cancel()

    async def close_session(self, session_id: str, **_: Any) -> None:
        session = self._session(session_id)
        del self._sessions[session_id]
        await session.close()

    async def close(self) -> None:
        """End all sessions, and what still runs in them."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*(session.close() for session in self._sessions.values()))

    async def _opened(self, cwd: str, id_: str | None, servers: list[Any] | None) -> EditorSession:
        folder = Path(cwd)
        if not folder.is_absolute() or not folder.is_dir():
            raise invalid(f"{cwd} is no folder, or not named from the root")
        editor = self._connected()
        session = EditorSession(
            self._launch, self._model, folder, editor.session_update, editor.request_permission
        )
        try:
            await _asked(session.open(id_))
        except BaseException:
            await session.close()
            raise
        self._sessions[session.id] = session
        # The editor knows the session once it has the answer, and hears of it only then.
        self._soon(self._introduce(session.id, [str(server.name) for server in servers or ()]))
        return session

    async def _introduce(self, session_id: str, servers: list[str]) -> None:
        commands = [
            AvailableCommand(
                name=command.name,
                description=command.help,
                input=_hint(command.argument),
            )
            for command in slash.COMMANDS
            if command.name not in NOT_HERE
        ]
        editor = self._connected()
        update = AvailableCommandsUpdate(
            session_update="available_commands_update", available_commands=commands
        )
        await editor.session_update(session_id=session_id, update=update)
        if servers:
            note = (
                f"The editor's MCP servers are not used ({', '.join(servers)}). "
                "`homewit tools add` shows what a server has, and adds it when you agree.\n\n"
            )
            await editor.session_update(session_id=session_id, update=acp.update_agent_thought_text(note))

    def _session(self, session_id: str) -> EditorSession:
        if session_id not in self._sessions:
            raise invalid(f"there is no open session {session_id}")
        return self._sessions[session_id]

    def _connected(self) -> acp.Client:
        if self._editor is None:
            raise failed("no editor is connected")
        return self._editor

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_after_the_answer(work))
        self._later.add(task)
        task.add_done_callback(self._later.discard)


async def _after_the_answer(work: Coroutine[Any, Any, None]) -> None:
    await asyncio.sleep(0)
    await work


async def _asked(question: Coroutine[Any, Any, Any]) -> Any:
    """What comes of it; that the host refuses, or is gone, is told to the editor in its words."""
    try:
        return await question
    except TuiError as error:
        raise failed(str(error)) from error


def _hint(argument: str) -> AvailableCommandInput | None:
    return AvailableCommandInput(root=UnstructuredCommandInput(hint=argument)) if argument else None
