"""Mail accounts as the settings name them: `[tools.mail]`, and `[tools."mail.NAME"]` for each further one.

The password is a secret of its own, or a token where `auth` says so. Knows nothing of protocols.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ...account_settings import read_section, secret_of, sections_of
from ...context import ToolContext
from ...errors import MissingSetting, ToolRetry
from ...network.addresses import is_loopback

PASSWORD, TOKEN = "mail_password", "mail_token"
Security = Literal["tls", "starttls", "none"]
_KEY = "mail"


class _Settings(BaseModel):
    """What a section may say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    imap: str = Field(min_length=1)
    smtp: str = ""
    imap_port: int | None = None
    smtp_port: int | None = None
    security: Security = "tls"
    smtp_security: Security | None = None
    user: str = ""
    name: str = ""
    auth: Literal["password", "oauth"] = "password"
    sent: str = ""
    drafts: str = ""
    authorities: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to dial, and how the line is made private."""

    host: str
    port: int
    security: Security

    @property
    def service(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Account:
    """One mail account."""

    name: str
    address: str
    sender: str
    user: str
    imap: Server
    smtp: Server
    oauth: bool
    sent: str
    drafts: str
    authorities: Path | None

    @property
    def secret(self) -> str:
        """The name of the secret that opens it."""
        return secret_of(TOKEN if self.oauth else PASSWORD, self.name)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def the_account(ctx: ToolContext, name: str | None) -> Account:
    """The account of a name or address, the first one without; raises MissingSetting and ToolRetry."""
    sections = sections_of(ctx.settings, _KEY)
    if not sections:
        raise MissingSetting(
            "No mail account is set up. Put address, imap and smtp into a section [tools.mail] of "
            "config.toml, the password into `homewit secrets set mail_password`; docs/personal.md shows how."
        )
    wanted = (name or "").strip().casefold()
    if not wanted:
        chosen = _KEY if _KEY in sections else next(iter(sections))
        return _account(chosen, sections[chosen])
    for section, values in sections.items():
        told = (section, section.removeprefix("mail."), values.get("address", ""))
        if wanted in (one.casefold() for one in told):
            return _account(section, values)
    there = ", ".join(section.removeprefix("mail.") for section in sections)
    raise ToolRetry(f"There is no mail account {name!r}.", f"Accounts: {there}.")


def _account(section: str, values: Mapping[str, str]) -> Account:
    told = read_section(_Settings, values, "mail account", section)
    imap = _server(told.imap, told.imap_port, told.security, {"tls": 993, "starttls": 143, "none": 143})
    handing = told.smtp_security or told.security
    smtp = _server(
        told.smtp or told.imap, told.smtp_port, handing, {"tls": 465, "starttls": 587, "none": 587}
    )
    authorities = Path(told.authorities).expanduser() if told.authorities else None
    return Account(
        section, told.address, told.name, told.user or told.address, imap, smtp, told.auth == "oauth",
        told.sent, told.drafts, authorities,
    )  # fmt: skip


def _server(host: str, port: int | None, security: Security, usual: Mapping[str, int]) -> Server:
    if security == "none" and not is_loopback(host):
        raise MissingSetting(
            f"The mail server {host} would get the password unencrypted. Set security to tls or starttls; "
            "none is for a server on this machine."
        )
    return Server(host, port or usual[security], security)
