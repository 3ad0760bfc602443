"""What stands between an HTTP client and what dials for it.

Serves the clients of `httpx` and of its successor alike: `http` is the module of the client. Dials nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any

from .addresses import WEB_PORTS, LocalService, check_addresses, check_port, read_target

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Gives the addresses of a host and port."""


class _Around:
    """Opens and closes with the transport that it stands around."""

    def __init__(self, http: Any, inner: Any) -> None:
        self._http = http
        self._inner = inner

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> "_Around":
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        await self._inner.__aexit__(*failure)


class PinnedTransport(_Around):
    """Resolves, checks and then dials the checked address; `inner` never sees a host name.

    Args:
        named: services of the user's own, reachable wherever they are.
    """

    def __init__(self, http: Any, inner: Any, resolver: Resolver, named: Collection[LocalService]) -> None:
        super().__init__(http, inner)
        self._resolver = resolver
        self._named = named

    async def handle_async_request(self, request: Any) -> Any:
        """Send to the first address that answers; raises NetworkBlocked unless all may be dialled."""
        target = read_target(str(request.url))
        check_port(target, WEB_PORTS, self._named)
        addresses = await self._resolver(target.host, target.port)
        check_addresses(target, addresses, self._named)
        failure: Exception | None = None
        for address in addresses:
            pinned = self._http.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # carries Host, set from the name
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": target.host},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (self._http.ConnectError, self._http.ConnectTimeout) as error:
                failure = error
        raise failure or self._http.ConnectError(f"no address of {target.host} answered")


class UncompressedTransport(_Around):
    """Lets answers through as they are sent, up to a length; none that would grow when it is unpacked."""

    def __init__(self, http: Any, inner: Any, max_bytes: int) -> None:
        super().__init__(http, inner)
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: Any) -> Any:
        """Send; raises what `http` raises for an answer that cannot be read when it is compressed."""
        response = await self._inner.handle_async_request(request)
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            await response.aclose()
            raise self._http.DecodingError(f"the answer is compressed ({encoding[:40]}) without being asked")
        response.stream = _bounded_stream(self._http, response.stream, self._max_bytes)
        return response


def _bounded_stream(http: Any, stream: Any, max_bytes: int) -> Any:
    class Bounded(http.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            received = 0
            async for chunk in stream:
                received += len(chunk)
                if received > max_bytes:
                    raise http.ReadError(f"the answer is longer than {max_bytes / 1e6:g} MB")
                yield chunk

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()
