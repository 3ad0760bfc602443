"""Signs in to a mail server, with a password or with the token of a login (OAUTHBEARER, XOAUTH2).

Of the two ways to show a token, the standard one is taken where the server offers it. Knows no sockets.
"""

from typing import Any

from ...secret import Secret
from .accounts import Account


def sign_in_to_imap(client: Any, account: Account, secret: Secret) -> None:
    """Sign in; `client` is an `imapclient.IMAPClient`, and raises its LoginError."""
    if not account.oauth:
        client.login(account.user, secret.reveal())
    elif client.has_capability("AUTH=OAUTHBEARER"):
        client.oauthbearer_login(account.user, secret.reveal())
    else:
        client.oauth2_login(account.user, secret.reveal())


def sign_in_to_smtp(client: Any, account: Account, secret: Secret) -> None:
    """Sign in; `client` is an `smtplib.SMTP`, and raises its SMTPAuthenticationError."""
    if not account.oauth:
        client.login(account.user, secret.reveal())
        return
    bearer = f"auth=Bearer {secret.reveal()}\x01\x01"
    if "OAUTHBEARER" in client.esmtp_features.get("auth", "").upper().split():
        user = account.user.replace("=", "=3D").replace(",", "=2C")
        server = f"host={account.smtp.host}\x01port={account.smtp.port}"
        mechanism, said, resigned = "OAUTHBEARER", f"n,a={user},\x01{server}\x01{bearer}", "\x01"
    else:
        mechanism, said, resigned = "XOAUTH2", f"user={account.user}\x01{bearer}", ""
    # A challenge says why the token was not taken; the server wants to hear that this was understood.
    client.auth(mechanism, lambda challenge=None: said if challenge is None else resigned)
