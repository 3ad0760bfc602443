"""What a server answered, and how its body is unpacked without ever holding more than was allowed.

Pure: bytes in, bytes out. Knows nothing of connections or addresses.
"""

import json as json_module
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ToolFailed
from ..text.charsets import charset


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
        announced = self.headers.get("content-type", "").lower().partition("charset=")[2]
        return self.body.decode(charset(announced.split(";")[0].strip(" \"'")) or "utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; raises ToolFailed when it is none."""
        try:
            return json_module.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ToolFailed(f"{self.url} did not answer with JSON") from error


def bounded_decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """A decompressor whose second argument is the most bytes that it may give back."""
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


class UncompressedTransport:
    """Lets answers through as they are sent, up to a length; none that would grow when it is unpacked.

    `http` is the module of the client that it serves, `httpx` or its successor.
    """

    def __init__(self, http: Any, inner: Any, max_bytes: int) -> None:
        self._http = http
        self._inner = inner
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: Any) -> Any:
        response = await self._inner.handle_async_request(request)
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            await response.aclose()
            raise self._http.DecodingError(f"the answer is compressed ({encoding[:40]}) without being asked")
        response.stream = _bounded_stream(self._http, response.stream, self._max_bytes)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> "UncompressedTransport":
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        await self._inner.__aexit__(*failure)


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
