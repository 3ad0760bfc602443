"""Opens IMAP and SMTP connections over guarded sockets, and signs in.

Passwords go over an encrypted line, or to this machine. An account names its servers, so these may be
anywhere; nothing else can be reached. Knows nothing of messages.
"""

import imaplib
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ...context import ToolContext
from ...errors import ToolFailed
from ...text.wording import printable_line
from .accounts import Account, Server
from .signing_in import sign_in_to_imap, sign_in_to_smtp

if TYPE_CHECKING:
    from ...net import Connection

TIMEOUT_S = 30.0


class _ImapOverSocket(imaplib.IMAP4):
    """An IMAP client on a socket that is open already."""

    def __init__(self, connected: "Connection") -> None:
        self._connected = connected
        super().__init__("guarded", 0)

    def _create_socket(self, timeout: float | None) -> "Connection":
        return self._connected


class _SmtpOverSocket(smtplib.SMTP):
    """An SMTP client on a socket that is open already."""

    def __init__(self, connected: "Connection", host: str, own_name: str) -> None:
        self._connected = connected
        super().__init__(local_hostname=own_name, timeout=TIMEOUT_S)
        self._host = host  # what the certificate of STARTTLS is checked for
        code, said = self.connect("guarded", 1)
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)
        self._host = host

    def _get_socket(self, host: str, port: int, timeout: float) -> "Connection":
        return self._connected


@contextmanager
def imap(account: Account, ctx: ToolContext) -> Iterator[Any]:
    """A signed-in `imapclient.IMAPClient`; raises ToolFailed for whatever goes wrong inside of the block."""
    from imapclient import IMAPClient
    from imapclient.exceptions import IMAPClientError

    from ...net import ssl_context

    secret = ctx.secret(account.secret)
    connected = _dial(account.imap, account)

    class Guarded(IMAPClient):
        def _create_IMAP4(self) -> imaplib.IMAP4:
            return _ImapOverSocket(connected)

    client = None
    try:
        client = Guarded(account.imap.host, ssl=False)
        client.normalise_times = False  # it would read mails of the summer by the clock of the winter
        if account.imap.security == "starttls":
            client.starttls(ssl_context(account.authorities))
        sign_in_to_imap(client, account, secret)
        yield client
    except IMAPClientError as error:
        raise _failed(account, account.imap, error) from error
    except (OSError, EOFError, ValueError) as error:
        raise ToolFailed(
            f"{account.imap.host} broke off: {error or type(error).__name__}. Try again."
        ) from error
    finally:
        _leave(client)
        connected.close()


@contextmanager
def smtp(account: Account, ctx: ToolContext) -> Iterator[smtplib.SMTP]:
    """A signed-in SMTP client; raises ToolFailed for whatever goes wrong inside of the block."""
    from ...net import ssl_context

    secret = ctx.secret(account.secret)
    connected, client = _dial(account.smtp, account), None
    try:
        client = _SmtpOverSocket(connected, account.smtp.host, account.domain)
        client.ehlo()
        if account.smtp.security == "starttls":
            client.starttls(context=ssl_context(account.authorities))
            client.ehlo()
        sign_in_to_smtp(client, account, secret)
        yield client
        client.quit()
    except smtplib.SMTPAuthenticationError as error:
        raise ToolFailed(_refused(account, account.smtp)) from error
    except smtplib.SMTPRecipientsRefused as error:
        who = ", ".join(error.recipients)
        raise ToolFailed(f"{account.smtp.host} takes no mail for {who}. Nothing was sent.") from error
    except smtplib.SMTPResponseException as error:
        raise ToolFailed(f"{account.smtp.host} refused: {_plain(error.smtp_error)}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise ToolFailed(f"{account.smtp.host} broke off: {error}.") from error
    finally:
        if client is not None:
            client.close()  # the encrypted socket, where STARTTLS has put one around the first
        connected.close()


def _dial(server: Server, account: Account) -> "Connection":
    from ...net import dial

    return dial(
        server.host,
        server.port,
        tls=server.security == "tls",
        allow=(server.service,),
        timeout_s=TIMEOUT_S,
        authorities=account.authorities,
    )


def _failed(account: Account, server: Server, error: Exception) -> ToolFailed:
    from imapclient.exceptions import LoginError

    if isinstance(error, LoginError):
        return ToolFailed(_refused(account, server))
    return ToolFailed(f"{server.host} refused: {_plain(error)}")


def _refused(account: Account, server: Server) -> str:
    if account.oauth:
        return (
            f"{server.host} did not accept {account.user} with the login {account.secret!r}. Log in again "
            f"with `homewit secrets login {account.secret}`, to an account that may read and send this mail."
        )
    return (
        f"{server.host} did not accept {account.user} with the password {account.secret!r}. Set it with "
        f"`homewit secrets set {account.secret}`; many providers want a password for this program alone."
    )


def _leave(client: Any) -> None:
    """Sign out; a server that is gone already needs no farewell."""
    from imapclient.exceptions import IMAPClientError

    if client is None:
        return
    try:
        client.logout()
    except (IMAPClientError, OSError, EOFError):
        with suppress(OSError):
            client.shutdown()  # the encrypted socket, where STARTTLS has put one around the first


def _plain(said: object) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return printable_line(text, 300)
