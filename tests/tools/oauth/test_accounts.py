"""Accounts in the settings, and what servers say of themselves: nothing is believed that leads elsewhere."""

import json
from dataclasses import replace

import pytest

from homewit.tools import MissingSetting, NetworkBlocked, ToolFailed
from homewit.tools.context import ClientsFor
from homewit.tools.oauth import Account, accounts_from
from homewit.tools.oauth.description import described
from homewit.tools.oauth.tokens import Token

from ..loopback import Loopback, page, serve

CLIENTS = ClientsFor({})


def document(server: Loopback, **changes: str) -> bytes:
    return page(
        json.dumps({"issuer": server.url, "token_endpoint": f"{server.url}/token", **changes}).encode()
    )


def test_accounts_are_read_from_the_settings():
    """What is missing, and what is not known, is named."""
    found = accounts_from({"mail": {"client_id": "me", "issuer": "https://login.example", "scope": "mail"}})
    assert found == {"mail": Account("mail", "me", issuer="https://login.example", scope="mail")}
    with pytest.raises(MissingSetting, match=r"\[oauth\.mail\] needs a client_id"):
        accounts_from({"mail": {"issuer": "https://login.example"}})
    with pytest.raises(
        MissingSetting, match=r"\[oauth\.mail\] has 'client_password'; it takes: authorize_url"
    ):
        accounts_from({"mail": {"client_password": "hunter2"}})


@pytest.mark.parametrize("url", ["http://login.example", "ftp://login.example", "javascript:alert(1)"])
async def test_a_login_does_not_go_over_an_open_line(url: str):
    """Only https, or this machine; nothing is asked of such an address."""
    for account in (
        Account("mail", "me", issuer=url),
        Account("mail", "me", token_url=url),
        Account("mail", "me", token_url="https://login.example", authorize_url=url),
    ):
        with pytest.raises(ToolFailed, match="has to go over https"):
            await described(account, CLIENTS)


async def test_a_server_of_the_user_s_own_is_reached_and_no_other():
    """The settings name it; what its description leads to is not named by that."""
    async with serve({}) as server:
        account = Account("mail", "me", issuer=server.url)
        with pytest.raises(ToolFailed, match="does not describe itself"):
            await described(account, CLIENTS)
        assert [request.split(b" ")[1] for request in server.requests] == [
            b"/.well-known/oauth-authorization-server",
            b"/.well-known/openid-configuration",
        ]
        with pytest.raises(NetworkBlocked):
            await CLIENTS(replace(account, issuer="https://login.example").local_services).get(server.url)


async def test_a_description_of_another_server_is_refused():
    """A server cannot speak for another one (mix-up), nor send the user to a page over an open line."""
    answers: dict[str, bytes] = {}
    async with serve(answers) as server:  # type: ignore[arg-type]
        place = "/.well-known/openid-configuration"
        account = Account("mail", "me", issuer=server.url)
        answers[place] = document(server, issuer="https://other.example")
        with pytest.raises(ToolFailed, match=r"describes another server, 'https://other\.example'"):
            await described(account, CLIENTS)
        answers[place] = document(server, authorization_endpoint="http://other.example/login")
        with pytest.raises(ToolFailed, match="has to go over https"):
            await described(account, CLIENTS)
        answers[place] = page(b'{"issuer": 7}')
        with pytest.raises(ToolFailed, match="is not a description of a server"):
            await described(account, CLIENTS)
        answers[place] = document(server)
        assert (await described(account, CLIENTS)).token_url == f"{server.url}/token"


def test_a_token_shows_nothing():
    """Neither printed, nor in the error for one that is damaged."""
    token = Token.given({"access_token": "hunter2", "token_type": "Bearer", "refresh_token": "hunter3"}, 0.0)
    assert "hunter" not in repr(token)
    assert Token.read(token.text()) == token
    for damaged in ('{"access": "hunter2"}', "hunter2", "[]"):
        with pytest.raises(ToolFailed) as error:
            Token.read(damaged)
        assert ("hunter" in str(error.value), error.value.__cause__) == (False, None)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": 7, "token_type": "bearer"},
        {"access_token": "x"},
        {"access_token": "x", "token_type": "mac"},
    ],
)
def test_an_answer_without_a_usable_token_is_an_error(answer: dict[str, object]):
    """A token of a kind that is not understood is not sent anywhere."""
    with pytest.raises(ToolFailed, match="without a token that could be used"):
        Token.given(answer, 0.0)
