"""Which addresses are reachable: the list of forms that must never be dialled, and the ranges behind it.

Dials are counted at the transport, not inferred from errors. Controls show that the same client reaches what
it may reach.
"""

import ipaddress
import sys

import httpx
import pytest

from homewit.tools import NetworkBlocked, ToolError
from homewit.tools.net import GuardedClient
from homewit.tools.network.addresses import LocalService, is_public

from ..dials import PUBLIC, Dials, client, resolve
from ..loopback import page, serve

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
    "http://[::ffff:0:127.0.0.1]/",
    "http://[0000::0001]/",
    "http://[::1%25lo]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[febf:ffff::1]/",
    "http://[fdff:ffff::1]/",
    "http://[::ffff:c0a8:1]/",
    "http://[::ffff:100.64.0.1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[64:ff9b::c0a8:1]/",
    "http://[2002:a00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001:20::1]/",
    "http://[2001:10::1]/",
    "http://[ff0e::1]/",
    "http://[4000::1]/",
    # more spellings of numbers
    "http://0300.0250.0.1/",
    "http://0xc0.0xa8.0.1/",
    "http://0xc0a80001/",
    "http://192.168.257/",
    "http://10.1/",
    "http://012.1/",
    "http://00000177.0.0.1/",
    "http://127.0.0.01/",
    "http://0x7f.0.0x0.1/",
    "http://2852039166/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "HTTP://127.0.0.1/",
    "http://127.0.0.1:443/",
    "https://127.0.0.1/",
    # letters and dots of other scripts, as name look-ups fold them
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://127｡0｡0｡1/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://ＬＯＣＡＬＨＯＳＴ/",
    "http://𝟏𝟐𝟕.0.0.1/",
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
    "http://example.com:-1/",
    "http://example.com:80:80/",
    "http://[127.0.0.1]/",
    "http://[example.com]/",
    "http://user@127.0.0.1/",
    "http://:@127.0.0.1/",
    "http://example.com%40127.0.0.1@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://127.0.0.1\t.example.com/",
    "http://example.com\x00.internal.example/",
    "http:\\\\127.0.0.1\\",
    "http:/127.0.0.1/",
    "http:127.0.0.1/",
    "ws://127.0.0.1/",
    "ldap://127.0.0.1/",
    "dict://127.0.0.1:11211/stat",
    "jar:http://127.0.0.1!/",
    "blob:http://127.0.0.1/x",
    "view-source:http://127.0.0.1/",
    "unix:///run/docker.sock",
    "http+unix://%2Frun%2Fdocker.sock/",
    "http://" + "a" * 9000 + "/",
]


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
async def test_forbidden_addresses_are_never_dialled(url: str):
    """Whatever the spelling: an error, and not one connection."""
    dials = Dials()
    with pytest.raises(ToolError):
        await client(dials).get(url)
    assert dials.requests == []


def test_there_are_enough_of_them():
    """The list does not shrink unnoticed, and nothing is on it twice."""
    assert len(FORBIDDEN_URLS) == len(set(FORBIDDEN_URLS)) >= 150


class Connects:
    """Counts connections of this process where the interpreter makes them, beneath every library."""

    def __init__(self) -> None:
        self.on = False
        self.to: list[object] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if self.on and event == "socket.connect":
            self.to.append(args[1])


CONNECTS = Connects()


async def test_no_socket_is_connected_for_any_of_them():
    """With real sockets underneath: no connection for the whole list, and for redirects to it one to the host
    that redirects. The control is that one.
    """
    CONNECTS.to.clear()
    CONNECTS.on = True
    try:
        for url in FORBIDDEN_URLS:
            with pytest.raises(ToolError):
                await GuardedClient(resolver=resolve).get(url)
        assert CONNECTS.to == []
        for url in FORBIDDEN_URLS[:40]:
            moved = page(b"", f"Location: {url}", status="302 Found")
            async with serve({"/": moved}) as server:
                CONNECTS.to.clear()
                with pytest.raises(ToolError):
                    await GuardedClient(resolver=resolve, allow=(server.service,)).get(server.url)
                assert CONNECTS.to == [("127.0.0.1", server.port)]
    finally:
        CONNECTS.on = False


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
