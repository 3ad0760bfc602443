"""Puts the token on each request to an MCP server, and notes what the server wants when it refuses.

The token goes to the origin of the server that it was given for, and nowhere else, whatever the library asks
for. Logging in takes the user, so that is never done from here: the refusal says what to do.
"""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

from ...calling.threads import run_in_thread
from ...errors import LoginNeeded, ToolError
from ...secret import Secret
from .challenge import Challenge, challenge_in
from .logins import Logins


class Authorization:
    """That of one connection; requests may go side by side."""

    def __init__(self, name: str, server: str, logins: Logins) -> None:
        self._name = name
        self._server = server
        self._origin = _origin(server)
        self._logins = logins
        self._refusal: ToolError | None = None
        self.lent: dict[str, Secret] = {}
        """All tokens that were used, by what they say."""

    def refusal(self) -> ToolError | None:
        """Why the server has let nothing through since the last time this was asked."""
        refusal, self._refusal = self._refusal, None
        return refusal

    async def __call__(self, request: Any) -> AsyncGenerator[Any, Any]:
        """As `streaming_client` wants it: send with a token, and with a new one when the first is refused."""
        if _origin(str(request.url)) != self._origin:
            yield request
            return
        token = await self._token("")
        response = yield _with(request, token)
        if response.status_code == 401 and token is not None:
            better = await self._token(token.reveal())
            if better is not None:
                token, response = better, (yield _with(request, better))
        challenge = challenge_in(response.status_code, response)
        if response.status_code < 400:
            self._refusal = None  # what was refused before says nothing about what fails next
        elif challenge is not None and self._refusal is None:
            self._refusal = await self._needed(challenge, token is not None)

    async def _token(self, refused: str) -> Secret | None:
        try:
            token = await run_in_thread(self._logins.access, self._name, self._server, refused)
        except ToolError as error:  # an exception here would end the connection and all calls on it
            self._refusal = error
            return None
        if token is not None:
            self.lent[token.reveal()] = token
        return token

    async def _needed(self, challenge: Challenge, logged_in: bool) -> LoginNeeded:
        name = self._name
        if challenge.more:
            await run_in_thread(self._logins.lacks, name, self._server, challenge.scope)
            return LoginNeeded(
                f"{name} wants to be allowed more for this ({challenge.scope or 'not said'}).", name
            )
        said = "does not take your login any more" if logged_in else "wants you to log in"
        return LoginNeeded(f"{name} {said}.", name)


def _with(request: Any, token: Secret | None) -> Any:
    if token is not None:
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
    return request


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
