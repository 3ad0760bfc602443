"""Which addresses are reachable: the list of forms that must never be dialled, and the ranges behind it.

Dials are counted at the transport, not inferred from errors. Controls show that the same client reaches what
it may reach.
"""

import ipaddress

import httpx
import pytest

from homewit.tools import NetworkBlocked, ToolError
from homewit.tools.addresses import LocalService, is_public

from .dials import PUBLIC, Dials, client

FORBIDDEN_URLS = [
    # loopback and "this host", in every spelling that a resolver understands
    "http://127.0.0.1/",
    "http://127.0.0.1:80/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://0.0.0.0/",
    "http://0/",
    "http://0x0/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    # private, link-local, shared and special ranges
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://3232235521/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    # IPv6, and IPv4 inside IPv6
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:c0a8:1::]/",
    "http://[2001::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[5f00::1]/",
    # names that lead there
    "http://internal.example/",
    "http://mixed.example/",
    "http://metadata.google.internal/",
    "http://v6only.example/",
    # other schemes, ports, and disguises
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://example.com/",
    "data:text/html,hello",
    "javascript:alert(1)",
    "//example.com/",
    "example.com",
    "http://",
    "http:///path",
    "http://example.com:22/",
    "http://example.com:8080/",
    "http://example.com:0/",
    "https://example.com:6379/",
    "http://user:pass@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1#@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://exa mple.com/",
    "http://example.com/\r\nHost: internal",
    "http://127.0.0.1%00.example.com/",
    "http://①②⑦.⓪.⓪.①/",
    "http://[::1/",
    "http://example.com:99999/",
]


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
async def test_forbidden_addresses_are_never_dialled(url: str):
    """Whatever the spelling: an error, and not one connection."""
    dials = Dials()
    with pytest.raises(ToolError):
        await client(dials).get(url)
    assert dials.requests == []


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
async def test_redirects_to_forbidden_addresses_are_never_dialled(url: str):
    """The first host is reached, the target of its redirect is not."""
    dials = Dials({"example.com/": httpx.Response(302, headers={"location": url.encode("utf-8", "replace")})})
    try:
        response = await client(dials).get("http://example.com/")
        assert response.url.startswith("http://example.com/")  # a relative location stays on the host
    except ToolError:
        pass
    assert set(dials.hosts) == {PUBLIC}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com/a?b=c#d",
        "http://example.com:443/",
        "http://EXAMPLE.com./",
        "https://8.8.8.8/",
        "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "http://[64:ff9b::808:808]/",
        "http://134744072/",
    ],
)
async def test_public_addresses_are_reached(url: str):
    """Control: the same client fetches from the public internet."""
    dials = Dials()
    assert (await client(dials).get(url)).text == "hello"
    assert len(dials.requests) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nas.local:8080", LocalService("nas.local", 8080)),
        ("http://NAS.local:8080/search", LocalService("nas.local", 8080)),
        ("https://search.home", LocalService("search.home", 443)),
        ("nas.local", LocalService("nas.local", None)),
        ("[::1]:8888", LocalService("::1", 8888)),
        ("ftp://nas.local", None),
        ("http://nas.local:port", None),
        (":80", None),
    ],
)
def test_allowed_hosts_are_read(text: str, expected: LocalService | None):
    """Hosts, hosts with a port and URLs name a service; anything else is refused."""
    if expected is None:
        with pytest.raises(NetworkBlocked):
            LocalService.parse(text)
    else:
        assert LocalService.parse(text) == expected


def test_every_special_range_is_refused():
    """First and last address of each range in the IANA registries that is not globally reachable."""
    ranges = (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
        "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 "
        "240.0.0.0/4 ::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 "
        "fc00::/7 fe80::/10 fec0::/10 ff00::/8"
    )
    for text in ranges.split():
        network = ipaddress.ip_network(text)
        assert not is_public(network[0]), network[0]
        assert not is_public(network[-1]), network[-1]
    for text in ("1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"):
        assert is_public(ipaddress.ip_address(text)), text
