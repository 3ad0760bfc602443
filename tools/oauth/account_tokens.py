"""Tokens of the accounts in the settings, as secrets: found by the account's name, renewed, kept again."""

import time
from collections.abc import Callable, Mapping

from ..calling.threads import run_apart
from ..context import ClientFactory
from ..errors import MissingSetting, ToolFailed
from ..secret import Secret
from ..secrets import SecretStore
from .account import Account
from .forms import renewed
from .renewal import Renewal
from .tokens import Token

_PREFIX = "oauth/"


class Tokens:
    """Those of one home. Methods block; any thread may call them."""

    def __init__(
        self,
        accounts: Mapping[str, Account],
        store: SecretStore,
        net: ClientFactory,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.accounts = accounts
        self._store = store
        self._net = net
        self._renewal = Renewal(now)

    def account(self, name: str) -> Account:
        """The account; raises MissingSetting when the settings have none of this name."""
        if name not in self.accounts:
            known = ", ".join(sorted(self.accounts)) or "none yet"
            raise MissingSetting(
                f"There is no account {name!r} under [oauth] in config.toml; there are: {known}."
            )
        return self.accounts[name]

    def keep(self, name: str, token: Token) -> None:
        """Keep what a login has given."""
        self._store.put(_PREFIX + name, token.text())

    def client_secret(self, name: str) -> Secret | None:
        """The password of the client itself, where the account names one."""
        named = self.account(name).secret
        if not named:
            return None
        found = self._store.get(named)
        if found is None:
            raise MissingSetting(f"There is no secret {named!r}. Do so with: homewit secrets set {named}")
        return found

    def access(self, name: str) -> Secret:
        """The words for the service, renewed first when they run out."""
        account = self.account(name)
        token = self._renewal.current(
            name,
            read=lambda: self._kept(name),
            renew=lambda token: self._renewed(account, token),
            keep=lambda token: self.keep(name, token),
        )
        if token is None:
            do_so = f"homewit secrets login {name}"
            raise MissingSetting(f"You are not logged in to {name}. Do so with: {do_so}")
        return Secret(name, token.access)

    def _kept(self, name: str) -> Token | None:
        held = self._store.get(_PREFIX + name)
        return None if held is None else Token.read(held.reveal())

    def _renewed(self, account: Account, token: Token) -> Token:
        again = f"Log in again with: homewit secrets login {account.name}"
        if not token.refresh:
            raise MissingSetting(f"The login to {account.name} has run out. {again}")
        try:
            secret = self.client_secret(account.name)
            return run_apart(lambda: renewed(account, token, self._net, secret))
        except ToolFailed as error:
            raise ToolFailed(f"The login to {account.name} could not be renewed. {error} {again}") from error
