"""An editor that keeps what it is told, connected with the agent's side over a pair of sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import acp
import pytest
from acp.schema import AllowedOutcome, DeniedOutcome, RequestPermissionResponse

from homewit.tui.acp_agent.agent import EditorAgent
from homewit.tui.launch import Launch
from homewit.tui.testing import FakeHost


@dataclass
class Editor:
    """The client's side; ``choose`` says which option of a question is taken, None for none of them."""

    choose: Callable[[list[str]], str | None] = lambda options: options[0]
    updates: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    agent: Any = None
    session: str = ""
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def on_connect(self, conn: Any) -> None:
        pass

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.updates.append(update)
        self._heard.set()

    async def until(self, met: Callable[[], Any]) -> None:
        """Wait for updates until something holds."""
        while not met():
            self._heard.clear()
            await self._heard.wait()

    async def request_permission(self, session_id: str, tool_call: Any, options: list[Any], **_: Any) -> Any:
        self.asked.append((tool_call, options))
        chosen = self.choose([option.option_id for option in options])
        if chosen is None:
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        return RequestPermissionResponse(outcome=AllowedOutcome(outcome="selected", option_id=chosen))

    async def say(self, *blocks: Any) -> str:
        """Send a message, and wait for the end of the turn; why it ended."""
        prompt = [acp.text_block(block) if isinstance(block, str) else block for block in blocks]
        answer = await self.agent.prompt(session_id=self.session, prompt=prompt)
        return answer.stop_reason

    def text(self, kind: str = "agent_message_chunk") -> str:
        """All that was written, of one kind."""
        return "".join(one.content.text for one in self.updates if one.session_update == kind)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The updates of one kind, without what they leave open."""
        return [
            one.model_dump(exclude_none=True, exclude={"session_update"})
            for one in self.updates
            if one.session_update == kind
        ]


@pytest.fixture
def editing(tmp_path: Path) -> Callable[..., Any]:
    """``async with editing(host) as editor``: connected and with a new session in ``tmp_path``."""

    @asynccontextmanager
    async def connected(
        host: FakeHost | None = None, session: str | None = None, **options: Any
    ) -> AsyncIterator[Editor]:
        editor, ours = Editor(**options), EditorAgent(Launch(host or FakeHost()), None)
        near, far = socket.socketpair()
        to_editor = await asyncio.open_connection(sock=near)
        to_agent = await asyncio.open_connection(sock=far)
        serving = asyncio.create_task(
            acp.run_agent(ours, to_editor[1], to_editor[0], use_unstable_protocol=True)  # type: ignore[arg-type]
        )
        editor.agent = acp.connect_to_agent(editor, to_agent[1], to_agent[0], use_unstable_protocol=True)  # type: ignore[arg-type]
        try:
            await editor.agent.initialize(protocol_version=acp.PROTOCOL_VERSION)
            if session is None:
                opened = await editor.agent.new_session(cwd=str(tmp_path), mcp_servers=[])
                editor.session = opened.session_id
            else:
                editor.session = session
                await editor.agent.load_session(cwd=str(tmp_path), session_id=session, mcp_servers=[])
            yield editor
        finally:
            await editor.agent.close()
            to_agent[1].close()
            await serving
            await ours.close()
            to_editor[1].close()
            for _, writer in (to_agent, to_editor):
                await writer.wait_closed()

    return connected
