"""The guarded client: pinned addresses, checked redirects, answers that cost no more than their limits."""

import asyncio
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from homewit.tools import NetworkBlocked, ToolFailed
from homewit.tools.net import GuardedClient, Limits

from .dials import NAMES, PUBLIC, Dials, client, reply, resolve
from .loopback import page, serve


async def test_the_checked_address_is_dialled_with_the_name_kept():
    """The transport sees the address; Host and the TLS name are those of the URL."""
    dials = Dials()
    await client(dials).get("https://example.com/x")
    (request,) = dials.requests
    assert str(request.url) == f"https://{PUBLIC}/x"
    assert request.headers["host"] == "example.com"
    assert request.extensions["sni_hostname"] == "example.com"


async def test_a_second_dns_answer_changes_nothing():
    """A name that answers first publicly and then with loopback is resolved once per hop."""
    for _ in range(50):
        answers = iter([[PUBLIC], ["127.0.0.1"]])
        asked: list[str] = []

        async def rebinding(host: str, port: int, answers=answers, asked=asked) -> list[str]:
            asked.append(host)
            return next(answers)

        dials = Dials({"rebind.example/": httpx.Response(302, headers={"location": "/again"})})
        with pytest.raises(NetworkBlocked, match=r"rebind\.example leads to 127\.0\.0\.1"):
            await GuardedClient(resolver=rebinding, transport=dials.transport).get("http://rebind.example/")
        assert asked == ["rebind.example", "rebind.example"]
        assert dials.hosts == [PUBLIC]


async def test_the_next_address_is_tried_when_one_does_not_answer():
    """A host with several public addresses is reached through any of them."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if ":" in request.url.host:
            raise httpx.ConnectError("no route")
        return reply()

    found = await GuardedClient(resolver=resolve, transport=httpx.MockTransport(answer)).get(
        "http://other.example/"
    )
    assert (found.text, asked) == ("hello", NAMES["other.example"])


async def test_redirects_are_followed_a_few_times_and_lose_the_headers():
    """Five hops are followed; headers of the caller go to the first host alone; the sixth is refused."""
    chain = {
        f"example.com/{hop}": httpx.Response(302, headers={"location": f"/{hop + 1}"}) for hop in range(5)
    }
    dials = Dials(chain)
    response = await client(dials).get("http://example.com/0", headers={"Authorization": "secret"})
    assert (response.url, response.text) == ("http://example.com/5", "hello")
    assert [request.headers.get("authorization") for request in dials.requests] == ["secret", *[None] * 5]

    chain["example.com/5"] = httpx.Response(302, headers={"location": "/6"})
    with pytest.raises(ToolFailed, match="redirects more than 5 times"):
        await client(Dials(chain)).get("http://example.com/0")


async def test_a_post_is_not_repeated_elsewhere():
    """A redirect of a POST fails instead of sending its body to another place."""
    dials = Dials({"example.com/": httpx.Response(307, headers={"location": "https://other.example/"})})
    with pytest.raises(ToolFailed, match="redirects a POST"):
        await client(dials).request("POST", "http://example.com/", json={"a": 1})
    assert len(dials.requests) == 1


async def test_a_loopback_server_is_reached_only_when_named():
    """Control with real sockets: blocked without a single connection, reached when allow-listed."""
    async with serve({"/": page(b"private data")}) as server:
        with pytest.raises(NetworkBlocked, match="allowed_hosts"):
            await GuardedClient().get(f"{server.url}/")
        other_port = f"127.0.0.1:{server.port + 1}"
        with pytest.raises(NetworkBlocked):
            await GuardedClient(allow=[other_port]).get(f"{server.url}/")
        assert server.connections == 0
        response = await GuardedClient(allow=[server.service]).get(f"{server.url}/")
        assert (response.status, response.text, server.connections) == (200, "private data", 1)
        assert b"\r\nHost: " + server.service.encode() in server.requests[0].replace(b"host:", b"Host:")


async def test_an_allowed_service_does_not_open_its_neighbours():
    """Its redirects to other local services are refused."""
    async with serve({"/": page(b"private")}) as victim:
        redirect = page(b"", f"Location: {victim.url}/", status="302 Found")
        async with serve({"/": redirect}) as server:
            with pytest.raises(NetworkBlocked):
                await GuardedClient(allow=[server.service]).get(f"{server.url}/")
        assert victim.connections == 0


async def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch):
    """Proxy variables do not redirect a request."""
    async with serve({"/": page(b"direct")}) as server, serve({"/": page(b"proxied")}) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        response = await GuardedClient(allow=[server.service]).get(f"{server.url}/")
        assert (response.text, proxy.connections) == ("direct", 0)


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


def bomb() -> bytes:
    """200 MB of zeros in 200 kB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(bytes(10**6)) for _ in range(200)]) + packer.flush()


async def test_answers_are_bounded():
    """Endless bodies, decompression bombs, drips and silence end at the limit; a normal page passes."""
    answers: dict[str, bytes | Callable[..., Any]] = {
        "/endless": _endless,
        "/drip": _drip,
        "/silent": _silent,
        "/bomb": page(bomb(), "Content-Encoding: gzip"),
        "/twice": page(gzip.compress(gzip.compress(b"hello")), "Content-Encoding: gzip, gzip"),
        "/damaged": page(b"not gzip at all", "Content-Encoding: gzip"),
        "/brotli": page(b"???", "Content-Encoding: br"),
        "/good": page(gzip.compress("größer".encode()), "Content-Encoding: gzip"),
        "/latin": page("größer".encode("latin-1"), "Content-Type: text/plain; charset=ISO-8859-1"),
        "/unknown": page(b"plain", "Content-Type: text/plain; charset=klingon"),
    }
    expected = {
        "/endless": "larger than 1 MB",
        "/drip": "took longer than 0.3 seconds",
        "/silent": "took longer than 0.3 seconds",
        "/bomb": "larger than 1 MB",
        "/twice": "compressed in a way",
        "/damaged": "cannot be decompressed",
        "/brotli": "compressed in a way",
    }
    async with serve(answers) as server:
        for path, message in expected.items():
            total_s = 0.3 if "0.3 seconds" in message else 20.0
            limits = Limits(total_s=total_s, max_bytes=1_000_000)
            limited = GuardedClient(allow=[server.service], limits=limits)
            with pytest.raises(ToolFailed, match=message):
                await limited.get(server.url + path)
        roomy = GuardedClient(allow=[server.service])
        assert (await roomy.get(f"{server.url}/good")).text == "größer"
        assert (await roomy.get(f"{server.url}/latin")).text == "größer"
        assert (await roomy.get(f"{server.url}/unknown")).text == "plain"


async def test_a_bomb_takes_no_more_memory_than_its_limit():
    """What is unpacked is bounded while it is unpacked, not afterwards; the control unpacks all of it."""
    packed = bomb()
    async with serve({"/bomb": page(packed, "Content-Encoding: gzip")}) as server:
        limited = GuardedClient(allow=[server.service], limits=Limits(max_bytes=1_000_000))
        tracemalloc.start()
        try:
            with pytest.raises(ToolFailed, match="larger than 1 MB"):
                await limited.get(f"{server.url}/bomb")
            bounded = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            zlib.decompress(packed, wbits=31)
            unbounded = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert bounded < 20_000_000 < 200_000_000 <= unbounded


async def test_a_dead_host_is_a_plain_failure():
    """Nobody listens: the message says who could not be reached."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]  # held, so that nobody else takes it
        with pytest.raises(ToolFailed, match=r"127\.0\.0\.1 could not be reached"):
            await GuardedClient(allow=[f"127.0.0.1:{port}"]).get(f"http://127.0.0.1:{port}/")
