"""What an authorization server says of itself (RFC 8414, OpenID discovery), read as a stranger's words.

What the user has written wins, and a server cannot speak for another one.
"""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from ..context import ClientFactory
from ..errors import ToolFailed
from .account import Account, ClientAuth, check_address


class Description(BaseModel):
    """The part of it that matters here."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    device_authorization_endpoint: str = ""
    registration_endpoint: str = ""
    scopes_supported: list[str] | None = None
    code_challenge_methods_supported: list[str] | None = None
    token_endpoint_auth_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool = False

    @property
    def client_auth(self) -> ClientAuth:
        """How a client with a password gives it; in the header unless the server takes forms alone."""
        methods = self.token_endpoint_auth_methods_supported or ["client_secret_basic"]
        return "post" if "client_secret_post" in methods and "client_secret_basic" not in methods else "basic"


async def described(account: Account, net: ClientFactory) -> Account:
    """The account with the addresses that its server names; checked, whoever has written them."""
    if account.issuer and not account.token_url:
        found = await description_of(account, net, places_of(account.issuer))
        if found is None:
            raise ToolFailed(
                f"{account.name}: {account.issuer} does not describe itself; "
                "give token_url and authorize_url."
            )
        account = with_description(account, found)
    check_addresses_of(account)
    if not account.token_url:
        raise ToolFailed(f"{account.name}: the server does not say where tokens are given out.")
    return account


def places_of(issuer: str) -> list[str]:
    """The two places where a server usually describes itself."""
    base = issuer.rstrip("/")
    origin = "://".join(urlsplit(base)[:2])
    path = base.removeprefix(origin)
    return [
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{base}/.well-known/openid-configuration",
    ]


async def description_of(account: Account, net: ClientFactory, places: Iterable[str]) -> Description | None:
    """What the issuer of an account says of itself, at the first place that has anything.

    Raises ToolFailed for one that is unsound or describes another server.
    """
    check_address(account, account.issuer)
    for place in places:
        answer = await net(account.local_services).get(place)
        if answer.status != 200:
            continue
        check_address(account, answer.url)  # where redirects have led
        try:
            found = Description.model_validate(answer.json())
        except (ValidationError, ToolFailed) as error:
            raise ToolFailed(f"{account.name}: {place} is not a description of a server.") from error
        if found.issuer.rstrip("/") != account.issuer.rstrip("/"):
            raise ToolFailed(f"{account.name}: {place} describes another server, {found.issuer[:100]!r}.")
        return found
    return None


def with_description(account: Account, found: Description) -> Account:
    """The account, completed where the user has written nothing."""
    return replace(
        account,
        issuer=found.issuer or account.issuer,
        authorize_url=account.authorize_url or found.authorization_endpoint,
        token_url=account.token_url or found.token_endpoint,
        device_url=account.device_url or found.device_authorization_endpoint,
        client_auth=account.client_auth or found.client_auth,
        names_itself=found.authorization_response_iss_parameter_supported,
    )


def check_addresses_of(account: Account) -> None:
    """Raises ToolFailed when one of the account's doors is not one to log in at."""
    for url in (account.authorize_url, account.token_url, account.device_url):
        check_address(account, url)
