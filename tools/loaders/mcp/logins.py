"""Logins to MCP servers: made once by the user, kept as a secret, renewed, and of use for that server alone.

A login is bound to the address of its server: under another address, the same name has none. The library of
the protocol is loaded when somebody logs in, not when a token is used.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ...calling.threads import run_apart, run_in_thread
from ...context import ClientFactory
from ...errors import LoginNeeded, MissingSetting, ToolFailed
from ...oauth import Account, log_in_as, log_in_by_code
from ...oauth.forms import renewed
from ...oauth.renewal import Renewal
from ...oauth.tokens import Token
from ...secret import Secret
from ...secrets import SecretStore

if TYPE_CHECKING:
    from .discovery import Found

PREFIX = "mcp/"
_ANYWHERE = "http://127.0.0.1/callback"


@dataclass(frozen=True, slots=True)
class Login:
    """What is kept of one: for which server, as which client, the token, and what was wanted besides."""

    server: str
    account: Account | None = None
    client_secret: str = field(default="", repr=False)
    token: Token | None = None
    wanted: str = ""
    """The scope that a call lacked; asked for at the next login."""

    @property
    def password(self) -> Secret | None:
        """That of the client, where it has one."""
        return Secret("client", self.client_secret) if self.client_secret else None


_KEPT = TypeAdapter(Login)


class Logins:
    """Those of one home. Methods that are not async block; any thread may call them.

    Args:
        given: accounts of the settings; one with the name of a server says as which client to log in there.
        client_secret: the password of such a client, by the name of the account.
    """

    def __init__(
        self,
        store: SecretStore,
        net: ClientFactory,
        given: Mapping[str, Account],
        client_secret: Callable[[str], Secret | None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._net = net
        self._given = given
        self._client_secret = client_secret
        self._renewal = Renewal(now)

    def access(self, name: str, server: str, refused: str = "") -> Secret | None:
        """The token for a server, renewed first when it runs out; None where nobody has logged in.

        Args:
            refused: a token that the server takes no more, though it may not have run out.

        Raises LoginNeeded when it cannot be renewed.
        """
        token = self._renewal.current(
            name,
            read=lambda: self._kept(name, server).token,
            renew=lambda _: self._renewed(name, self._kept(name, server)),
            keep=lambda token: self._keep(name, replace(self._kept(name, server), token=token)),
            refused=refused,
        )
        return None if token is None else Secret(name, token.access)

    def lacks(self, name: str, server: str, scope: str) -> None:
        """Remember what the server wanted to be allowed, for the next login."""
        with self._renewal.turn(name):
            login = self._kept(name, server)
            if login.token is not None and scope:
                self._keep(name, replace(login, wanted=scope))

    def forget(self, name: str) -> None:
        """Forget the login to a server that was removed."""
        with self._renewal.turn(name):
            self._store.remove(PREFIX + name)

    async def log_in(self, name: str, server: str, tell: Callable[[str], None], device: bool = False) -> bool:
        """Lead the user through a login; whether it can be renewed later.

        Args:
            tell: is given the line that says what to open.
            device: log in by a code, on any device.

        Raises ToolFailed, or MissingSetting when the user has to register a client first.
        """
        found, given = await self._doors(name, server), self._given.get(name)
        used: list[tuple[Account, Secret | None]] = []

        async def identify(back: str) -> tuple[Account, Secret | None]:
            from .registration import registered

            if given is None:
                used.append(await registered(found, back, self._net))
            else:
                secret = await run_in_thread(self._client_secret, name)
                used.append((_as_given(found.account, given, secret is not None), secret))
            return used[-1]

        if device:
            account, secret = await identify(_ANYWHERE)
            token = await log_in_by_code(account, self._net, tell, secret)
        else:
            token = await log_in_as(identify, self._net, tell)
        account, secret = used[-1]
        password = secret.reveal() if secret is not None and given is None else ""
        await run_in_thread(self._exchange, name, Login(server, account, password, token))
        return bool(token.refresh)

    async def _doors(self, name: str, server: str) -> "Found":
        """Where to log in to a server, and for what: all that it wanted before, if it was not enough."""
        try:
            from .challenge import Challenge
            from .discovery import challenge_of, discovered
        except ImportError as error:
            raise ToolFailed(
                "MCP servers need an extra that is not installed: pip install 'homewit[mcp]'."
            ) from error
        before = await run_in_thread(self._kept, name, server)
        challenge = await challenge_of(server, self._net)
        if before.wanted:
            challenge = Challenge(challenge.metadata, before.wanted, more=True)
        scope = before.account.scope if challenge.more and before.account is not None else ""
        return await discovered(name, server, challenge, self._net, self._given.get(name), scope)

    def _exchange(self, name: str, login: Login) -> None:
        """Keep a new login, when no other thread is about to renew the one before."""
        with self._renewal.turn(name):
            self._keep(name, login)

    def _renewed(self, name: str, login: Login) -> Token:
        account, token = login.account, login.token
        if account is None or token is None or not token.refresh:
            raise LoginNeeded(f"The login to {name} is not valid any more.", name)
        try:
            secret = self._client_secret(name) if name in self._given else login.password
            return run_apart(lambda: renewed(account, token, self._net, secret))
        except MissingSetting:
            raise
        except ToolFailed as error:
            raise LoginNeeded(f"The login to {name} could not be renewed. {error}", name) from error

    def _kept(self, name: str, server: str) -> Login:
        held = self._store.get(PREFIX + name)
        if held is not None:
            try:
                login = _KEPT.validate_json(held.reveal())
            except ValidationError:  # not chained: it holds the token
                raise ToolFailed(f"The kept login to {name} cannot be read; log in again.") from None
            if login.server == server:
                return login
        return Login(server)

    def _keep(self, name: str, login: Login) -> None:
        self._store.put(PREFIX + name, _KEPT.dump_json(login).decode())


def _as_given(found: Account, given: Account, has_secret: bool) -> Account:
    """The account as the user has written it, completed by what was found out."""
    if has_secret and not (given.issuer or given.token_url):
        raise MissingSetting(
            f"[oauth.{given.name}] in config.toml names a secret of the client, so it has to name the issuer "
            f"that the secret is for. The server names {found.issuer}; write that if it is right."
        )
    own = ("client_id", "authorize_url", "token_url", "device_url", "scope", "client_auth")
    written: dict[str, Any] = {one: value for one in own if (value := getattr(given, one))}
    reachable = (*found.local_services, *given.local_services)
    return replace(found, **written, reachable=reachable)
