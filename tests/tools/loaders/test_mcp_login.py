"""Logging in to MCP servers: a real server behind a real authorization server, and servers that mean harm."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from homewit.tools import MissingSetting, NetworkBlocked, Registry, ToolFailed
from homewit.tools.context import ClientsFor
from homewit.tools.errors import LoginNeeded
from homewit.tools.loaders.added import AddedTools
from homewit.tools.loaders.kinds import all_loaders
from homewit.tools.loaders.sources import McpAddress, Source
from homewit.tools.oauth import Account
from homewit.tools.oauth.tokens import Token
from homewit.tools.secret import Secret
from homewit.tools.secrets.file import FileStore
from homewit.tools.testing import fake_context

from ...ports import free_port
from ..loopback import Loopback, page, serve
from ..oauth.conftest import Server, address_in, browse
from ..oauth.conftest import server as authorization  # noqa: F401  a fixture

pytest.importorskip("mcp")
from homewit.tools.loaders.mcp.authorization import Authorization
from homewit.tools.loaders.mcp.logins import Login, Logins

GUARDED = Path(__file__).with_name("guarded_server.py")


def logins_of(folder: Path, allowed: str = "", **changes: Any) -> Logins:
    given: dict[str, Any] = {"given": {}, "client_secret": lambda name: None, **changes}
    return Logins(FileStore(folder / "secrets.json"), ClientsFor({"allowed_hosts": allowed}), **given)


class Browser:
    """Somebody who opens what they are told to."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._opened: list[asyncio.Task[str]] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._opened.append(asyncio.ensure_future(browse(address_in(line))))

    async def close(self) -> None:
        await asyncio.gather(*self._opened)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    found = Browser()
    yield found
    await found.close()


@pytest.fixture
async def garden(authorization: Server) -> AsyncIterator[Source]:  # noqa: F811
    """A server that takes nobody without a token."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(GUARDED),
        str(port),
        authorization.url,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            break
    assert process.returncode is None, "the server did not start"
    try:
        yield Source(name="garden", place=McpAddress(url=f"http://127.0.0.1:{port}/mcp"))
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("device", [False, True], ids=["browser", "code"])
async def test_a_login_and_what_it_is_good_for(
    tmp_path: Path,
    authorization: Server,  # noqa: F811
    garden: Source,
    browser: Browser,
    device: bool,
):
    """The server says where to log in, the client registers itself, and the token is one for that server.

    It is kept for later, renewed when it runs out, also in another process, and struck out of results.
    """
    allowed, url = authorization.url.removeprefix("http://"), garden.place.url  # type: ignore[union-attr]
    clock = [time.time()]
    logins = logins_of(tmp_path, allowed, now=lambda: clock[0])
    registry, ctx = Registry(), fake_context(tmp_path)
    added = AddedTools(tmp_path, registry, partial(all_loaders, logins=logins))
    with pytest.raises(LoginNeeded, match="garden wants you to log in"):
        await added.see(garden, ctx)
    assert await logins.log_in("garden", url, browser, device)
    seen = await added.see(garden, ctx)
    await added.approve("garden", seen.digest)
    assert (await registry.get("garden_count_plants").call({"bed": "roses"}, ctx)).text == "5"
    assert (await registry.get("garden_repeat_token").call({}, ctx)).text == "It was ***."
    first = logins.access("garden", url)
    clock[0] += 590
    later = logins_of(tmp_path, allowed, now=lambda: clock[0])
    second = await asyncio.to_thread(later.access, "garden", url)
    assert first is not None
    assert second is not None
    assert first.reveal() != second.reveal()
    assert (await registry.get("garden_count_plants").call({"bed": "ivy"}, ctx)).text == "3"
    logins.forget("garden")
    with pytest.raises(LoginNeeded):
        await registry.get("garden_count_plants").call({"bed": "ivy"}, ctx)
    await added.close()


def kept(url: str, **changes: Any) -> Login:
    account = Account("garden", "me", token_url=f"{url}/token", resource=url, scope="read", reachable=(url,))
    return Login(url, account, token=Token("one", "again", None), **changes)


async def sent_with(authorize: Authorization, *answers: tuple[int, dict[str, str]], url: str) -> list[str]:
    """What `Authorization` a request has each time it is sent, while the server answers like this."""
    import httpx2

    request, found = httpx2.Request("POST", url), []
    flow = authorize(request)
    sending = await anext(flow)
    for status, headers in answers:
        found.append(sending.headers.get("Authorization", ""))
        try:
            sending = await flow.asend(httpx2.Response(status, headers=headers, request=sending))
        except StopAsyncIteration:
            break
    return found


async def test_a_token_goes_to_its_own_server_alone(tmp_path: Path):
    """Another host, port or scheme gets none, nor another address under the same name."""
    url = "https://garden.example/mcp"
    logins = logins_of(tmp_path)
    logins._keep("garden", kept(url))
    authorize = Authorization("garden", url, logins)
    assert await sent_with(authorize, (200, {}), url=url) == ["Bearer one"]
    for other in ("https://garden.example:8443/mcp", "http://garden.example/mcp", "https://evil.example/mcp"):
        assert await sent_with(authorize, (200, {}), url=other) == [""]
        assert logins.access("garden", other) is None
        assert await sent_with(Authorization("garden", other, logins), (200, {}), url=other) == [""]


async def test_a_refused_token_is_renewed_once_and_then_the_user_is_asked(tmp_path: Path):
    """What the server says that it lacks is asked for at the next login."""
    answer = page(json.dumps({"access_token": "two", "token_type": "Bearer"}).encode())
    async with serve({"/token": answer}) as server:
        logins = logins_of(tmp_path)
        logins._keep("garden", kept(server.url))
        authorize = Authorization("garden", server.url, logins)
        refused = (401, {"WWW-Authenticate": "Bearer"})
        sent = await sent_with(authorize, refused, refused, url=server.url)
        assert sent == ["Bearer one", "Bearer two"]
        assert "garden does not take your login any more" in str(authorize.refusal())
        assert authorize.refusal() is None
        assert len(server.requests) == 1
        more = (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="read water"'})
        assert await sent_with(authorize, more, url=server.url) == ["Bearer two"]
        assert "wants to be allowed more for this (read water)" in str(authorize.refusal())
        assert logins._kept("garden", server.url).wanted == "read water"
        await sent_with(authorize, more, url=server.url)
        await sent_with(authorize, (200, {}), url=server.url)
        assert authorize.refusal() is None


async def test_a_login_that_cannot_be_renewed_ends_no_connection(tmp_path: Path):
    """The request goes without a token; what to do is told."""
    async with serve({"/token": page(b'{"error": "invalid_grant"}', status="400 Bad Request")}) as server:
        logins = logins_of(tmp_path, now=lambda: 1e12)
        logins._keep("garden", Login(server.url, kept(server.url).account, token=Token("one", "again", 1.0)))
        authorize = Authorization("garden", server.url, logins)
        assert await sent_with(authorize, (401, {}), url=server.url) == [""]
        assert str(authorize.refusal()) == (
            "The login to garden could not be renewed. garden: the server refused: invalid_grant. "
            "Do so with: homewit secrets login garden"
        )


async def test_a_token_that_another_process_has_renewed_is_used(tmp_path: Path):
    """The refresh token was good only once; what the other one has kept is as good."""
    url, other = "", logins_of(tmp_path)

    async def meanwhile(writer: asyncio.StreamWriter) -> None:
        other._keep("garden", Login(url, kept(url).account, token=Token("two", "anew", 1e13)))
        writer.write(page(b'{"error": "invalid_grant"}', status="400 Bad Request"))
        await writer.drain()

    async with serve({"/token": meanwhile}) as server:
        url = server.url
        logins = logins_of(tmp_path, now=lambda: 1e12)
        logins._keep("garden", Login(url, kept(url).account, token=Token("one", "again", 1.0)))
        authorize = Authorization("garden", url, logins)
        assert await sent_with(authorize, (200, {}), url=url) == ["Bearer two"]
        assert authorize.refusal() is None


def protected(server: Loopback, **changes: Any) -> dict[str, bytes]:
    """A server that names itself as its authorization server; `changes` are what it says instead."""
    said = {
        "resource": server.url,
        "authorization_servers": [server.url],
        "issuer": server.url,
        "authorization_endpoint": f"{server.url}/authorize",
        "token_endpoint": f"{server.url}/token",
        "registration_endpoint": f"{server.url}/register",
        "code_challenge_methods_supported": ["S256"],
        **changes,
    }
    document = page(json.dumps(said).encode())
    return {
        "/": page(b"", status="401 Unauthorized"),
        "/.well-known/oauth-protected-resource": document,
        "/.well-known/oauth-authorization-server": document,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"authorization_servers": ["http://127.0.0.1:{port}/inside"]},
        {"authorization_servers": ["https://10.0.0.1"]},
        {"authorization_servers": ["https://169.254.169.254/latest/meta-data"]},
        {"authorization_servers": ["https://[::1]:{port}"]},
        {"registration_endpoint": "http://127.0.0.1:{port}/register"},
        {"registration_endpoint": "https://localhost:{port}/register"},
    ],
)
async def test_a_server_cannot_send_us_to_services_inside(tmp_path: Path, changes: dict[str, Any]):
    """What its metadata name is dialled when it is public, or named by the user; nobody came otherwise."""
    answers: dict[str, bytes] = {}
    async with serve(answers) as server, serve({}) as inside:  # type: ignore[arg-type]
        told = {
            key: [one.format(port=inside.port) for one in value]
            if isinstance(value, list)
            else value.format(port=inside.port)
            for key, value in changes.items()
        }
        answers |= protected(server, **told)
        with pytest.raises(NetworkBlocked):
            await logins_of(tmp_path).log_in("garden", server.url, print)
        assert inside.connections == 0
        if "127.0.0.1" in str(told):  # control: what the user has named is dialled
            with pytest.raises(ToolFailed):
                await logins_of(tmp_path, inside.service).log_in("garden", server.url, print)
            assert inside.connections > 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"resource": "https://bank.example"}, "describes another server, 'https://bank.example'"),
        ({"issuer": "https://bank.example"}, "describes another server, 'https://bank.example'"),
        ({"authorization_endpoint": "http://bank.example/login"}, "has to go over https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "has to go over https"),
        ({"token_endpoint": "http://bank.example/token"}, "has to go over https"),
        ({"registration_endpoint": "http://bank.example/token"}, "has to go over https"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not say that it protects logins with PKCE"),
        ({"authorization_servers": ["http://bank.example"]}, "has to go over https"),
    ],
)
async def test_metadata_that_cannot_be_right_is_not_used(tmp_path: Path, changes: dict[str, Any], why: str):
    """The user is led nowhere."""
    answers: dict[str, bytes] = {}
    async with serve(answers) as server:  # type: ignore[arg-type]
        answers |= protected(server, **changes)
        with pytest.raises(ToolFailed, match=why):
            await logins_of(tmp_path).log_in("garden", server.url, pytest.fail)


async def test_a_client_that_the_user_registered_is_shown_to_its_own_issuer_alone(tmp_path: Path):
    """A server that leads elsewhere is refused; where nobody can register, the message says what to write."""
    answers: dict[str, bytes] = {}
    async with serve(answers) as server:  # type: ignore[arg-type]
        answers |= protected(server, registration_endpoint="")
        with pytest.raises(MissingSetting, match=r"write into config.toml: \[oauth.garden\] with client_id"):
            await logins_of(tmp_path).log_in("garden", server.url, pytest.fail)
        elsewhere = {"garden": Account("garden", "me", issuer="https://login.example")}
        with pytest.raises(ToolFailed, match=r"config.toml has the issuer https://login\.example"):
            await logins_of(tmp_path, given=elsewhere).log_in("garden", server.url, pytest.fail)
        loose = {"garden": Account("garden", "me", resource=server.url, secret="client")}
        logins = logins_of(tmp_path, given=loose, client_secret=lambda name: Secret(name, "hunter2"))
        with pytest.raises(MissingSetting, match="it has to name the issuer that the secret is for"):
            await logins.log_in("garden", server.url, pytest.fail)
        assert [b"hunter2" in request for request in server.requests].count(True) == 0


def test_a_kept_login_shows_nothing(tmp_path: Path):
    """Neither printed, nor in the error for one that is damaged."""
    login = Login("https://garden.example", client_secret="hunter2", token=Token("hunter3", "hunter4"))
    assert "hunter" not in repr(login)
    store = FileStore(tmp_path / "secrets.json")
    store.put("mcp/garden", '{"server": "hunter2", "token": 7}')
    with pytest.raises(ToolFailed) as error:
        logins_of(tmp_path).access("garden", "https://garden.example")
    assert ("hunter" in str(error.value), error.value.__cause__) == (False, None)
