"""A resolver that answers from a table, and a transport that counts what it is asked to dial."""

import ipaddress
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx

from homewit.tools import ToolFailed
from homewit.tools.net import GuardedClient

PUBLIC = "93.184.215.14"

NAMES = {
    "example.com": [PUBLIC],
    "other.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "151.101.1.69"],
    "internal.example": ["10.1.2.3"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "v6only.example": ["fd12:3456::1"],
    "localhost": ["127.0.0.1", "::1"],
}


async def resolve(host: str, port: int) -> list[str]:
    """Names from the table; numbers in all forms as Python and the C library read them."""
    try:
        host = host.partition("%")[0] or host  # a zone, as in fe80::1%eth0, names an interface
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        raise ToolFailed(f"unknown host {host}") from None
    if host in NAMES:
        return NAMES[host]
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        raise ToolFailed(f"unknown host {host}") from None


def reply(text: str = "hello") -> httpx.Response:
    """An answer whose body is still to be streamed, as from a real connection."""

    async def body() -> AsyncIterator[bytes]:
        yield text.encode()

    return httpx.Response(200, content=body())


class Dials:
    """A transport that answers from a table and remembers every address that it was asked to dial."""

    def __init__(self, answers: dict[str, httpx.Response] | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = answers or {}
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        name = f"{request.headers['host']}{request.url.raw_path.decode()}"
        return self._answers.get(name) or reply()

    @property
    def hosts(self) -> list[str]:
        return [request.url.host for request in self.requests]


def client(dials: Dials, **options: Any) -> GuardedClient:
    return GuardedClient(resolver=resolve, transport=dials.transport, **options)
