"""The look-ups around secrets: which there are, one more, one less, and logins that give one.

A value goes in and never comes out.
"""

from collections.abc import Callable

from ...tools import ToolError
from ...tools.context import ClientFactory, ClientsFor
from ...tools.loaders.sources import McpAddress
from ...tools.oauth import Tokens, log_in, log_in_by_code
from ...tools.secrets import SecretStore
from ..errors import CallFailed, NotFound
from ..workplace import Workplace
from .answers import Answer, Blocking, Waiting


class SecretQueries:
    """One method per query; ``login`` tells where to go and waits."""

    def __init__(self, place: Workplace, tell: Callable[[str], None]) -> None:
        self._store: SecretStore = place.secrets
        self._tokens: Tokens = place.tokens
        self._net: ClientFactory = ClientsFor(place.settings.tool_settings())
        self._logins = place.logins
        self._plugins = place.plugins
        self._tell = tell
        self.blocking: Blocking = {
            "secrets.list": self.names,
            "secrets.set": self.put,
            "secrets.rm": self.remove,
        }
        self.waiting: Waiting = {"secrets.login": self.login}

    def names(self) -> Answer:
        """The names, and where they are kept."""
        try:
            items = [{"name": name} for name in self._store.names()]
        except ToolError as error:
            raise CallFailed(str(error)) from error
        return {"items": items, **self._place()}

    def put(self, name: str, value: str) -> Answer:
        """Keep a value, in the place of one that is there."""
        try:
            self._store.put(name, value)
        except ToolError as error:
            raise CallFailed(str(error)) from error
        return {"item": {"name": name, **self._place()}}

    async def login(self, name: str, device: bool = False) -> Answer:
        """Log in to an MCP server that was added, or to an account of the settings, and keep the token."""
        await self._plugins.refresh()
        source = self._plugins.added.sources.get(name)
        try:
            if source is not None and isinstance(source.place, McpAddress):
                renews = await self._logins.log_in(name, source.place.url, self._tell, device)
            else:
                renews = await self._login_to_account(name, device)
        except ToolError as error:
            raise CallFailed(str(error)) from error
        return {"item": {"name": name, "renews": renews, **self._place()}}

    async def _login_to_account(self, name: str, device: bool) -> bool:
        way = log_in_by_code if device else log_in
        account, secret = self._tokens.account(name), self._tokens.client_secret(name)
        token = await way(account, self._net, self._tell, secret)
        self._tokens.keep(name, token)
        return bool(token.refresh)

    def remove(self, name: str) -> Answer:
        """Forget a value."""
        try:
            found = self._store.remove(name)
        except ToolError as error:
            raise CallFailed(str(error)) from error
        if not found:
            raise NotFound(f"There is no secret {name!r}. `homewit secrets list` shows which there are.")
        return {"item": {"name": name}}

    def _place(self) -> Answer:
        return {"place": self._store.place, "encrypted": self._store.encrypted}
