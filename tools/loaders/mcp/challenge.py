"""What a server says that it wants when it refuses a request: a login, or one that allows more (RFC 6750)."""

from dataclasses import dataclass
from typing import Any

from mcp.client.auth.utils import extract_field_from_www_auth

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Challenge:
    """`metadata` is where the server describes how to log in, `scope` what is to be asked for; both may be
    empty.
    """

    metadata: str = ""
    scope: str = ""
    more: bool = False
    """Whether there is a login, and it does not allow enough."""


def challenge_in(status: int, response: Any) -> Challenge | None:
    """The challenge in an answer with headers; None for an answer that is none."""
    more = status == 403 and _field(response, "error") == "insufficient_scope"
    if status != 401 and not more:
        return None
    return Challenge(_field(response, "resource_metadata"), _field(response, "scope"), more)


def _field(response: Any, name: str) -> str:
    found = extract_field_from_www_auth(response, name) or ""
    return found if len(found) <= _LONGEST else ""
