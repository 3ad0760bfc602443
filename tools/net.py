"""The only way out to the network: connections that nobody can be talked into making to private addresses.

A name is resolved once, all of its addresses are checked, and the connection is made to a checked address
(with the name kept for `Host`, TLS and certificate), so a second DNS answer changes nothing. Three kinds of
callers come through here: `GuardedClient` for one request and its answer, where redirects are followed one by
one, each checked like a first request, and sizes, times and decompression are bounded; `dial` for protocols
that talk over a socket, such as mail; `streaming_client` for libraries with a protocol over HTTP.
No proxy, cookie file or other setting of the environment is read. It does not judge who asked or why.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from .calling.threads import run_in_thread
from .errors import NetworkBlocked, ToolFailed
from .network.addresses import LocalService, Target, check_addresses, check_port, read_target
from .network.responses import Response, bounded_decoder
from .network.transports import PinnedTransport, Resolver, UncompressedTransport

Lookup = Callable[[str, int], list[str]]
Connection = socket.socket

MAIL_PORTS = frozenset({143, 465, 587, 993})
"""Where mail programs read and hand in mail; 25 is between servers only."""

_REDIRECTS = {301, 302, 303, 307, 308}
_USER_AGENT = "Mozilla/5.0 (compatible; Homewit; personal assistant)"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may cost. `max_bytes` bounds the body as sent and as decompressed."""

    total_s: float = 20.0
    connect_s: float = 6.0
    max_bytes: int = 5_000_000
    max_redirects: int = 5


def system_lookup(host: str, port: int) -> list[str]:
    """Ask the operating system, which also reads forms such as 127.1 or 0x7f000001."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ToolFailed(
            f"The host {host!r} was not found. Is the name right, and is there a network?"
        ) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def system_resolver(host: str, port: int) -> list[str]:
    """`system_lookup` without holding up the loop."""
    return await run_in_thread(system_lookup, host, port)


def ssl_context(authorities: Path | None = None) -> ssl.SSLContext:
    """Certificate checks against the bundled authorities, whatever the environment says.

    Args:
        authorities: a PEM file of further ones that the user trusts, as for a mail server of their own.
    """
    context = httpx.create_ssl_context(trust_env=False)
    if authorities is not None:
        try:
            context.load_verify_locations(cafile=authorities)
        except OSError as error:
            why = error.strerror or str(error)
            raise ToolFailed(
                f"{authorities} holds no certificates that can be read: {why}. It has to lie in a folder "
                "that tools may read, such as one named under `roots`."
            ) from error
    return context


def dial(
    host: str,
    port: int,
    *,
    tls: bool = True,
    allow: Iterable[str] = (),
    ports: Collection[int] = MAIL_PORTS,
    timeout_s: float = 20.0,
    authorities: Path | None = None,
    lookup: Lookup = system_lookup,
) -> Connection:
    """Connect to a server; blocks, so call it from a thread. The caller closes the socket.

    Args:
        tls: encrypt at once, the certificate checked for `host`. Without it the caller has to change over
            (STARTTLS, with `ssl_context`) before anything private is sent.
        allow: services the user named ("host:port"), reachable wherever they are.
        ports: where a public host may be dialled.
        timeout_s: for connecting, and for each wait on the socket afterwards.
        authorities: as for `ssl_context`.

    Raises NetworkBlocked for a forbidden address, ToolFailed when nobody answers or the certificate is bad.
    """
    target = Target("tcp", host.lower().rstrip("."), port)
    services = _services(allow)
    check_port(target, ports, services)
    addresses = lookup(target.host, port)
    check_addresses(target, addresses, services)
    failure: OSError | None = None
    for address in addresses:
        try:
            plain = socket.create_connection((address, port), timeout=timeout_s)
        except OSError as error:
            failure = error
            continue
        return _encrypted(plain, target.host, authorities) if tls else plain
    raise ToolFailed(f"{host}:{port} could not be reached: {failure or 'it has no address'}") from failure


def _encrypted(plain: socket.socket, host: str, authorities: Path | None) -> ssl.SSLSocket:
    try:
        return ssl_context(authorities).wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise ToolFailed(f"{host} has no valid certificate: {error.verify_message}") from error
    except OSError as error:
        plain.close()
        raise ToolFailed(f"{host} does not speak TLS on this port: {error}") from error
    except BaseException:  # such as a file of authorities that cannot be read
        plain.close()
        raise


def _services(allow: Iterable[str]) -> tuple[LocalService, ...]:
    return tuple(LocalService.parse(text) for text in allow)


class GuardedClient:
    """Makes HTTP requests for tools. Keeps no connections, so it needs no closing.

    Args:
        allow: services the user named ("host:port" or URL), reachable wherever they are.
        limits: bounds for each request.
        authorities: as for `ssl_context`.
        resolver: turns a host and port into addresses; tests give their own.
        transport: what dials; tests give their own.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        limits: Limits = Limits(),
        authorities: Path | None = None,
        resolver: Resolver = system_resolver,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._services = _services(allow)
        self._limits = limits
        self._authorities = authorities
        self._resolver = resolver
        self._transport = transport

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
        within_origin: bool = False,
    ) -> Response:
        """Send one request. Only GET and HEAD follow redirects; `headers` go to the first host alone.

        With `within_origin`, redirects are followed by every method, with headers and content as they are,
        but never to another scheme, host or port: WebDAV servers say in this way where things are.

        Raises NetworkBlocked for a forbidden address, and ToolFailed when there is no usable answer.
        """
        read_target(url)  # refuse before httpx rewrites anything
        try:
            async with asyncio.timeout(self._limits.total_s):
                async with self._open() as client:
                    first = client.build_request(
                        method, url, params=params, headers=headers, content=content, json=json
                    )
                    return await self._follow(client, first, within_origin)
        except TimeoutError as error:
            raise ToolFailed(f"{_host(url)} took longer than {self._limits.total_s:g} seconds") from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise NetworkBlocked(f"{url[:100]} is not a valid address: {error}") from error
        except httpx.HTTPError as error:
            raise ToolFailed(f"{_host(url)} could not be reached: {error or type(error).__name__}") from error

    def _open(self) -> httpx.AsyncClient:
        inner = self._transport or _dialling_transport(httpx, self._authorities)
        return httpx.AsyncClient(
            transport=PinnedTransport(httpx, inner, self._resolver, self._services),  # type: ignore[arg-type]
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._limits.total_s, connect=self._limits.connect_s),
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip"},
        )

    async def _follow(
        self, client: httpx.AsyncClient, request: httpx.Request, within_origin: bool
    ) -> Response:
        for _ in range(self._limits.max_redirects + 1):
            response = await client.send(request, stream=True)
            try:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not location:
                    body = await self._body(response)
                    return Response(str(request.url), response.status_code, response.headers, body)
            finally:
                await response.aclose()
            following = urljoin(str(request.url), location)
            if within_origin:
                request = _moved(client, request, following)
                continue
            if request.method not in ("GET", "HEAD"):
                raise ToolFailed(
                    f"{_host(str(request.url))} redirects a {request.method}, which is not followed"
                )
            read_target(following)
            request = client.build_request(request.method, following)
        raise ToolFailed(f"{_host(str(request.url))} redirects more than {self._limits.max_redirects} times")

    async def _body(self, response: httpx.Response) -> bytes:
        """Read and decompress the body, never holding more than the limit plus one chunk."""
        limit = self._limits.max_bytes
        decode = bounded_decoder(response.headers.get("content-encoding", "identity"))
        received, body = 0, bytearray()
        async for chunk in response.aiter_raw():
            received += len(chunk)
            body += decode(chunk, limit + 1 - len(body))
            if received > limit or len(body) > limit:
                host = _host(str(response.request.url))
                raise ToolFailed(f"The answer of {host} is larger than {limit / 1e6:g} MB and was not read")
        return bytes(body)


def streaming_client(
    *,
    allow: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    authorize: Callable[[Any], AsyncGenerator[Any, Any]] | None = None,
    connect_s: float = 10.0,
    read_s: float = 300.0,
    max_bytes: int = 50_000_000,
    resolver: Resolver = system_resolver,
) -> Any:
    """An `httpx2.AsyncClient` for libraries that bring a protocol over HTTP, such as MCP; close it.

    Dials what `GuardedClient` would dial, asks for uncompressed answers and takes no others, and ends one
    longer than `max_bytes`. It follows no redirects; a library that does comes through here for each.
    `authorize` is given each request: it yields what is to be sent, gets the answer to that, and may go on.
    """
    import httpx2

    auth = None
    if authorize is not None:
        auth = httpx2.Auth()
        auth.async_auth_flow = authorize  # type: ignore[method-assign]
    inner = UncompressedTransport(httpx2, _dialling_transport(httpx2), max_bytes)
    return httpx2.AsyncClient(
        transport=PinnedTransport(httpx2, inner, resolver, _services(allow)),  # type: ignore[arg-type]
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(connect_s, read=read_s),
        headers={"User-Agent": _USER_AGENT, **(headers or {}), "Accept-Encoding": "identity"},
        auth=auth,
    )


def _moved(client: httpx.AsyncClient, request: httpx.Request, following: str) -> httpx.Request:
    """The same request at another place of the same origin; raises NetworkBlocked for one elsewhere."""
    if read_target(following) != read_target(str(request.url)):
        raise NetworkBlocked(
            f"{_host(str(request.url))} redirects to {following[:200]}, where no password was meant to go"
        )
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return client.build_request(request.method, following, headers=headers, content=request.content or None)


def _dialling_transport(http: Any, authorities: Path | None = None) -> Any:
    # Without keep-alive, a connection made for one name is never used for another on the same address.
    return http.AsyncHTTPTransport(
        trust_env=False, limits=http.Limits(max_keepalive_connections=0), verify=ssl_context(authorities)
    )


def _host(url: str) -> str:
    try:
        return read_target(url).host
    except NetworkBlocked:
        return url[:100]
