"""Which addresses and URLs a tool may reach: pure rules, no sockets.

Only the public internet is reachable: an address passes when the standard library calls it global and none
of the extra rules below objects. They cover what the standard library misses, depending on its version:
multicast, translation and tunnel prefixes that carry a private IPv4 address, and cloud platform addresses.
"""

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from ..errors import NetworkBlocked

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
WEB_PORTS = frozenset(DEFAULT_PORTS.values())
_MAX_URL_LENGTH = 8192
# Without the address, which a page may have chosen: nobody should be led to allow that one.
_OWN_SERVICES = "Services of your own can be named under allowed_hosts in config.toml, as host:port."

_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's platform service, public by number only
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # Teredo, benchmarking, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",
    )
)


class Target(NamedTuple):
    """Where a URL leads: scheme, host in lower case without brackets or final dot, port."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class LocalService:
    """A service that the user named in the settings and that may therefore be local.

    A port of None stands for the two web ports.
    """

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "LocalService":
        """Read "host", "host:port", "[::1]:port" or a URL; raises NetworkBlocked for anything else."""
        has_scheme = "://" in text
        try:
            parts = urlsplit(text if has_scheme else f"//{text}")
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise NetworkBlocked(f"{text!r} is not a host or URL: {error}") from error
        if not host or (has_scheme and parts.scheme not in DEFAULT_PORTS):
            raise NetworkBlocked(f"{text!r} is not a host or an http(s) URL")
        if has_scheme and port is None:
            port = DEFAULT_PORTS[parts.scheme]
        return cls(_plain(host), port)

    def serves(self, target: Target) -> bool:
        """Whether the target is this service."""
        if target.host != self.host:
            return False
        return target.port in WEB_PORTS if self.port is None else target.port == self.port


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, looking through IPv4-in-IPv6 forms."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST_V6:
            return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address.version == network.version and address in network for network in _REFUSED)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its number or as "localhost"."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_target(url: str) -> Target:
    """Take a URL apart; raises NetworkBlocked unless it is a plain http or https address."""
    shown = url if len(url) <= 100 else f"{url[:97]}..."
    if len(url) > _MAX_URL_LENGTH:
        raise NetworkBlocked(f"The address is longer than {_MAX_URL_LENGTH} characters: {shown}")
    if any(ord(char) <= 32 or char in "\\\x7f" for char in url):
        raise NetworkBlocked(f"The address holds spaces, backslashes or control characters: {shown!r}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NetworkBlocked(f"{shown} is not a valid address: {error}") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise NetworkBlocked(f"Only http and https addresses can be opened, not {shown}")
    if parts.username is not None or parts.password is not None:
        raise NetworkBlocked(
            f"Addresses with a user name or password before the host are not opened: {shown}"
        )
    if not host:
        raise NetworkBlocked(f"{shown} names no host")
    return Target(parts.scheme, _plain(host), DEFAULT_PORTS[parts.scheme] if port is None else port)


def is_named(target: Target, services: Iterable[LocalService]) -> bool:
    """Whether the target is one of the services that the user named, wherever it may be."""
    return any(service.serves(target) for service in services)


def check_port(target: Target, ports: Collection[int], named: Collection[LocalService] = ()) -> None:
    """Raise NetworkBlocked for any other port than these, unless the user named the service."""
    if target.port not in ports and not is_named(target, named):
        usual = ", ".join(map(str, sorted(ports)))
        raise NetworkBlocked(
            f"Port {target.port} of {target.host} is not one that is dialled ({usual}). {_OWN_SERVICES}"
        )


def check_addresses(target: Target, addresses: list[str], named: Collection[LocalService] = ()) -> None:
    """Raise NetworkBlocked unless every address is public and there is one, or the user named the service."""
    if is_named(target, named):
        return
    if not addresses:
        raise NetworkBlocked(f"{target.host} has no address")
    for text in addresses:
        try:
            public = is_public(ipaddress.ip_address(text))
        except ValueError:
            public = False
        if not public:
            leads = "" if text == target.host else f" leads to {text}, which"
            raise NetworkBlocked(f"{target.host}{leads} is not on the public internet. {_OWN_SERVICES}")


def _plain(host: str) -> str:
    return host.lower().rstrip(".")
