"""A client that leaves in the middle of what it asked for leaves nothing behind."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from homewit.agent.home import find_home
from homewit.agent.hosting.conversation import Conversation
from homewit.agent.hosting.service import Notify, Service
from homewit.agent.hosting.shared import Shared


async def test_what_is_asked_at_the_last_moment_is_not_begun_behind_the_end(home: Path):
    """The agent that was being opened is closed, and the prompt that waited for it starts no run."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slowly(Service):
        async def _opened(self) -> Any:
            agent = await super()._opened()
            begun.set()
            await go_on.wait()
            return agent

    shared = Shared(find_home())
    here, there = socket.socketpair()
    with here, there:

        def service(notify: Notify) -> Service:
            return Slowly(notify, shared)

        conversation = Conversation(here.fileno(), here.fileno(), service)
        for number, (method, params) in enumerate({"initialize": {}, "prompt": {"text": "hello"}}.items()):
            request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            there.sendall(json.dumps(request).encode() + b"\n")
        ending = asyncio.Event()
        running = asyncio.create_task(conversation.run(ending))
        await begun.wait()
        ending.set()
        await running
        await conversation.close(park=False)
        go_on.set()
        if conversation._serving:
            await asyncio.wait(conversation._serving)
    assert (shared.store().list_runs(), shared.runs) == ([], {})
    await asyncio.to_thread(shared.close)
