"""Servers with calendars and address books as the settings name them: `[tools.dav]`, `[tools."dav.NAME"]`.

The password is a secret of its own, or a token where `auth` says so. It goes over https, or to this machine,
or to a service that the user named under `allowed_hosts`. Knows nothing of protocols.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from ..account_settings import read_section, secret_of, sections_of
from ..context import ToolContext, named_services
from ..errors import MissingSetting, NetworkBlocked, ToolRetry
from ..network.addresses import LocalService, is_loopback, is_named, read_target

PASSWORD, TOKEN = "dav_password", "dav_token"
SECRETS = (PASSWORD, TOKEN)
_KEY = "dav"


class _Settings(BaseModel):
    """What a section may say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(min_length=1)
    user: str = Field(min_length=1)
    auth: Literal["password", "oauth"] = "password"
    calendar: str = ""
    address_book: str = ""
    authorities: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One server; ``calendar`` and ``address_book`` name what new entries go into."""

    name: str
    url: str
    user: str
    oauth: bool
    calendar: str
    address_book: str
    authorities: Path | None

    @property
    def secret(self) -> str:
        """The name of the secret that opens it."""
        return secret_of(TOKEN if self.oauth else PASSWORD, self.name)

    @property
    def shown(self) -> str:
        """As people know it: the name of its section, or else its host."""
        return self.name.removeprefix(f"{_KEY}.") if self.name != _KEY else urlsplit(self.url).hostname or ""


def accounts(ctx: ToolContext) -> list[Account]:
    """All that are set up, in the order of the settings; raises MissingSetting for what makes no sense."""
    found = sections_of(ctx.settings, _KEY)
    return [_account(section, values, ctx.settings) for section, values in found.items()]


def chosen(ctx: ToolContext, name: str | None) -> list[Account]:
    """The account of a name or host, or all without; raises MissingSetting and ToolRetry."""
    there = accounts(ctx)
    if not there:
        raise MissingSetting(
            "No server with calendars or contacts is set up. Put url and user into a section [tools.dav] of "
            "config.toml, the password into `homewit secrets set dav_password`; docs/personal.md shows how."
        )
    wanted = (name or "").strip().casefold()
    found = [one for one in there if not wanted or wanted in (one.shown.casefold(), one.name.casefold())]
    if not found:
        known = ", ".join(one.shown for one in there)
        raise ToolRetry(f"There is no server {name!r}.", f"Servers: {known}.")
    return found


def _account(section: str, values: Mapping[str, str], settings: Mapping[str, str]) -> Account:
    told = read_section(_Settings, values, "server", section)
    url = told.url if "://" in told.url else f"https://{told.url}"
    _check_private(url, settings)
    authorities = Path(told.authorities).expanduser() if told.authorities else None
    return Account(
        section, url, told.user, told.auth == "oauth", told.calendar, told.address_book, authorities
    )


def _check_private(url: str, settings: Mapping[str, str]) -> None:
    """Raise MissingSetting where the password would go over the network in the clear."""
    try:
        target = read_target(url)
        named = [LocalService.parse(text) for text in named_services(settings)]
    except NetworkBlocked as error:
        raise MissingSetting(f"The address of a server with calendars or contacts: {error}") from error
    if target.scheme == "https" or is_loopback(target.host) or is_named(target, named):
        return
    raise MissingSetting(
        f"The server {target.host} would get the password unencrypted. Write its url with https, or name "
        f"{target.host}:{target.port} under allowed_hosts if it is in a network that you trust."
    )
