"""Logging in at a real authorization server: in a browser, by a code, and staying logged in."""

import asyncio
import contextlib
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from homewit.tools import MissingSetting, ToolFailed
from homewit.tools.oauth import Tokens, log_in, log_in_by_code
from homewit.tools.oauth.browser_return import awaiting_browser
from homewit.tools.oauth.tokens import Token
from homewit.tools.secrets.file import FileStore

from .conftest import CLIENTS, Server, address_in, browse


class Told:
    """What the user was told, and a task that does what it says."""

    def __init__(self, refuse: bool = False, act: bool = True) -> None:
        self.lines: list[str] = []
        self._refuse = refuse
        self._act = act
        self.browsing: asyncio.Task[str] | None = None

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        if self._act:
            self.browsing = asyncio.ensure_future(browse(address_in(line), self._refuse))


async def test_a_login_in_the_browser(server: Server):
    """The token is one that the server takes; the way there had PKCE and a state of its own."""
    told = Told()
    token = await log_in(server.account, CLIENTS, told)
    assert await server.knows(token.access) == "ada"
    assert (bool(token.refresh), token.expires is not None) == (True, True)
    assert told.browsing is not None
    assert "You are logged in and can close this page." in await told.browsing
    asked = parse_qs(urlsplit(address_in(told.lines[0])).query)
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert len(asked["code_challenge"][0]) == 43
    assert len(asked["state"][0]) >= 20


async def test_a_login_by_a_code_on_another_device(server: Server):
    """The user is told where to go and what to type; the token comes when they have."""
    told = Told()
    token = await log_in_by_code(server.account, CLIENTS, told)
    assert await server.knows(token.access) == "ada"
    assert "and type " in told.lines[0]
    assert told.browsing is not None
    await told.browsing


@pytest.mark.parametrize("way", [log_in, log_in_by_code])
async def test_a_refusal_is_told(server: Server, way):
    """Who says no at the server gets an error with the reason, and no token."""
    told = Told(refuse=True)
    with pytest.raises(ToolFailed, match=r"not completed|server refused: access_denied"):
        await way(server.account, CLIENTS, told, timeout_s=120)
    assert told.browsing is not None
    await told.browsing


async def test_a_token_that_runs_out_is_renewed_and_kept(server: Server, tmp_path: Path):
    """The next use gets a new one, which the server takes; the old refresh token is spent by that."""
    store = FileStore(tmp_path / "secrets.json")
    clock = [time.time()]
    tokens = Tokens({"service": server.account}, store, CLIENTS, now=lambda: clock[0])
    with pytest.raises(MissingSetting, match="Do so with: homewit secrets login service"):
        tokens.access("service")
    told = Told()
    first = await log_in(server.account, CLIENTS, told)
    tokens.keep("service", first)
    assert (await asyncio.to_thread(tokens.access, "service")).reveal() == first.access
    clock[0] += 590
    second = (await asyncio.to_thread(tokens.access, "service")).reveal()
    assert second != first.access
    assert await server.knows(second) == "ada"
    held = store.get("oauth/service")
    assert held is not None
    assert Token.read(held.reveal()).refresh != first.refresh
    tokens.keep("service", replace(first, expires=0.0))  # as if the new one had been lost
    with pytest.raises(ToolFailed, match=r"could not be renewed.*invalid_grant.*Log in again with"):
        await asyncio.to_thread(tokens.access, "service")
    assert told.browsing is not None
    await told.browsing


async def test_many_uses_at_a_time_renew_once(server: Server, tmp_path: Path):
    """A refresh token that may be used once is not used twice."""
    tokens = Tokens({"service": server.account}, FileStore(tmp_path / "secrets.json"), CLIENTS)
    told = Told()
    tokens.keep("service", replace(await log_in(server.account, CLIENTS, told), expires=0.0))
    found = await asyncio.gather(*(asyncio.to_thread(tokens.access, "service") for _ in range(5)))
    assert len({one.reveal() for one in found}) == 1
    assert await server.knows(found[0].reveal()) == "ada"
    assert told.browsing is not None
    await told.browsing


async def test_whoever_does_not_know_the_state_is_ignored(server: Server):
    """A page that calls the waiting port with a code of its own neither logs in nor ends the login."""
    told = Told(act=False)
    login = asyncio.ensure_future(log_in(server.account, CLIENTS, told))
    while not told.lines:  # noqa: ASYNC110  the server is another process
        await asyncio.sleep(0.01)
    back = parse_qs(urlsplit(address_in(told.lines[0])).query)["redirect_uri"][0]
    async with httpx.AsyncClient(timeout=60) as attacker:
        for call in (f"{back}?code=stolen&state=guessed", f"{back}?code=stolen", back, back + "/../x"):
            assert (await attacker.get(call)).status_code == 404
        assert (await attacker.post(back, content=b"code=stolen")).status_code == 404
    assert not login.done()
    await browse(address_in(told.lines[0]))
    assert await server.knows((await login).access) == "ada"
    with pytest.raises(httpx.ConnectError):  # nothing listens any more
        async with httpx.AsyncClient() as late:
            await late.get(back)


async def test_nobody_comes(server: Server):
    """After its time a login ends, and its port is closed."""
    with pytest.raises(ToolFailed, match=r"nobody logged in within 0\.2 seconds"):
        await log_in(server.account, CLIENTS, Told(act=False), timeout_s=0.2)


async def test_whoever_says_nothing_does_not_keep_the_browser_waiting():
    """A browser may open a connection long before it speaks, also where a machine stands still meanwhile."""
    loop = asyncio.get_running_loop()
    async with awaiting_browser("/callback", "s") as (back, came):
        port = urlsplit(back).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        silent, other = await asyncio.open_connection("127.0.0.1", port)
        async with httpx.AsyncClient(timeout=60) as later:  # by its answer the others have come in, too
            assert (await later.get(back)).status_code == 404
        with pytest.MonkeyPatch.context() as still:
            still.setattr(loop, "time", lambda now=loop.time: now() + 3600)
            writer.write(b"GET /callback?state=s&code=c HTTP/1.1\r\n\r\n")
            assert await came == f"{back}?state=s&code=c"
        assert b"You are logged in" in await reader.read()
    assert await silent.read() == b""  # and whoever never spoke is let go with the login
    await leave(writer, other)


async def leave(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_too_many_who_say_nothing_make_room():
    """The one that has waited longest goes first, so that nobody can use up what the machine can open."""
    async with awaiting_browser("/callback", "s") as (back, came):
        calls = [await asyncio.open_connection("127.0.0.1", urlsplit(back).port) for _ in range(101)]
        assert await calls[0][0].read() == b""
        calls[-1][1].write(b"GET /callback?state=s HTTP/1.1\r\n\r\n")
        assert await came == f"{back}?state=s"
    await leave(*(writer for _, writer in calls))
