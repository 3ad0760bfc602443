"""Where one logs in to an MCP server, found out from the server itself (RFC 9728, RFC 8414).

Everything here is said by a server that may be hostile: each address goes through the guarded network, has
to be https or the service that the user named, and what is described has to be the server that was asked.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from mcp.client.auth.utils import (
    build_oauth_authorization_server_metadata_discovery_urls,
    build_protected_resource_metadata_discovery_urls,
    union_scopes,
)
from mcp.shared.auth_utils import check_resource_allowed, resource_url_from_server_url
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...context import ClientFactory
from ...errors import ToolFailed
from ...oauth import Account
from ...oauth.account import check_address
from ...oauth.description import Description, check_addresses_of, description_of, with_description
from .challenge import Challenge, challenge_in


class _Resource(BaseModel):
    """What a server says of itself as something that is protected; addresses exactly as it writes them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    resource: str
    authorization_servers: list[str] = Field(min_length=1)
    scopes_supported: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """`account` lacks the client; `register` is where one can be registered, empty where that cannot be."""

    account: Account
    register: str
    methods: tuple[str, ...]
    """How clients may show who they are; empty when the server does not say."""


async def challenge_of(server: str, net: ClientFactory) -> Challenge:
    """How a server answers somebody who is not logged in; an empty challenge when it does not object."""
    question = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepted = {"Accept": "application/json, text/event-stream"}
    answer = await net((server,)).request("POST", server, json=question, headers=accepted)
    return challenge_in(answer.status, answer) or Challenge()


async def discovered(
    name: str, server: str, challenge: Challenge, net: ClientFactory, given: Account | None, before: str = ""
) -> Found:
    """Where to log in to `server`, and with which scope.

    Args:
        given: what the user has written about this server in the settings, which wins.
        before: the scope of the login so far, which is asked for again when more is wanted.

    Raises ToolFailed when the server does not say, or says what cannot be right.
    """
    asking = Account(name, client_id="", resource=resource_url_from_server_url(server), reachable=(server,))
    resource = await _resource(asking, server, challenge.metadata, net)
    issuer = _issuer(name, resource, given)
    if resource is not None:
        asking = replace(asking, resource=resource.resource)
    # Without a description of the resource, the server gives out tokens itself (as of 2025-03-26).
    asking = replace(asking, issuer=issuer or _origin(server))
    places = build_oauth_authorization_server_metadata_discovery_urls(issuer or None, server)
    description = await description_of(asking, net, places)
    if description is not None:
        _check_pkce(name, description)
        account = with_description(asking, description)
        register, methods = (
            description.registration_endpoint,
            description.token_endpoint_auth_methods_supported,
        )
    elif issuer:
        raise ToolFailed(f"{name}: one logs in at {issuer[:200]}, which does not describe itself.")
    else:
        account, register, methods = _usual_doors(asking, server), f"{_origin(server)}/register", None
    check_addresses_of(account)
    check_address(account, register)
    return Found(
        replace(account, scope=_scope(challenge, resource, description, before)),
        register,
        tuple(methods or ()),
    )


async def _resource(account: Account, server: str, metadata: str, net: ClientFactory) -> _Resource | None:
    for place in build_protected_resource_metadata_discovery_urls(metadata or None, server):
        check_address(account, place)
        answer = await net(account.local_services).get(place)
        if answer.status >= 500 or answer.status == 429:  # which says nothing about what it publishes
            raise ToolFailed(f"{account.name}: {place} answered with {answer.status}; try again later.")
        if answer.status != 200:
            continue
        check_address(account, answer.url)
        try:
            found = _Resource.model_validate(answer.json())
        except (ValidationError, ToolFailed):
            continue
        if not check_resource_allowed(account.resource, found.resource):
            raise ToolFailed(f"{account.name}: {place} describes another server, {found.resource[:100]!r}.")
        return found
    return None


def _issuer(name: str, resource: _Resource | None, given: Account | None) -> str:
    """Who gives out the tokens; a client that the user has registered is only shown to whom it belongs to."""
    offered = resource.authorization_servers if resource is not None else []
    wanted = given.issuer if given is not None else ""
    if not wanted:
        return offered[0] if offered else ""
    for one in offered:
        if one.rstrip("/") == wanted.rstrip("/"):
            return one
    if offered:
        raise ToolFailed(
            f"{name}: the server wants a login at {', '.join(offered)[:200]}, but [oauth.{name}] in "
            f"config.toml has the issuer {wanted}."
        )
    return wanted


def _scope(
    challenge: Challenge, resource: _Resource | None, description: Description | None, before: str
) -> str:
    """What is asked for now, else all that the server has, else nothing; and to stay logged in."""
    scope = challenge.scope or " ".join((resource.scopes_supported if resource else None) or [])
    scope = union_scopes(before, scope) or ""
    offered = (description.scopes_supported if description else None) or []
    if scope and "offline_access" in offered and "offline_access" not in scope.split():
        scope += " offline_access"
    return scope


def _check_pkce(name: str, description: Description) -> None:
    if "S256" not in (description.code_challenge_methods_supported or ()):
        raise ToolFailed(
            f"{name}: {description.issuer[:200]} does not say that it protects logins with PKCE (S256), "
            "which MCP demands, so nobody is logged in there."
        )


def _usual_doors(account: Account, server: str) -> Account:
    origin = _origin(server)
    return replace(account, issuer="", authorize_url=f"{origin}/authorize", token_url=f"{origin}/token")


def _origin(server: str) -> str:
    return "://".join(urlsplit(server)[:2])
