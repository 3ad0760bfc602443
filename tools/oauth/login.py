"""The two ways to log in: in a browser on this machine, or on any device with a code that is typed there.

The words of the protocol come from `oauthlib`, which does no input or output; every request goes through the
guarded client. The browser comes back to a port of this machine that is open for this one answer, with a
secret that only this login knows (PKCE) and a state that must return unchanged.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from oauthlib.oauth2 import DeviceClient, OAuth2Error, WebApplicationClient

from ..context import ClientFactory
from ..errors import ToolFailed
from ..net import awaiting_browser
from ..secret import Secret
from .account import Account, described, form_answer
from .tokens import Token

Tell = Callable[[str], None]

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
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
    account = await described(account, net)
    if not account.authorize_url:
        raise ToolFailed(f"{account.name}: the server has no page to log in; try --device.")
    client = WebApplicationClient(account.client_id)
    verifier = client.create_code_verifier(64)
    state = client.state_generator()
    async with awaiting_browser("/callback", state) as (back, answer):
        address = client.prepare_request_uri(
            _secure(account.authorize_url),
            redirect_uri=back,
            scope=account.scope or None,
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
            **_resource(account),
        )
        page = account.authorize_url + address.removeprefix(_secure(account.authorize_url))
        tell(f"Open this address to log in to {account.name}: {page}")
        try:
            came_back = await asyncio.wait_for(answer, timeout_s)
        except TimeoutError as error:
            late = f"nobody logged in within {timeout_s:g} seconds"
            raise ToolFailed(f"{account.name}: {late}.") from error
    try:
        code = client.parse_request_uri_response(_secure(came_back), state=state)["code"]
    except OAuth2Error as error:
        raise ToolFailed(f"{account.name}: the login was not completed: {_why(error)}.") from error
    more: dict[str, Any] = {"code_verifier": verifier, **_resource(account)}
    body = client.prepare_request_body(code=code, redirect_uri=back, **more)
    answer = await _form(account, net, account.token_url, body, secret)
    return _token(account, answer)


async def log_in_by_code(
    account: Account,
    net: ClientFactory,
    tell: Tell,
    secret: Secret | None = None,
    timeout_s: float = _PATIENCE_S,
) -> Token:
    """Log in with a code that the user types on a page of the server, on any device; else as `log_in`."""
    account = await described(account, net)
    if not account.device_url:
        raise ToolFailed(f"{account.name}: the server has no login by code; log in without --device.")
    client = DeviceClient(account.client_id, scope=account.scope or None)
    asked = await _form(account, net, account.device_url, _query(account), secret)
    try:
        device, shown, page = asked["device_code"], str(asked["user_code"]), str(asked["verification_uri"])
    except KeyError as error:
        raise ToolFailed(f"{account.name}: {_refusal(asked)}.") from error
    whole = asked.get("verification_uri_complete")
    or_open = f", or open {whole}" if whole else ""
    tell(f"Open {page} and type {shown} to log in to {account.name}{or_open}")
    interval = float(asked.get("interval") or 5)
    deadline = time.monotonic() + min(timeout_s, float(asked.get("expires_in") or timeout_s))
    body = client.prepare_request_body(device_code=device, include_client_id=True, **_resource(account))
    while time.monotonic() < deadline:
        await asyncio.sleep(interval)
        answer = await _form(account, net, account.token_url, body, secret)
        match answer.get("error"):
            case "authorization_pending":
                continue
            case "slow_down":
                interval += 5
            case _:
                return _token(account, answer)
    raise ToolFailed(f"{account.name}: nobody logged in in time.")


async def renewed(account: Account, token: Token, net: ClientFactory, secret: Secret | None = None) -> Token:
    """A new token for one that runs out; raises ToolFailed when the server gives none."""
    account = await described(account, net)
    client = WebApplicationClient(account.client_id)
    body = client.prepare_refresh_body(
        refresh_token=token.refresh, client_id=account.client_id, **_resource(account)
    )
    return _token(account, await _form(account, net, account.token_url, body, secret), token)


async def _form(
    account: Account, net: ClientFactory, url: str, body: str, secret: Secret | None
) -> dict[str, Any]:
    """Send a form to the server; what it answers, errors included."""
    headers = dict(_FORM)
    if secret is not None:
        both = f"{account.client_id}:{secret.reveal()}".encode()
        headers["Authorization"] = "Basic " + b64encode(both).decode("ascii")
    answer = await net(account.local_services).request("POST", url, content=body.encode(), headers=headers)
    found = form_answer(account, answer)
    if answer.status >= 400 and "error" not in found:
        raise ToolFailed(f"{account.name}: the server answered with {answer.status}.")
    return found


def _token(account: Account, answer: dict[str, Any], before: Token | None = None) -> Token:
    if "error" in answer:
        raise ToolFailed(f"{account.name}: {_refusal(answer)}.")
    return Token.given(answer, time.time(), before)


def _refusal(answer: dict[str, Any]) -> str:
    code = str(answer.get("error", "the answer cannot be read"))[:100]
    more = str(answer.get("error_description", ""))[:200]
    return f"the server refused: {code}" + (f" ({more})" if more else "")


def _why(error: OAuth2Error) -> str:
    return str(error.description or error.error)[:200]


def _secure(url: str) -> str:
    """The library takes https alone; that any other address stays on this machine was checked before."""
    return "https:" + url.removeprefix("http:") if url.startswith("http:") else url


def _resource(account: Account) -> dict[str, str]:
    return {"resource": account.resource} if account.resource else {}


def _query(account: Account) -> str:
    scope = {"scope": account.scope} if account.scope else {}
    return urlencode({"client_id": account.client_id, **scope, **_resource(account)})
