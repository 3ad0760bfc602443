"""The two ways to log in: in a browser on this machine, or on any device with a code that is typed there.

The words of the protocol come from `oauthlib`, which does no input or output. The browser comes back to a
port of this machine that is open for this one answer, with a secret that only this login knows (PKCE), a
state that must return unchanged, and, where the server does so, the name of the server that has sent it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ..context import ClientFactory
from ..errors import ToolFailed
from ..secret import Secret
from .account import Account
from .browser_return import awaiting_browser
from .description import described
from .forms import refusal, resource_of, sent, token_in
from .tokens import Token

if TYPE_CHECKING:
    from oauthlib.oauth2 import OAuth2Error

Tell = Callable[[str], None]
Identify = Callable[[str], Awaitable[tuple[Account, Secret | None]]]
"""Gives the account, and the client's password if any, for the address that the browser will come back to."""

_PATIENCE_S = 600.0


async def log_in(
    account: Account,
    net: ClientFactory,
    tell: Tell,
    secret: Secret | None = None,
    timeout_s: float = _PATIENCE_S,
) -> Token:
    """Log in with a browser on this machine.

    Args:
        tell: is given the line with the address that the user has to open.
        secret: the password of the client itself, where it has one.
        timeout_s: how long the user may take.

    Raises ToolFailed when the server refuses or nobody comes back.
    """

    async def known(back: str) -> tuple[Account, Secret | None]:
        return account, secret

    return await log_in_as(known, net, tell, timeout_s=timeout_s)


async def log_in_as(
    identify: Identify, net: ClientFactory, tell: Tell, timeout_s: float = _PATIENCE_S
) -> Token:
    """As `log_in`, for a client that the server has to be told of first, together with where it listens."""
    from oauthlib.oauth2 import OAuth2Error, WebApplicationClient  # late: few starts log anybody in

    client = WebApplicationClient("")
    verifier = client.create_code_verifier(64)
    state = client.state_generator()
    async with awaiting_browser("/callback", state) as (back, answer):
        account, secret = await identify(back)
        account = await described(account, net)
        if not account.authorize_url:
            raise ToolFailed(f"{account.name}: the server has no page to log in; try --device.")
        client.client_id = account.client_id
        address = client.prepare_request_uri(
            _secure(account.authorize_url),
            redirect_uri=back,
            scope=account.scope or None,
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
            **_asking(account),
        )
        page = account.authorize_url + address.removeprefix(_secure(account.authorize_url))
        tell(f"Open this address to log in to {account.name}: {page}")
        try:
            came_back = await asyncio.wait_for(answer, timeout_s)
        except TimeoutError as error:
            late = f"nobody logged in within {timeout_s:g} seconds"
            raise ToolFailed(f"{account.name}: {late}.") from error
    _check_issuer(account, came_back)
    try:
        code = client.parse_request_uri_response(_secure(came_back), state=state)["code"]
    except OAuth2Error as error:
        raise ToolFailed(f"{account.name}: the login was not completed: {_why(error)}.") from error
    more: dict[str, Any] = {"code_verifier": verifier, **resource_of(account)}
    body = client.prepare_request_body(code=code, redirect_uri=back, **more)
    return token_in(account, await sent(account, net, account.token_url, body, secret))


async def log_in_by_code(
    account: Account,
    net: ClientFactory,
    tell: Tell,
    secret: Secret | None = None,
    timeout_s: float = _PATIENCE_S,
) -> Token:
    """Log in with a code that the user types on a page of the server, on any device; else as `log_in`."""
    from oauthlib.oauth2 import DeviceClient

    account = await described(account, net)
    if not account.device_url:
        raise ToolFailed(f"{account.name}: the server has no login by code; log in without --device.")
    client = DeviceClient(account.client_id, scope=account.scope or None)
    asked = await sent(account, net, account.device_url, _query(account), secret)
    try:
        device, shown, page = asked["device_code"], str(asked["user_code"]), str(asked["verification_uri"])
    except KeyError as error:
        raise ToolFailed(f"{account.name}: {refusal(asked)}.") from error
    whole = asked.get("verification_uri_complete")
    or_open = f", or open {whole}" if whole else ""
    tell(f"Open {page} and type {shown} to log in to {account.name}{or_open}")
    interval = float(asked.get("interval") or 5)
    deadline = time.monotonic() + min(timeout_s, float(asked.get("expires_in") or timeout_s))
    body = client.prepare_request_body(device_code=device, include_client_id=True, **resource_of(account))
    while time.monotonic() < deadline:
        await asyncio.sleep(interval)
        answer = await sent(account, net, account.token_url, body, secret)
        match answer.get("error"):
            case "authorization_pending":
                continue
            case "slow_down":
                interval += 5
            case _:
                return token_in(account, answer)
    raise ToolFailed(f"{account.name}: nobody logged in in time.")


def _check_issuer(account: Account, came_back: str) -> None:
    """Raises ToolFailed for an answer by another server than the one that was asked (RFC 9207)."""
    said = parse_qs(urlsplit(came_back).query).get("iss", [])
    if not said and not account.names_itself:
        return
    if said != [account.issuer]:  # as it stands: an almost equal name is another one
        whom = f"is from {said[0][:100]!r}" if said else "does not say whom it is from"
        raise ToolFailed(
            f"{account.name}: the login was stopped. Its answer {whom}, and not from {account.issuer!r}."
        )


def _asking(account: Account) -> dict[str, str]:
    offline = "offline_access" in account.scope.split()  # which OpenID grants only to who agrees anew
    return {**resource_of(account), **({"prompt": "consent"} if offline else {})}


def _why(error: "OAuth2Error") -> str:
    return str(error.description or error.error)[:200]


def _secure(url: str) -> str:
    """The library takes https alone; that any other address stays on this machine was checked before."""
    return "https:" + url.removeprefix("http:") if url.startswith("http:") else url


def _query(account: Account) -> str:
    scope = {"scope": account.scope} if account.scope else {}
    return urlencode({"client_id": account.client_id, **scope, **resource_of(account)})
