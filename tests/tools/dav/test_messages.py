"""What a server answers is read without being believed: no entities, no addresses of others."""

from pathlib import Path

import pytest

from homewit.tools import MissingSetting, ToolFailed
from homewit.tools.dav.accounts import accounts
from homewit.tools.dav.messages import read_answer
from homewit.tools.dav.server import Server
from homewit.tools.net import GuardedClient, NetworkBlocked
from homewit.tools.testing import fake_context

from ..loopback import page, serve

ITEM = '<response><href>/a.ics</href><propstat><prop><getetag>"1"</getetag></prop></propstat></response>'
ANSWER = f'<?xml version="1.0"?><multistatus xmlns="DAV:">{ITEM}</multistatus>'


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE multistatus [<!ENTITY a "b">]>',
        '<!DOCTYPE multistatus [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE multistatus SYSTEM "http://127.0.0.1:1/x.dtd">',
        "<!DOCTYPE multistatus [" + "".join(
            f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9)
        ) + ']>',
    ],
)  # fmt: skip
def test_a_document_type_is_refused(declared: str):
    """Whatever it declares. Control: the same answer without one is read."""
    body = ANSWER.replace('<?xml version="1.0"?>', f'<?xml version="1.0"?>{declared}')
    with pytest.raises(ToolFailed):
        read_answer(body.encode(), "host")
    (item,) = read_answer(ANSWER.encode(), "host").items
    assert (item.href, item.text("d:getetag"), item.status) == ("/a.ics", '"1"', 200)


@pytest.mark.parametrize("body", [b"", b"<html/>", b"\xff\xfe", b"<multistatus>", b"{}"])
def test_something_else_than_an_answer_is_told(body: bytes):
    """A login page, half an answer, nothing."""
    with pytest.raises(ToolFailed, match="host answered with"):
        read_answer(body, "host")


def test_a_password_goes_over_https_or_to_a_service_that_was_named(tmp_path: Path):
    """Control: with https, on this machine, or named, the same settings are taken."""

    def told(url: str, **more: str):
        return accounts(fake_context(tmp_path, settings={"dav.url": url, "dav.user": "me", **more}))

    with pytest.raises(MissingSetting, match="unencrypted"):
        told("http://dav.example.org")
    assert told("dav.example.org")[0].url == "https://dav.example.org"
    assert told("http://127.0.0.1:5232")[0].url == "http://127.0.0.1:5232"
    assert told("http://nas.lan:5232", allowed_hosts="nas.lan:5232")[0].url == "http://nas.lan:5232"


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "http://dav.example.org/x",
        "https://dav.example.org:444/x",
    ],
)
def test_no_address_elsewhere_gets_the_password(href: str, tmp_path: Path):
    """Another host, scheme or port; it says what to do. Control: an address of the server is taken."""
    settings = {"dav.url": "https://dav.example.org/dav/", "dav.user": "me"}
    ctx = fake_context(tmp_path, settings=settings)
    server = Server(accounts(ctx)[0], ctx)
    with pytest.raises(ToolFailed, match="was not meant to go"):
        server.at("https://dav.example.org/dav/", href)
    assert server.at("https://dav.example.org/dav/", "me/") == "https://dav.example.org/dav/me/"


async def test_a_redirect_keeps_credentials_within_the_origin():
    """The same method, content and headers on the same server; nothing at all to another port."""
    async with serve({"/other": page(b"never")}) as other:
        moved = {
            "/here": page(b"", "Location: /there", status="301 Moved"),
            "/there": page(b"found", status="207 Multi-Status"),
            "/away": page(b"", f"Location: {other.url}/other", status="301 Moved"),
        }
        async with serve(moved) as server:
            client = GuardedClient(allow=(server.service, other.service))
            headers = {"Authorization": "Basic x", "Depth": "0"}
            options = {"headers": headers, "content": b"<x/>", "within_origin": True}
            told = await client.request("PROPFIND", f"{server.url}/here", **options)
            assert (told.status, told.url) == (207, f"{server.url}/there")
            again = server.requests[-1]
            assert again.startswith(b"PROPFIND /there")
            assert b"Basic x" in again
            assert b"Depth: 0" in again or b"depth: 0" in again
            with pytest.raises(NetworkBlocked, match="no password was meant to go"):
                await client.request("PROPFIND", f"{server.url}/away", **options)
        assert other.connections == 0
