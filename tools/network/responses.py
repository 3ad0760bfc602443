"""What a server answered, and how its body is unpacked without ever holding more than was allowed.

Pure: bytes in, bytes out. Knows nothing of connections or addresses.
"""

import json as json_module
import zlib
from collections.abc import Callable, Mapping
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
