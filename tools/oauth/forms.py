"""Forms that are sent to an authorization server, and the tokens that it answers with.

Every request goes through the guarded client and follows no redirect, so that neither a code nor a refresh
token goes anywhere but to the address that was checked.
"""

import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote, urlencode

from ..context import ClientFactory
from ..errors import ToolFailed
from ..secret import Secret
from .account import Account
from .description import described
from .tokens import Token

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


async def renewed(account: Account, token: Token, net: ClientFactory, secret: Secret | None = None) -> Token:
    """A new token for one that runs out; raises ToolFailed when the server gives none."""
    from oauthlib.oauth2 import WebApplicationClient  # late: few starts renew anything

    account = await described(account, net)
    client = WebApplicationClient(account.client_id)
    body = client.prepare_refresh_body(
        refresh_token=token.refresh, client_id=account.client_id, **resource_of(account)
    )
    return token_in(account, await sent(account, net, account.token_url, body, secret), token)


async def sent(
    account: Account, net: ClientFactory, url: str, body: str, secret: Secret | None
) -> dict[str, Any]:
    """Send a form to the server; what it answers, errors included.

    Args:
        secret: the password of the client itself, where it has one.
    """
    headers = dict(_FORM)
    if secret is not None and account.client_auth == "post":
        body = f"{body}&{urlencode({'client_secret': secret.reveal()})}"
    elif secret is not None:
        both = f"{quote(account.client_id, safe='')}:{quote(secret.reveal(), safe='')}".encode()
        headers["Authorization"] = "Basic " + b64encode(both).decode("ascii")
    answer = await net(account.local_services).request("POST", url, content=body.encode(), headers=headers)
    try:
        found = answer.json()
    except ToolFailed:
        found = {}  # none, so that the status decides
    found = found if isinstance(found, dict) else {}
    if answer.status >= 400 and "error" not in found:
        raise ToolFailed(f"{account.name}: the server answered with {answer.status}.")
    return found


def token_in(account: Account, answer: dict[str, Any], before: Token | None = None) -> Token:
    """The token in an answer; raises ToolFailed with the reason when the server refuses."""
    if "error" in answer:
        raise ToolFailed(f"{account.name}: {refusal(answer)}.")
    return Token.given(answer, time.time(), before)


def refusal(answer: dict[str, Any]) -> str:
    """Why the server gives nothing, in its own words, cut short."""
    code = str(answer.get("error", "the answer cannot be read"))[:100]
    more = str(answer.get("error_description", ""))[:200]
    return f"the server refused: {code}" + (f" ({more})" if more else "")


def resource_of(account: Account) -> dict[str, str]:
    """What the token is for, as a field of a form or an address."""
    return {"resource": account.resource} if account.resource else {}
