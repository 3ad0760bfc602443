"""The only door to the network: an HTTP client that cannot be talked into reaching private addresses.

A name is resolved once, all of its addresses are checked, and the connection is made to a checked address
(with the name kept for `Host`, TLS and certificate), so a second DNS answer changes nothing. Redirects are
followed here, one by one, each checked like a first request. Sizes, times and decompression are bounded.
No proxy, cookie file or other setting of the environment is read. It does not judge who asked or why.
"""

import asyncio
import json as json_module
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx

from .addresses import LocalService, Target, check_addresses, check_port, read_target
from .errors import NetworkBlocked, ToolFailed
from .threads import run_in_thread

Resolver = Callable[[str, int], Awaitable[list[str]]]

_REDIRECTS = {301, 302, 303, 307, 308}
_USER_AGENT = "Mozilla/5.0 (compatible; Homewit; personal assistant)"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may cost. `max_bytes` bounds the body as sent and as decompressed."""

    total_s: float = 20.0
    connect_s: float = 6.0
    max_bytes: int = 5_000_000
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; `url` is where it finally came from."""

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters, "" when none was sent."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text, in the announced charset or UTF-8; undecodable bytes become U+FFFD."""
        charset = self.headers.get("content-type", "").lower().partition("charset=")[2]
        charset = charset.split(";")[0].strip(" \"'")
        try:
            return self.body.decode(charset or "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; raises ToolFailed when it is none."""
        try:
            return json_module.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ToolFailed(f"{self.url} did not answer with JSON") from error


async def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system, which also reads forms such as 127.1 or 0x7f000001."""
    try:
        found = await run_in_thread(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ToolFailed(
            f"The host {host!r} was not found. Is the name right, and is there a network?"
        ) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _PinnedTransport(httpx.AsyncBaseTransport):
    """Resolves, checks and then dials the checked address; `inner` never sees a host name."""

    def __init__(self, client: "GuardedClient", inner: httpx.AsyncBaseTransport) -> None:
        self._client = client
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        target = read_target(str(request.url))
        addresses = await self._client.permitted_addresses(target)
        failure: Exception | None = None
        for address in addresses:
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # carries Host, set from the name
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": target.host},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError(f"no address of {target.host} answered")

    async def aclose(self) -> None:
        await self._inner.aclose()


class GuardedClient:
    """Makes HTTP requests for tools. Keeps no connections, so it needs no closing.

    Args:
        allow: services the user named ("host:port" or URL), reachable wherever they are.
        limits: bounds for each request.
        resolver: turns a host and port into addresses; tests give their own.
        transport: what dials; tests give their own.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        limits: Limits = Limits(),
        resolver: Resolver = system_resolver,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._allowed = tuple(LocalService.parse(text) for text in allow)
        self._limits = limits
        self._resolver = resolver
        self._transport = transport

    async def permitted_addresses(self, target: Target) -> list[str]:
        """Resolve a target once and return its addresses; raises NetworkBlocked unless all may be dialled."""
        if any(service.serves(target) for service in self._allowed):
            return await self._resolver(target.host, target.port)
        check_port(target)
        addresses = await self._resolver(target.host, target.port)
        check_addresses(target, addresses)
        return addresses

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """GET an address, following up to `max_redirects` checked redirects."""
        return await self.request("GET", url, params=params, headers=headers)

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: Any = None,
    ) -> Response:
        """Send one request. Only GET and HEAD follow redirects; `headers` go to the first host alone.

        Raises NetworkBlocked for a forbidden address, and ToolFailed when there is no usable answer.
        """
        read_target(url)  # refuse before httpx rewrites anything
        try:
            async with asyncio.timeout(self._limits.total_s):
                async with self._open() as client:
                    first = client.build_request(
                        method, url, params=params, headers=headers, content=content, json=json
                    )
                    return await self._follow(client, first)
        except TimeoutError as error:
            raise ToolFailed(f"{_host(url)} took longer than {self._limits.total_s:g} seconds") from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise NetworkBlocked(f"{url[:100]} is not a valid address: {error}") from error
        except httpx.HTTPError as error:
            raise ToolFailed(f"{_host(url)} could not be reached: {error or type(error).__name__}") from error

    def _open(self) -> httpx.AsyncClient:
        # Without keep-alive, a connection made for one name is never used for another on the same address.
        inner = self._transport or httpx.AsyncHTTPTransport(
            trust_env=False, limits=httpx.Limits(max_keepalive_connections=0), verify=ssl_context()
        )
        return httpx.AsyncClient(
            transport=_PinnedTransport(self, inner),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._limits.total_s, connect=self._limits.connect_s),
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip"},
        )

    async def _follow(self, client: httpx.AsyncClient, request: httpx.Request) -> Response:
        for _ in range(self._limits.max_redirects + 1):
            response = await client.send(request, stream=True)
            try:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not location:
                    body = await self._body(response)
                    return Response(str(request.url), response.status_code, response.headers, body)
            finally:
                await response.aclose()
            if request.method not in ("GET", "HEAD"):
                raise ToolFailed(
                    f"{_host(str(request.url))} redirects a {request.method}, which is not followed"
                )
            following = urljoin(str(request.url), location)
            read_target(following)
            request = client.build_request(request.method, following)
        raise ToolFailed(f"{_host(str(request.url))} redirects more than {self._limits.max_redirects} times")

    async def _body(self, response: httpx.Response) -> bytes:
        """Read and decompress the body, never holding more than the limit plus one chunk."""
        limit = self._limits.max_bytes
        decode = _decoder(response.headers.get("content-encoding", "identity"))
        received, body = 0, bytearray()
        async for chunk in response.aiter_raw():
            received += len(chunk)
            body += decode(chunk, limit + 1 - len(body))
            if received > limit or len(body) > limit:
                host = _host(str(response.request.url))
                raise ToolFailed(f"The answer of {host} is larger than {limit / 1e6:g} MB and was not read")
        return bytes(body)


def _decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """A bounded decompressor: its second argument is the most bytes that it may give back."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return lambda chunk, room: chunk
    if name not in ("gzip", "x-gzip", "deflate"):
        raise ToolFailed(f"The answer is compressed in a way that is not read here ({name[:40]})")
    inflate = zlib.decompressobj(wbits=47 if name != "deflate" else 15)

    def decode(chunk: bytes, room: int) -> bytes:
        try:
            return inflate.decompress(chunk, max(room, 1))
        except zlib.error as error:
            raise ToolFailed("The answer is damaged: it cannot be decompressed") from error

    return decode


def ssl_context() -> ssl.SSLContext:
    """Certificate checks against the bundled authorities, whatever the environment says."""
    return httpx.create_ssl_context(trust_env=False)


def _host(url: str) -> str:
    try:
        return read_target(url).host
    except NetworkBlocked:
        return url[:100]
