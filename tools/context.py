"""What a running tool may know of the world, handed to it as `ctx`.

A tool gets folders, a clock, a database, a guarded network client, settings and secrets from here and
from nowhere else, so that each of them can be limited, replaced in tests, and shown to the user.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from .errors import ApprovalNeeded, MissingSetting
from .secret import Secret
from .when.local_clock import local_now

if TYPE_CHECKING:
    from .net import Connection, GuardedClient
    from .records import Records


class ClientFactory(Protocol):
    """Makes a guarded client; `allow` names further local services, as "host:port" or URL.

    `authorities` is a PEM file of further authorities that the user trusts.
    """

    def __call__(
        self, allow: tuple[str, ...] = (), *, authorities: Path | None = None
    ) -> "GuardedClient": ...


class Dialler(Protocol):
    """Connects a socket, checked like a request, for protocols such as IMAP and SMTP; blocks.

    Without `tls` the caller has to change over to it (STARTTLS) before anything private is sent.
    `authorities` is a PEM file of further authorities that the user trusts; for the rest see `net.dial`.
    """

    def __call__(
        self,
        host: str,
        port: int,
        *,
        tls: bool = True,
        allow: tuple[str, ...] = (),
        authorities: Path | None = None,
    ) -> "Connection": ...


class NoRecords:
    """Stands in where no database was given: the first use says so."""

    def __getattr__(self, name: str) -> NoReturn:
        raise MissingSetting("This needs Homewit's database, and none is open here.")


def no_secret(name: str) -> Secret:
    """The default source of secrets, which has none."""
    raise MissingSetting(f"There is no secret {name!r} here. `homewit secrets set {name}` keeps one.")


def _silent(message: str) -> None:
    """The default receiver of progress messages, for callers that show none."""


@dataclass(frozen=True)
class ToolContext:
    """The surroundings of one tool call.

    Attributes:
        cwd: folder that relative paths start from; absolute.
        roots: folders granted to file tools and commands; nothing outside them is touched.
        now: returns the current moment, with the user's zone.
        records: notes, tasks, reminders and expenses.
        net: makes the only network client that tools may use.
        dial: connects a guarded socket, for tools that speak another protocol than HTTP.
        settings: plain settings by name, such as "search_url" and "allowed_hosts".
        progress: shows the user a line while the tool works, such as "3 of 10 pages".
        output: shows the user a piece of the result as it comes; the pieces stand one after the other.
        approved: what the user has agreed to when the tool asked with `require_approval`.
        secret: returns a secret that the tool declares, or raises MissingSetting.
        protected: folders that no tool may change and no command may see, such as Homewit's own home.
        call_key: names this very call, and the same call again when it is repeated after a crash; for
            services that take an idempotency key. Empty where nobody keeps a ledger.
    """

    cwd: Path
    roots: tuple[Path, ...] = ()
    now: Callable[[], datetime] = local_now
    records: "Records" = field(default_factory=lambda: cast("Records", NoRecords()))
    net: ClientFactory = None  # type: ignore[assignment]  # filled in below, it depends on the settings
    dial: Dialler = None  # type: ignore[assignment]  # likewise
    settings: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = _silent
    output: Callable[[str], None] = _silent
    approved: frozenset[str] = frozenset()
    secret: Callable[[str], Secret] = no_secret
    protected: tuple[Path, ...] = ()
    call_key: str = ""

    def __post_init__(self) -> None:
        if self.net is None:
            object.__setattr__(self, "net", ClientsFor(self.settings))
        if self.dial is None:
            object.__setattr__(self, "dial", _DialsFor(self.settings))

    def require_approval(self, what: str) -> None:
        """Go on only with the user's consent to `what`, a sentence such as "This deletes 12 files.".

        For what shows only while the tool runs. Call it before anything is done: without consent it raises
        ApprovalNeeded, and after it the tool is called again from the start.
        """
        if what not in self.approved:
            raise ApprovalNeeded(what)


def named_services(settings: Mapping[str, str]) -> list[str]:
    """The services that the user has named in the settings, such as "localhost:8080"."""
    return settings.get("allowed_hosts", "").replace(",", " ").split()


@dataclass(frozen=True)
class ClientsFor:
    """The default client factory: allows what the setting "allowed_hosts" names, and no more."""

    settings: Mapping[str, str]

    def __call__(self, allow: tuple[str, ...] = (), *, authorities: Path | None = None) -> "GuardedClient":
        from .net import GuardedClient

        return GuardedClient(allow=(*named_services(self.settings), *allow), authorities=authorities)


@dataclass(frozen=True)
class _DialsFor:
    """The default dialler, with the same services."""

    settings: Mapping[str, str]

    def __call__(
        self,
        host: str,
        port: int,
        *,
        tls: bool = True,
        allow: tuple[str, ...] = (),
        authorities: Path | None = None,
    ) -> "Connection":
        from .net import dial

        services = (*named_services(self.settings), *allow)
        return dial(host, port, tls=tls, allow=services, authorities=authorities)
