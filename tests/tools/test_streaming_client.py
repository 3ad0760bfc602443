"""The HTTP client for protocols such as MCP: guarded like any request, and its answers bounded."""

import gzip

import pytest

from homewit.tools import NetworkBlocked
from homewit.tools.net import streaming_client

from .dials import PUBLIC
from .loopback import page, serve

httpx2 = pytest.importorskip("httpx2", reason="comes with the extra that MCP needs")


async def test_a_named_service_is_reached_and_no_other():
    """The connection is counted where the user named the service; without that there is none."""
    async with serve({"/": page(b"hello")}) as server:
        async with streaming_client(allow=(server.service,), headers={"X-Own": "1"}) as client:
            assert (await client.get(server.url)).text == "hello"
        async with streaming_client() as client:
            for url in (server.url, "http://127.0.0.1/", "https://[::1]/", "http://10.0.0.1/"):
                with pytest.raises(NetworkBlocked):
                    await client.get(url)
        assert server.connections == 1
        assert b"x-own: 1" in server.requests[0].lower()


async def test_each_redirect_is_checked_again():
    """A library that follows redirects comes through the guard for each of them."""
    moved = page(b"", "Location: http://127.0.0.1:9/", status="302 Found")
    async with serve({"/": moved}) as server, streaming_client(allow=(server.service,)) as client:
        first = await client.get(server.url)
        assert first.status_code == 302
        with pytest.raises(NetworkBlocked):
            await client.get(first.headers["location"])


async def test_a_second_dns_answer_changes_nothing():
    """Each request looks the name up once, and dials what it has checked."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC, "127.0.0.1"]

    async with streaming_client(resolver=rebinding) as client:
        with pytest.raises(NetworkBlocked, match=r"leads to 127\.0\.0\.1"):
            await client.get("http://rebind.example/")
    assert asked == ["rebind.example"]


async def test_an_answer_stays_within_its_length():
    """What is compressed without being asked, or too long, is not read."""
    bomb = page(gzip.compress(b"0" * 5_000_000), "Content-Encoding: gzip")
    async with serve({"/bomb": bomb, "/long": page(b"x" * 5000)}) as server:
        async with streaming_client(allow=(server.service,), max_bytes=1000) as client:
            with pytest.raises(httpx2.DecodingError, match="compressed"):
                await client.get(f"{server.url}/bomb")
            with pytest.raises(httpx2.ReadError, match="longer than"):
                await client.get(f"{server.url}/long")
        async with streaming_client(allow=(server.service,), max_bytes=5000) as client:
            assert len((await client.get(f"{server.url}/long")).content) == 5000


async def test_requests_are_authorized_one_by_one():
    """What is to be sent is made for each request, and again for an answer that asks for it."""
    tokens = iter(["one", "two", "three"])

    async def authorize(request):
        for _ in range(2):
            request.headers["Authorization"] = f"Bearer {next(tokens)}"
            if (yield request).status_code == 200:
                break

    answers = {"/": page(b"hello"), "/refused": page(b"", status="401 Unauthorized")}
    async with (
        serve(answers) as server,
        streaming_client(allow=(server.service,), authorize=authorize) as client,
    ):
        assert (await client.get(server.url)).text == "hello"
        assert (await client.get(f"{server.url}/refused")).status_code == 401
    sent = [line for request in server.requests for line in request.splitlines() if b"uthorization" in line]
    assert sent == [
        b"Authorization: Bearer one",
        b"Authorization: Bearer two",
        b"Authorization: Bearer three",
    ]
