"""Waits for the browser that comes back to this machine from a login.

The only thing in Homewit that listens on a port. Knows nothing of what is asked of the server of the login.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs

_MOST_CALLING = 100  # who says nothing longest makes room


@asynccontextmanager
async def awaiting_browser(path: str, state: str) -> AsyncIterator[tuple[str, "asyncio.Future[str]"]]:
    """Listen on a free port of this machine for a browser that comes back from a login.

    Gives the address to come back to, and the whole address that it came back with. It listens
    until the block ends. Whoever else calls in, without the `state` that only the
    server of the login was told, is answered and ignored; whoever calls in and says nothing is kept, since a
    browser may take its time, and so may this machine.
    """
    came: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    calling: list[asyncio.StreamWriter] = []
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(calling) == _MOST_CALLING:
            calling.pop(0).close()
        calling.append(writer)
        try:
            head = (await reader.readuntil(b"\r\n")).decode("latin-1").split(" ")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            head = []
        asked, _, query = head[1].partition("?") if len(head) == 3 and head[0] == "GET" else ("", "", "")
        meant = asked == path and state in parse_qs(query).get("state", ())
        text = b"You are logged in and can close this page." if meant else b"There is nothing here."
        writer.write(
            b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\n" % (b"200 OK" if meant else b"404 Not Found")
        )
        writer.write(b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(text), text))
        with suppress(ConnectionError):
            await writer.drain()
        if writer in calling:
            calling.remove(writer)
        writer.close()
        if meant and not came.done():
            came.set_result(f"{origin}{head[1]}")

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        one = asyncio.ensure_future(answer(reader, writer))
        answering.add(one)
        one.add_done_callback(answering.discard)

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield f"{origin}{path}", came
    finally:
        server.close()
        came.cancel()
        for writer in calling:
            writer.close()
        if answering:
            await asyncio.wait(answering)
