"""Tells an authorization server of this client, so that nobody has to do so by hand (RFC 7591)."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ...context import ClientFactory
from ...errors import MissingSetting, ToolFailed
from ...oauth import Account
from ...secret import Secret
from .discovery import Found

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_AUTH = {None: "", "none": "", "client_secret_basic": "basic", "client_secret_post": "post"}


class _Registered(BaseModel):
    """What is used of the answer; the server may have changed what it was asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    client_id: str
    client_secret: str | None = None
    token_endpoint_auth_method: str | None = None


async def registered(found: Found, back: str, net: ClientFactory) -> tuple[Account, Secret | None]:
    """The account with a client of its own, and the client's password where it was given one.

    Args:
        back: the address that the browser will come back to.

    Raises MissingSetting where clients cannot register, ToolFailed when the server refuses.
    """
    account = found.account
    if not found.register:
        raise MissingSetting(
            f"{account.name}: programs cannot register at {account.issuer} by themselves. Register Homewit "
            "there with the redirect address http://127.0.0.1/callback, and write into config.toml: "
            f'[oauth.{account.name}] with client_id = "…" and issuer = "{account.issuer}".'
        )
    asked = _metadata(account, back, found.methods)
    answer = await net(account.local_services).request("POST", found.register, json=asked)
    if answer.status not in (200, 201):
        raise ToolFailed(
            f"{account.name}: {found.register} refused to register Homewit ({answer.status}): "
            f"{answer.text[:200]}"
        )
    try:
        given = _Registered.model_validate(answer.json())
    except ValidationError:  # not chained: it holds what may be a password
        raise ToolFailed(f"{account.name}: {found.register} gave no client.") from None
    method = given.token_endpoint_auth_method
    if method not in _AUTH or (_AUTH[method] and not given.client_secret):
        raise ToolFailed(
            f"{account.name}: {found.register} wants clients of a kind that Homewit is not: {method}."
        )
    secret = Secret(f"client of {account.name}", given.client_secret) if given.client_secret else None
    if method == "none":
        secret = None
    auth = _AUTH[method] or account.client_auth
    return replace(account, client_id=given.client_id, client_auth=auth), secret  # type: ignore[arg-type]


def _metadata(account: Account, back: str, methods: tuple[str, ...]) -> dict[str, Any]:
    """What this client says of itself (RFC 7591)."""
    return {
        "client_name": "Homewit",
        "redirect_uris": [back],
        "grant_types": ["authorization_code", "refresh_token", *([DEVICE] if account.device_url else [])],
        "response_types": ["code"],
        "token_endpoint_auth_method": _method(methods),
        "application_type": "native",
        **({"scope": account.scope} if account.scope else {}),
    }


def _method(methods: tuple[str, ...]) -> str:
    """How this client would show who it is: not at all where that is possible, since whoever has this machine
    has its password.
    """
    if not methods or "none" in methods:
        return "none"
    return "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
