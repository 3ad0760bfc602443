"""Mail with the token of a login: a real authorization server gives it out, and is asked whose it is."""

import asyncio
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from homewit.tools import Secret, ToolContext, ToolFailed
from homewit.tools.oauth import Account, Tokens, log_in
from homewit.tools.secrets.file import FileStore
from homewit.tools.testing import fake_context

from ...conftest import TOOLS
from ...oauth.conftest import CLIENTS, Server, address_in, browse
from ...oauth.conftest import server as authorization  # noqa: F401  a fixture
from .conftest import Received, Servers, certificate, dovecot, smtp_server
from .test_mail_servers import message

ASKING = """
auth_mechanisms = {mechanism}
passdb {{
  driver = oauth2
  mechanisms = {mechanism}
  args = {file}
}}
"""


def taking(mechanism: str, issuer: str) -> type:
    """A handler of an SMTP server that asks the issuer whose a token is."""

    async def check(handler: Any, server: Any, args: list[str]) -> Any:
        from aiosmtpd.smtp import AuthResult

        said = b64decode(args[1]).decode()
        token = said.partition("auth=Bearer ")[2].rstrip("\x01")
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{issuer}/me", headers={"Authorization": f"Bearer {token}"})
        user = "ada" if mechanism == "XOAUTH2" else "n,a=ada,"
        known = answer.status_code == 200 and answer.json()["sub"] == "ada" and user in said.split("\x01")[0]
        if not known:
            understood = await server.challenge_auth('{"status":"invalid_token"}')
            assert understood == (b"" if mechanism == "XOAUTH2" else b"\x01")
        return AuthResult(success=known, handled=False)

    return type("Handler", (), {f"auth_{mechanism}": check})


@pytest.fixture(params=["OAUTHBEARER", "XOAUTH2"])
def servers(request: pytest.FixtureRequest, authorization: Server) -> Iterator[Servers]:  # noqa: F811
    """Both servers, that take tokens of the authorization server in one of the two ways, and no password."""
    mechanism, received = request.param, Received()
    with tempfile.TemporaryDirectory(prefix="homewit-mail-") as name:
        folder = Path(name)
        certificate(folder)
        asking = folder / "oauth2.conf"
        asking.write_text(
            f"introspection_url = {authorization.url}/me\n"
            "introspection_mode = auth\nusername_attribute = sub\n"
        )
        auth = ASKING.format(mechanism=mechanism.lower(), file=asking)
        with (
            dovecot(folder, auth) as (imap_port, owner),
            smtp_server(folder, received, taking(mechanism, authorization.url)) as smtp_port,
        ):
            yield Servers(folder, imap_port, smtp_port, received, owner, named="ada")


async def test_a_login_opens_the_mailbox(servers: Servers, authorization: Server, folder: Path):  # noqa: F811
    """The account of the settings gives the token; nobody is let in with another one."""
    account = Account("mail_token", "homewit", issuer=authorization.url, scope="openid offline_access")
    tokens = Tokens({"mail_token": account}, FileStore(folder / "secrets.json"), CLIENTS)
    opened: list[asyncio.Task[str]] = []
    token = await log_in(
        account, CLIENTS, lambda line: opened.append(asyncio.ensure_future(browse(address_in(line))))
    )
    tokens.keep("mail_token", token)

    def context(**changes: Any) -> ToolContext:
        settings = servers.settings(auth="oauth", address="ada@example.org", user="ada")
        return fake_context(
            folder, **{"settings": settings, "secret": tokens.access, "call_key": "1", **changes}
        )

    servers.put(message("Invoice 12").as_bytes(), "1")
    listed = await TOOLS["list_mail"].call({}, context())
    assert [mail["subject"] for mail in listed.data["mails"]] == ["Invoice 12"]
    sending = {"to": "bob@example.org", "subject": "Lunch", "body": "At noon?"}
    await TOOLS["send_mail"].call(sending, context())
    assert [got["Subject"] for got in servers.received.messages] == ["Lunch"]
    forged = context(secret=lambda name: Secret(name, "forged"))
    with pytest.raises(ToolFailed, match="Log in again with `homewit secrets login mail_token`"):
        await TOOLS["list_mail"].call({}, forged)
    asked: list[str] = []

    def then_forged(name: str) -> Secret:
        asked.append(name)
        return tokens.access(name) if len(asked) == 1 else Secret(name, "forged")

    with pytest.raises(ToolFailed, match="did not accept ada with the login"):
        await TOOLS["send_mail"].call({**sending, "subject": "No"}, context(secret=then_forged, call_key="2"))
    assert len(servers.received.messages) == 1
    await asyncio.gather(*opened)
