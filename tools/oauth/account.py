"""An account at a service, as the user has described it in the settings, and where its server has its doors.

The server may describe itself (RFC 8414, OpenID discovery); what the user has written wins. Every address has
to be https, or a service of the user's own on this machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from ..context import ClientFactory
from ..errors import MissingSetting, ToolFailed

_DOCUMENTS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to log in.

    Attributes:
        name: under which the token is kept.
        issuer: the server, which describes itself; empty when the addresses are given.
        secret: name of the secret with the client's password, for the few clients that have one.
        resource: what the token is for (RFC 8707), such as the address of an MCP server.
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

    @property
    def local_services(self) -> tuple[str, ...]:
        """Servers of the user's own, which may be reached because they are named here."""
        urls = (self.issuer, self.authorize_url, self.token_url, self.device_url)
        return tuple(url for url in urls if url and urlsplit(url).hostname in _LOOPBACK)


class _Described(BaseModel):
    """An account in the settings, or a server's own description; other fields are left alone."""

    model_config = ConfigDict(extra="ignore")

    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    device_authorization_endpoint: str = ""


def accounts_from(settings: Mapping[str, Mapping[str, str]]) -> dict[str, Account]:
    """The accounts of the settings; raises MissingSetting for one that cannot be used."""
    found: dict[str, Account] = {}
    fields = set(Account.__slots__) - {"name"}
    for name, values in settings.items():
        if unknown := sorted(set(values) - fields):
            raise MissingSetting(f"[oauth.{name}] has {unknown[0]!r}; it takes: {', '.join(sorted(fields))}.")
        if not values.get("client_id") or not (values.get("issuer") or values.get("token_url")):
            raise MissingSetting(f"[oauth.{name}] needs a client_id, and an issuer or a token_url.")
        found[name] = Account(name, **values)
    return found


async def described(account: Account, net: ClientFactory) -> Account:
    """The account with the addresses that its server names; checked, whoever has written them."""
    if account.issuer and not account.token_url:
        account = _filled(account, await _document(account, net))
    for url in (account.authorize_url, account.token_url, account.device_url):
        _check(account, url)
    if not account.token_url:
        raise ToolFailed(f"{account.name}: the server does not say where tokens are given out.")
    return account


async def _document(account: Account, net: ClientFactory) -> _Described:
    """What the server says of itself, at one of the two usual places."""
    _check(account, account.issuer)
    base = account.issuer.rstrip("/")
    origin = "://".join(urlsplit(base)[:2])
    path = base.removeprefix(origin)
    for place in (f"{origin}{_DOCUMENTS[0]}{path}", f"{base}{_DOCUMENTS[1]}"):
        answer = await net(account.local_services).get(place)
        if answer.status != 200:
            continue
        try:
            found = _Described.model_validate(answer.json())
        except ValidationError as error:
            raise ToolFailed(f"{account.name}: {place} is not a description of a server.") from error
        if found.issuer.rstrip("/") != base:
            raise ToolFailed(f"{account.name}: {place} describes another server, {found.issuer[:100]!r}.")
        return found
    raise ToolFailed(f"{account.name}: {base} does not describe itself; give token_url and authorize_url.")


def _filled(account: Account, found: _Described) -> Account:
    return replace(
        account,
        authorize_url=account.authorize_url or found.authorization_endpoint,
        token_url=found.token_endpoint,
        device_url=account.device_url or found.device_authorization_endpoint,
    )


def _check(account: Account, url: str) -> None:
    parts = urlsplit(url)
    if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ToolFailed(f"{account.name}: {url[:100]} was not used: a login has to go over https.")


def form_answer(account: Account, answer: Any) -> dict[str, Any]:
    """The JSON of a server's answer to a form; {} when it is none, so that its error code decides."""
    try:
        body = answer.json()
    except ToolFailed:
        return {}
    return body if isinstance(body, dict) else {}
