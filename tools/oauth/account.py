"""An account at a service: where and as whom to log in, and which addresses that may involve.

Every address has to be https, or a service of the user's own. Knows nothing of how a server is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from ..errors import MissingSetting, ToolFailed
from ..network.addresses import LocalService, is_loopback, is_named, read_target

ClientAuth = Literal["", "basic", "post"]

_SETTABLE = frozenset(
    "client_id issuer authorize_url token_url device_url scope secret resource client_auth".split()
)


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to log in.

    Attributes:
        name: under which the token is kept.
        issuer: the server, which describes itself; empty when the addresses are given.
        secret: name of the secret with the client's password, for the few clients that have one.
        resource: what the token is for (RFC 8707), such as the address of an MCP server.
        client_auth: how the client gives its password, in the header or in the form; as the server wants
            it when empty.
        names_itself: whether the server says who it is when the browser comes back (RFC 9207).
        reachable: services of the user's own that a login may reach; None: those that the account names.
    """

    name: str
    client_id: str
    issuer: str = ""
    authorize_url: str = ""
    token_url: str = ""
    device_url: str = ""
    scope: str = ""
    secret: str = ""
    resource: str = ""
    client_auth: ClientAuth = ""
    names_itself: bool = False
    reachable: tuple[str, ...] | None = None

    @property
    def local_services(self) -> tuple[str, ...]:
        """What of the user's own may be reached."""
        if self.reachable is not None:
            return self.reachable
        urls = (self.issuer, self.authorize_url, self.token_url, self.device_url)
        return tuple(url for url in urls if url and is_loopback(urlsplit(url).hostname or ""))


def accounts_from(settings: Mapping[str, Mapping[str, str]]) -> dict[str, Account]:
    """The accounts of the settings; raises MissingSetting for one that cannot be used."""
    found: dict[str, Account] = {}
    for name, values in settings.items():
        if unknown := sorted(set(values) - _SETTABLE):
            raise MissingSetting(
                f"[oauth.{name}] has {unknown[0]!r}; it takes: {', '.join(sorted(_SETTABLE))}."
            )
        if not values.get("client_id") or not any(
            values.get(one) for one in ("issuer", "token_url", "resource")
        ):
            raise MissingSetting(
                f"[oauth.{name}] needs a client_id, and an issuer, a token_url, "
                "or the resource that it is for."
            )
        if values.get("client_auth", "") not in ("", "basic", "post"):
            raise MissingSetting(f'[oauth.{name}]: client_auth is "basic" or "post".')
        found[name] = Account(name, **values)  # type: ignore[arg-type]
    return found


def check_address(account: Account, url: str) -> None:
    """Raises ToolFailed for an address over which nobody should log in."""
    parts = urlsplit(url)
    if not url or parts.scheme == "https":
        return
    if parts.scheme == "http":
        own = tuple(LocalService.parse(one) for one in account.local_services)
        if is_loopback(parts.hostname or "") or is_named(read_target(url), own):
            return  # the network lets through what the user has named, and nothing else here
    raise ToolFailed(f"{account.name}: {url[:100]} was not used: a login has to go over https.")
