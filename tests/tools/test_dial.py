"""Sockets for mail and other protocols: checked, pinned, and encrypted to whom the name belongs."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from homewit.tools import NetworkBlocked, ToolContext, ToolFailed
from homewit.tools.calling.threads import run_in_thread
from homewit.tools.net import dial


class Greeter:
    """A server that says one line to whoever connects, and counts them."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 hello\r\n")
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def greeting(context: ssl.SSLContext | None = None) -> AsyncIterator[Greeter]:
    greeter = Greeter()
    server = await asyncio.start_server(greeter.greet, "127.0.0.1", 0, ssl=context)
    greeter.port = server.sockets[0].getsockname()[1]
    try:
        yield greeter
    finally:
        server.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting(authority: trustme.CA, folder: Path) -> Path:
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return folder / "ca.pem"


def first_line(host: str, port: int, **options: object) -> bytes:
    with dial(host, port, **options) as connection:  # type: ignore[arg-type]
        return connection.recv(100)


async def test_a_service_that_the_user_named_is_reached():
    """Named with its port, a local server answers; without the name, the same one sees no connection."""
    async with greeting() as server:
        named = (f"localhost:{server.port}",)
        line = await run_in_thread(first_line, "localhost", server.port, tls=False, allow=named)
        assert (line, server.connections) == (b"220 hello\r\n", 1)
        with pytest.raises(NetworkBlocked, match="not one that is dialled"):
            await run_in_thread(first_line, "localhost", server.port, tls=False)
        assert server.connections == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "10.0.0.1", "169.254.169.254"])
async def test_a_private_address_is_not_dialled_on_any_port(host: str):
    """Neither by its name nor by number; nothing connects."""
    async with greeting() as server:
        with pytest.raises(NetworkBlocked, match="not on the public internet"):
            await run_in_thread(first_line, host, server.port, tls=False, ports={server.port})
        assert server.connections == 0


async def test_a_name_is_looked_up_once_and_the_checked_address_dialled():
    """One bad address among good ones blocks all; a later answer is never asked for."""
    asked: list[str] = []

    def answers(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14", "127.0.0.1"]

    async with greeting() as server:
        with pytest.raises(NetworkBlocked, match=r"leads to 127\.0\.0\.1"):
            await run_in_thread(
                first_line, "Mail.Example.", server.port, tls=False, ports={server.port}, lookup=answers
            )
        assert (asked, server.connections) == (["mail.example"], 0)


async def test_the_certificate_is_checked_for_the_name(authority: trustme.CA, tmp_path: Path):
    """It passes for its own name under a trusted authority; each other case ends without a byte."""
    trusted = trusting(authority, tmp_path)

    def at_loopback(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with greeting(certified(authority, "mail.example")) as server:

        async def greeted(host: str, authorities: Path | None) -> bytes:
            return await run_in_thread(
                first_line,
                host,
                server.port,
                allow=(f"{host}:{server.port}",),
                authorities=authorities,
                lookup=at_loopback,
            )

        assert await greeted("mail.example", trusted) == b"220 hello\r\n"
        with pytest.raises(ToolFailed, match=r"other\.example has no valid certificate: Hostname mismatch"):
            await greeted("other.example", trusted)
        with pytest.raises(ToolFailed, match="no valid certificate: unable to get local issuer"):
            await greeted("mail.example", None)


async def test_a_server_without_tls_is_not_spoken_to_in_the_clear(authority: trustme.CA):
    """Where encryption is expected, a plain answer is an error that says so."""
    async with greeting() as server:
        with pytest.raises(ToolFailed, match="does not speak TLS on this port"):
            await run_in_thread(first_line, "127.0.0.1", server.port, allow=(f"127.0.0.1:{server.port}",))


async def test_nobody_there():
    """The error names the server."""
    with socket.socket() as held:  # without listening, so that nobody else takes the port
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(ToolFailed, match=f"127.0.0.1:{port} could not be reached"):
            await run_in_thread(first_line, "127.0.0.1", port, tls=False, allow=(f"127.0.0.1:{port}",))


async def test_a_context_dials_what_the_settings_name(tmp_path: Path):
    """`ctx.dial` takes the services of `allowed_hosts`, and further ones for one call."""
    async with greeting() as server:
        service = f"127.0.0.1:{server.port}"
        bare = ToolContext(tmp_path)
        configured = ToolContext(tmp_path, settings={"allowed_hosts": service})
        for reached in (
            lambda: configured.dial("127.0.0.1", server.port, tls=False),
            lambda: bare.dial("127.0.0.1", server.port, tls=False, allow=(service,)),
        ):
            with await run_in_thread(reached) as connection:
                assert await run_in_thread(connection.recv, 100) == b"220 hello\r\n"
        with pytest.raises(NetworkBlocked):
            await run_in_thread(bare.dial, "127.0.0.1", server.port, tls=False)
        assert server.connections == 2
