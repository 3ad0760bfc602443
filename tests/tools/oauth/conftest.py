"""A real authorization server on loopback, and somebody with a browser who logs in there."""

import asyncio
import contextlib
import html
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from homewit.tools.context import ClientsFor
from homewit.tools.oauth import Account

from ...ports import free_port

SERVER = Path(__file__).parent / "server"
CLIENTS = ClientsFor({})


def why_not() -> str:
    if shutil.which("node") is None:
        return "node is not installed"
    if not (SERVER / "node_modules/oidc-provider").is_dir():
        return f"the authorization server is not installed: npm ci --prefix {SERVER.relative_to(Path.cwd())}"
    return ""


@dataclass(frozen=True)
class Server:
    """Where the server listens."""

    url: str

    @property
    def account(self) -> Account:
        return Account("service", client_id="homewit", issuer=self.url, scope="openid offline_access")

    async def knows(self, access: str) -> str | None:
        """Whom the server takes the bearer of a token for."""
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.get(f"{self.url}/me", headers={"Authorization": f"Bearer {access}"})
        return answer.json().get("sub") if answer.status_code == 200 else None


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    if reason := why_not():
        pytest.skip(reason)
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        "node",
        "server.mjs",
        str(port),
        cwd=SERVER,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        while (line := await process.stdout.readline()).strip() != b"ready":
            assert line, "the authorization server did not start"
        yield Server(f"http://127.0.0.1:{port}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def browse(address: str, refuse: bool = False) -> str:
    """Log in as Ada and agree to all that is asked, as a person would; returns the last page."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=60) as browser:
        page = await browser.get(address)
        for _ in range(6):
            if refuse and (abort := re.search(r'href="([^"]*abort)"', page.text)):
                return (await browser.get(urljoin(str(page.url), abort[1]))).text
            form = re.search(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.DOTALL)
            if form is None:
                return page.text
            fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[2]))
            fields |= {"login": "ada", "password": "x"} if 'name="login"' in form[2] else {}
            values = {name: html.unescape(value) for name, value in fields.items()}
            page = await browser.post(urljoin(str(page.url), html.unescape(form[1])), data=values)
        raise AssertionError(f"no end of forms: {page.text[:2000]}")


def address_in(line: str) -> str:
    """The last address that a line names, which is the one that can be opened as it is."""
    return re.findall(r"http\S+", line)[-1]
