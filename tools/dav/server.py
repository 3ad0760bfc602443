"""Asks one server, signed in, over the guarded network.

Credentials go to the origin that the user named and to no other: a redirect or an address elsewhere is
refused, and the refusal says what to write into the settings. Knows nothing of what is kept here.
"""

import asyncio
import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ..context import ToolContext
from ..errors import ToolFailed
from ..network.addresses import Target, read_target
from ..network.responses import Response
from .accounts import Account
from .messages import Answer, changes_since, properties, read_answer, these

_XML = {"Content-Type": "application/xml; charset=utf-8"}


class Changed(Exception):
    """The server has another version than the one that was to be replaced or removed."""


class TokenGone(Exception):
    """The server does not remember the token; everything has to be compared anew."""


@dataclass(slots=True)
class Server:
    """One account's server. Blocks, so call it from a thread."""

    account: Account
    ctx: ToolContext

    @property
    def host(self) -> str:
        return self._origin.host

    def at(self, base: str, href: str) -> str:
        """A whole address for one that the server named; raises ToolFailed for one of another server."""
        url = urljoin(base, href)
        if read_target(url) != self._origin:
            parts = urlsplit(url)
            origin = f"{parts.scheme}://{parts.netloc}/"
            raise ToolFailed(
                f"{self.host} says that this is kept at {origin}, where your password was not meant to "
                f'go. If that is right, write url = "{origin}" into its section of config.toml.'
            )
        return url

    def find(self, url: str, names: Iterable[str], depth: int = 0) -> Answer:
        """Properties of an address, or of all in it with ``depth`` 1; raises ToolFailed."""
        told = self.ask("PROPFIND", url, properties(names), {**_XML, "Depth": str(depth)})
        self.expect(told, 207)
        return read_answer(told.body, self.host)

    def changes(self, url: str, token: str) -> Answer:
        """What changed since ``token``; raises TokenGone, and ToolFailed."""
        told = self.ask("REPORT", url, changes_since(token), {**_XML, "Depth": "0"})
        if told.status in (400, 403, 409, 410, 412, 415, 501) and token:
            raise TokenGone
        self.expect(told, 207)
        return read_answer(told.body, self.host)

    def contents(self, url: str, report: str, data: str, hrefs: Iterable[str]) -> Answer:
        """The content of some addresses in one answer."""
        told = self.ask("REPORT", url, these(report, data, hrefs), {**_XML, "Depth": "1"})
        self.expect(told, 207)
        return read_answer(told.body, self.host)

    def get(self, url: str) -> Response | None:
        """One resource; None when it is gone."""
        told = self.ask("GET", url, b"", {})
        if told.status in (404, 410):
            return None
        self.expect(told, 200)
        return told

    def put(self, url: str, content: str, content_type: str, etag: str | None) -> str | None:
        """Store a resource, in place of the version ``etag`` or where none is; its new tag, if it was told.

        Raises Changed when the server has another version than that, or one where there should be none.
        """
        only = {"If-None-Match": "*"} if etag is None else {"If-Match": etag}
        told = self.ask("PUT", url, content.encode(), {"Content-Type": content_type, **only})
        if told.status == 412 or (told.status in (404, 410) and etag is not None):
            raise Changed
        self.expect(told, 200, 201, 204)
        return told.headers.get("etag")

    def delete(self, url: str, etag: str | None) -> None:
        """Remove a resource while it is the version ``etag``; raises Changed. One that is gone is gone."""
        told = self.ask("DELETE", url, b"", {} if etag is None else {"If-Match": etag})
        if told.status == 412:
            raise Changed
        self.expect(told, 200, 202, 204, 404, 410)

    def ask(self, method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Response:
        """One request and its answer, whatever its status."""
        client = self.ctx.net((self.account.url,), authorities=self.account.authorities)
        asked = client.request(
            method,
            self.at(url, ""),
            headers={**headers, "Authorization": self._authorization()},
            content=content or None,
            within_origin=True,
        )
        return asyncio.run(asked)  # tools that look at records run in threads, without a loop of their own

    def expect(self, told: Response, *statuses: int) -> None:
        """Raise ToolFailed, with what to do, for any other status."""
        if told.status in statuses:
            return
        if told.status == 403:
            raise ToolFailed(
                f"{self.host} does not allow {self.account.user} to do this. What somebody else shares may "
                "be there to read only."
            )
        if told.status == 401:
            what = "token" if self.account.oauth else "password"
            hint = ""
            if (
                "basic" not in told.headers.get("www-authenticate", "basic").lower()
                and not self.account.oauth
            ):
                hint = " It asks for a way to sign in that is not spoken here (such as Digest)."
            raise ToolFailed(
                f"{self.host} did not accept {self.account.user} with the {what} {self.account.secret!r}. "
                f"Set it with `homewit secrets set {self.account.secret}`; many providers want a "
                f"password for this program alone.{hint}"
            )
        raise ToolFailed(
            f"{self.host} answered with status {told.status} for {urlsplit(told.url).path[:200]}."
        )

    @property
    def _origin(self) -> Target:
        return read_target(self.account.url)

    def _authorization(self) -> str:
        secret = self.ctx.secret(self.account.secret)
        if self.account.oauth:
            return f"Bearer {secret.reveal()}"
        return "Basic " + base64.b64encode(f"{self.account.user}:{secret.reveal()}".encode()).decode()
